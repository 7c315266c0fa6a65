import type { Culprit, EvidenceReading } from '#shared/model/detection.ts';
import type { Incident, OutsideFinding } from '#shared/model/incident.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import type { IncidentDesk, PolicyDesk } from '../ports.ts';

export type AlarmInput = Parameters<IncidentDesk['alarm']>[0];
/** What an incident begins from; declared by hand there is no alarm. */
type Begun = Omit<AlarmInput, 'alarm'> & Pick<Incident, 'alarm'>;

/** A prompt without policies, as most are. */
export const NO_POLICIES: Pick<PolicyDesk, 'actions' | 'onAlarm'> = {
  actions: () => [],
  onAlarm: () => Promise.resolve(),
};

/** The part of the incident desk that the watch talks to, in memory: for tests of the watch. */
export type FakeIncidents = Pick<IncidentDesk, 'openFor' | 'alarm' | 'observe' | 'list'> & {
  readonly alarms: readonly { readonly input: AlarmInput; readonly atMs: number }[];
  readonly observed: readonly {
    readonly incidentId: string;
    readonly signals: SignalComparison[];
    readonly evidence: EvidenceReading[];
    readonly culprit: Culprit | null;
    readonly outside: OutsideFinding | null | undefined;
  }[];
  /** By hand, without a word about the version. */
  declare(promptId: string): Incident;
  close(incidentId: string): void;
};

export function createFakeIncidents(clock: { nowMs(): number }): FakeIncidents {
  const incidents: Incident[] = [];
  const alarms: { input: AlarmInput; atMs: number }[] = [];
  const observed: FakeIncidents['observed'][number][] = [];
  const openFor = (promptId: string) =>
    incidents.find((incident) => incident.promptId === promptId && incident.status === 'open') ?? null;

  function begin(input: Begun): Incident {
    const incident: Incident = {
      id: `INC-${incidents.length + 1}`,
      promptId: input.promptId,
      promptTitle: input.promptId,
      severity: 'P2',
      status: 'open',
      trigger: input.trigger,
      badVersion: input.badVersion,
      badSha: input.badSha,
      goodVersion: input.goodVersion ?? 'v17',
      cohort: input.cohort,
      shippedAtMs: input.shippedAtMs,
      declaredAtMs: clock.nowMs(),
      declaredBy: 'fusebox',
      driver: null,
      scribe: null,
      revision: '',
      triage: 'unknown',
      steps: [],
      decision: { answers: [], advice: 'undecided', adviceSentence: '', recorded: null },
      signals: input.signals,
      alarm: input.alarm,
      evidence: input.evidence,
      culprit: input.culprit,
      rollbacks: [],
      verification: null,
      badConversations: null,
      timeline: [],
      summary: null,
      closedAtMs: null,
      closedBy: null,
      note: null,
      evals: null,
      wave2: null,
      blockers: [],
      waivers: [],
      closingBlockers: [],
    };
    incidents.push(incident);
    return incident;
  }

  return {
    alarms,
    observed,
    openFor,
    alarm(input) {
      alarms.push({ input, atMs: clock.nowMs() });
      const open = openFor(input.promptId);
      if (open) return Promise.resolve(open);
      return Promise.resolve(begin(input));
    },
    observe(incidentId, { signals, evidence, culprit, outside }) {
      observed.push({ incidentId, signals, evidence: [...evidence], culprit, outside });
      return Promise.resolve();
    },
    list: ({ status }) =>
      Promise.resolve(incidents.filter((incident) => status === 'any' || incident.status === status)),
    declare: (promptId) =>
      begin({
        promptId,
        trigger: { kind: 'manual', signal: null, cohort: null, sigma: null, ratio: null, sentence: 'rude' },
        badVersion: null,
        badSha: null,
        cohort: 'all',
        shippedAtMs: null,
        signals: [],
        alarm: null,
        evidence: [],
        culprit: null,
      }),
    close(incidentId) {
      const index = incidents.findIndex(({ id }) => id === incidentId);
      const incident = incidents[index];
      if (incident)
        incidents[index] = { ...incident, status: 'closed', closedAtMs: clock.nowMs(), closedBy: 'test' };
    },
  };
}
