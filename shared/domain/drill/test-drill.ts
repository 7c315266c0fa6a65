import type { Incident, LoopStepId } from '#shared/model/incident.ts';
import { LOOP_STEPS } from '#shared/model/incident.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import { scenarioSchema, type Scenario } from '#shared/model/scenario.ts';
import type { DrillFacts } from './facts.ts';
import type { ObservedIncident } from './observation.ts';

/** Made-up drills for the tests of this folder. */

export const ONSET = Date.UTC(2026, 4, 9, 14, 0, 0);
export const SECOND = 1_000;
export const MINUTE = 60_000;

export function scenario(change: object = {}, expected: object = {}): Scenario {
  return scenarioSchema.parse({
    id: 'greeting',
    title: 'Greeting',
    kind: 'regression',
    purpose: 'p',
    brief: 'b',
    minutes: 40,
    onsetMinutes: [2, 5],
    prompts: [
      {
        id: 'support',
        service: 'support-agent',
        control: 'v17',
        candidate: 'v18',
        versions: [{ id: 'v17' }, { id: 'v18' }],
        conversationsPerHour: 20_000,
        healthy: { complaint01: 0.02, safety01: 0.001, downstream01: 0.004, csatMean: 84 },
      },
    ],
    faults: [{ fault: { kind: 'bad-version', prompt: 'support', version: 'v18', complaintTimes: 4 } }],
    expected: {
      page: { prompt: 'support', signals: ['complaints'], version: 'v18', withinMinutes: 8 },
      ...expected,
    },
    ...change,
  });
}

export const quiet = () => scenario({ kind: 'quiet', faults: [], expected: { page: null } });

const LAMP = { state: 'yes', atMs: null, afterMs: 11 * SECOND, detail: '' } as const;

export function flip(pressedAtMs: number, change: Partial<Rollback> = {}): Rollback {
  return {
    operationId: `flip-${pressedAtMs}`,
    incidentId: 'INC-1',
    promptId: 'support',
    lever: 'flag',
    source: 'board',
    key: 'support_rollout',
    environment: 'production',
    operation: { kind: 'serve-control', version: 'v17' },
    fromVersion: 'v18',
    toVersion: 'v17',
    reason: null,
    actor: 'Dana',
    state: 'seen-in-traffic',
    stateDetail: '',
    pressedAtMs,
    settledAtMs: pressedAtMs + 2 * SECOND,
    revisionShown: null,
    before: null,
    after: null,
    snapshotId: null,
    lamps: { accepted: LAMP, readBack: LAMP, inTraffic: { ...LAMP, atMs: pressedAtMs + 11 * SECOND } },
    notices: [],
    history: [],
    undoes: null,
    ...change,
  };
}

type StepTimes = Partial<Record<LoopStepId, readonly [startedMs: number, doneMs: number]>>;

export function incident(change: Partial<Incident> = {}, times: StepTimes = {}): Incident {
  const declaredAtMs = change.declaredAtMs ?? ONSET + 4 * MINUTE;
  return {
    id: 'INC-1',
    revision: '',
    promptId: 'support',
    promptTitle: 'support',
    severity: 'P2',
    status: 'open',
    trigger: { kind: 'incident', signal: 'complaints', cohort: null, sigma: 3.4, ratio: 4, sentence: '' },
    badVersion: 'v18',
    badSha: null,
    goodVersion: 'v17',
    cohort: 'all',
    shippedAtMs: null,
    declaredAtMs,
    declaredBy: 'fusebox',
    driver: null,
    scribe: null,
    triage: 'unknown',
    steps: LOOP_STEPS.map(({ id, targetMs }) => ({
      id,
      targetMs,
      state: times[id] ? 'done' : 'waiting',
      startedAtMs: times[id]?.[0] ?? null,
      doneAtMs: times[id]?.[1] ?? null,
      note: null,
    })),
    decision: { answers: [], advice: 'roll-back', adviceSentence: '', recorded: null },
    signals: [],
    alarm: {
      atMs: declaredAtMs,
      class: 'page',
      signal: 'complaints',
      cohort: 'all',
      basis: 'comparison',
      rule: 'one-at-page',
      sigma: 3.4,
      evidence: 900,
      alsoSignal: null,
      effect: null,
      onset: null,
      sentence: '',
      resolvedAtMs: null,
    },
    evidence: [],
    culprit: null,
    rollbacks: [],
    verification: null,
    badConversations: null,
    timeline: [],
    summary: null,
    closedAtMs: null,
    closedBy: null,
    note: null,
    wave2: null,
    evals: null,
    blockers: [],
    waivers: [],
    closingBlockers: [],
    ...change,
  };
}

export function observed(it: Incident, change: Partial<ObservedIncident> = {}): ObservedIncident {
  return {
    incident: it,
    advice: 'roll-back',
    triage: 'prompt',
    verdicts: [],
    staleWorkers: [],
    wave2AtMs: null,
    blockers: [],
    earlier: [],
    ...change,
  };
}

/** A drill of 40 minutes with an onset three minutes in; a bad conversation every 10 s from the onset on until `badUntilMs`. */
export function facts(change: Partial<DrillFacts> & { badUntilMs?: number } = {}): DrillFacts {
  const { badUntilMs = ONSET + 37 * MINUTE, ...rest } = change;
  const starts = Array.from({ length: 222 }, (_, index) => ONSET + index * 10 * SECOND);
  return {
    drillId: 'D-1',
    seed: 1,
    outcome: 'finished',
    facilitator: 'Ines',
    participants: ['Dana'],
    startedAtMs: 0,
    endedAtMs: 1,
    beginMs: ONSET - 3 * MINUTE,
    endMs: ONSET + 37 * MINUTE,
    castPromptId: null,
    scenario: scenario(),
    truth: {
      onsetMs: ONSET,
      badStartsMs: starts.filter((atMs) => atMs < badUntilMs),
      badUntouched: starts.length,
    },
    seen: { readiness: {}, alarms: [], leverChanges: [], incidents: [] },
    actions: [],
    hintsGiven: 0,
    canProve: true,
    events: [],
    ...rest,
  };
}

/** The story as it should go: page after 4 min, flipped within a minute, recovered, noted, with a proven eval case. */
export function goodResponse(change: Partial<Incident> = {}): Incident {
  const at = (minutes: number) => ONSET + minutes * MINUTE;
  return incident(
    {
      decision: {
        answers: [],
        advice: 'roll-back',
        adviceSentence: '',
        recorded: { outcome: 'roll-back', by: 'Dana', atMs: at(4.8) },
      },
      rollbacks: [flip(at(5))],
      evals: { cases: 1, acceptedCaseId: 'c-1', acceptedAtMs: at(20), gatedAtMs: null, sentence: '' },
      ...change,
    },
    {
      identify: [at(4), at(4.1)],
      decide: [at(4.1), at(4.8)],
      rollback: [at(4.8), at(5)],
      verify: [at(5), at(9)],
      note: [at(9), at(12)],
      eval: [at(9), at(30)],
    },
  );
}
