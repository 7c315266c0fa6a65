import { outsideFinding } from '#shared/domain/decision/outside.ts';
import { HISTORY_WATCH_LINE } from '#shared/domain/detection/history-stream.ts';
import { possibleCauses } from '#shared/domain/identification/gather-causes.ts';
import type { ChangeSources } from '#shared/domain/identification/gather-causes.ts';
import {
  modelCauses,
  providerCauses,
  workerCause,
  worseWorkers,
} from '#shared/domain/identification/outside-causes.ts';
import type { Circumstances, PossibleCause } from '#shared/domain/identification/possible-cause.ts';
import { onsetOf } from '#shared/domain/identification/score.ts';
import { rankSuspects } from '#shared/domain/identification/suspects.ts';
import type { Culprit, Onset, StreamId } from '#shared/model/detection.ts';
import type { Change, Window } from '#shared/model/evidence.ts';
import { NOTHING_EARLIER, type Incident, type OutsideFinding } from '#shared/model/incident.ts';
import type { LeverKind, PromptVersion } from '#shared/model/prompt.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { messageOf, within } from '../deps.ts';
import type { WatchDeps } from '../deps.ts';
import type { VersionTimes } from '../focus.ts';
import type { Trial } from './trial.ts';

/** Changes this long before the onset may still explain it (a version that is ramped up later). */
const BEFORE_MS = 24 * 3_600_000;
/** What is normal for errors of the provider is looked at over this long before. */
const ERRORS_BEFORE_MS = 6 * 3_600_000;
/** Prompts beside this one whose changes are looked at. */
const MAX_NEIGHBOURS = 20;

/** What is to be explained: an alarm, or what somebody declared by hand. */
export type Occasion = Circumstances['alarm'] & { readonly onset: Onset | null };

/**
 * What to explain in an incident. Declared by hand, it is the newest alarm that stands; else the control leaving its own history, which makes it a
 * matter of both versions; else nothing has been told apart, and only the time of declaring is known.
 */
export function occasionOf(
  incident: Pick<Incident, 'alarm' | 'declaredAtMs' | 'cohort'>,
  trial: Trial,
): Occasion {
  if (incident.alarm) return incident.alarm;
  const standing = trial
    .alarms()
    .filter(({ resolvedAtMs, signal }) => resolvedAtMs === null && signal !== 'split');
  const alarm = standing.findLast(({ class: kind }) => kind === 'page') ?? standing.at(-1);
  if (alarm) return alarm;
  const { declaredAtMs: atMs, cohort } = incident;
  const [moved] = trial
    .controlHistory()
    .filter(({ evidence }) => evidence >= HISTORY_WATCH_LINE)
    .toSorted((one, other) => other.evidence - one.evidence);
  const basis = trial.settings.isAlone ? 'history' : 'none';
  return { atMs, signal: moved?.signal ?? 'complaints', cohort, basis, onset: moved?.onset ?? null };
}

/**
 * Gathers what changed around an occasion, ranks it, and says whether the fault lies outside the prompt. A source that does not answer is named in
 * the answer. Never rejects.
 */
export async function explain(
  deps: WatchDeps,
  input: {
    readonly prompt: WorkspacePrompt;
    readonly trial: Trial;
    readonly occasion: Occasion;
    readonly times: VersionTimes;
    readonly versions: readonly PromptVersion[];
  },
): Promise<{ readonly culprit: Culprit; readonly outside: OutsideFinding | null }> {
  const { prompt, trial, occasion, times, versions } = input;
  const { candidate, isAlone = false } = trial.settings;
  const isNamed = trial.settings.control !== NOTHING_EARLIER;
  const control = isNamed ? trial.settings.control : 'other version';
  const nowMs = deps.clock.nowMs();
  const readings = trial.readings();
  const cohorts = [...new Set(readings.map(({ cohort }) => cohort))].filter((cohort) => cohort !== 'all');
  const { onset, signal } = occasion;
  const { earliestMs } = onsetOf({ onset, alarm: occasion });
  const window = { fromMs: (onset?.earliestMs ?? occasion.atMs) - BEFORE_MS, toMs: nowMs + 1 };
  const unread: string[] = [];
  const events = async (of: WorkspacePrompt): Promise<Change[]> => {
    try {
      return await within(deps.clock, 'the lever', () => deps.levers.events(of.id, window));
    } catch (error) {
      unread.push(`changes of ${of.title ?? of.id} (${messageOf(error)})`);
      return [];
    }
  };
  const neighbours = async (): Promise<ChangeSources['neighbours']> => {
    const others = deps.workspace.current().prompts.filter(({ id }) => id !== prompt.id);
    return Promise.all(
      others.slice(0, MAX_NEIGHBOURS).map(async (other) => ({
        promptId: other.id,
        title: other.title ?? other.id,
        isOnSameFlag: isOnSameFlag(prompt, other),
        firstSights: await within(deps.clock, 'the telemetry store', () =>
          deps.evidence.versionTimes(other.traceName ?? other.id),
        ).catch(() => []),
        changes: await events(other),
      })),
    );
  };
  const around = {
    versions: { candidate, control: isAlone ? null : control },
    signal,
    earliestMs,
    onsetMs: onset?.aboutMs ?? null,
    window,
    nowMs,
  };
  const [changes, beside, seen] = await Promise.all([
    events(prompt),
    neighbours(),
    lookAround(deps, prompt, trial, around),
  ]);
  unread.push(...seen.unread);
  const controlHistory = trial.controlHistory();
  const controlNow = controlHistory.find((each) => each.signal === signal);
  // A cohort that is not certain yet is not known to be fine: only where the others together are quiet it is one cohort's matter.
  const pooled = readings.find((reading) => reading.signal === signal && reading.cohort === 'all');
  const isOneCohort = occasion.cohort !== 'all' && pooled?.state === 'quiet' && occasion.basis !== 'none';
  const culprit = rankSuspects({
    alarm: occasion,
    onset,
    candidate,
    control,
    bothArmsWorse: controlNow ? controlNow.evidence >= HISTORY_WATCH_LINE : null,
    affectedCohorts: isOneCohort ? [occasion.cohort] : [],
    cohorts,
    affectedWorkers: seen.workers,
    unread,
    changes: [
      ...possibleCauses({
        candidate,
        control,
        cohorts,
        versions,
        firstSights: times,
        changes,
        lever: leverOf(prompt),
        shares: trial.shares().flatMap(({ atMs, share01 }) => (share01 === null ? [] : [{ atMs, share01 }])),
        // What a connected source would tell of outages; the provider's own errors are read off the traces.
        outages: [],
        neighbours: beside,
      }),
      ...seen.causes,
    ],
  });
  const outside = outsideFinding({ candidate, control, isAlone, controlHistory, readings, culprit, nowMs });
  return { culprit, outside };
}

type Around = {
  readonly versions: { readonly candidate: string; readonly control: string | null };
  readonly signal: StreamId | 'split';
  readonly earliestMs: number;
  readonly onsetMs: number | null;
  readonly window: Window;
  readonly nowMs: number;
};

/** What the traces themselves say about models, the provider's errors and workers. */
async function lookAround(
  deps: WatchDeps,
  prompt: WorkspacePrompt,
  trial: Trial,
  around: Around,
): Promise<{ readonly causes: PossibleCause[]; readonly workers: string[]; readonly unread: string[] }> {
  const { versions, signal, earliestMs, nowMs } = around;
  const name = prompt.traceName ?? prompt.id;
  const unread: string[] = [];
  const ask = <T>(what: string, call: () => Promise<T[]>) =>
    within(deps.clock, 'the telemetry store', call).catch((error: unknown) => {
      unread.push(`${what} (${messageOf(error)})`);
      return [] as T[];
    });
  const stream = signal === 'split' || signal === 'csat' ? null : signal;
  const since = { fromMs: earliestMs, toMs: nowMs };
  const errors = { fromMs: earliestMs - ERRORS_BEFORE_MS, toMs: nowMs };
  const [answered, minutes, counts] = await Promise.all([
    ask('which model answered', () => deps.evidence.answeredBy({ prompt: name, window: around.window })),
    ask('errors of the provider', () => deps.evidence.failedMinutes({ prompt: name, window: errors })),
    stream === null
      ? []
      : ask('the workers', () =>
          deps.evidence.workerCounts({ prompt: name, window: since, version: versions.candidate }),
        ),
  ]);
  const listed = deps.workspace.current().telemetry.providerErrors;
  const rates = counts.map(({ worker, conversations, events }) => ({
    worker,
    conversations,
    events: stream === null ? 0 : (events[stream] ?? 0),
  }));
  const usual = trial
    .readings()
    .find((reading) => reading.signal === stream && reading.cohort === 'all')?.control;
  const worse = usual && usual.units > 0 ? worseWorkers(rates, usual.events / usual.units) : [];
  return {
    unread,
    workers: worse.map(({ worker }) => worker),
    causes: [
      ...modelCauses(answered, versions),
      ...providerCauses(minutes, { versions, listed, earliestMs, nowMs }),
      ...workerCause(worse, rates, {
        version: versions.candidate,
        atMs: around.onsetMs ?? earliestMs,
      }),
    ],
  };
}

function leverOf(prompt: WorkspacePrompt): { kind: LeverKind; source: string } | null {
  if (prompt.flag) return { kind: 'flag', source: prompt.flag.source };
  if (prompt.registry) return { kind: 'registry', source: prompt.registry.source };
  return prompt.config ? { kind: 'config', source: prompt.config.source } : null;
}

function isOnSameFlag({ flag }: WorkspacePrompt, other: WorkspacePrompt): boolean {
  return (
    flag !== undefined &&
    other.flag !== undefined &&
    flag.source === other.flag.source &&
    flag.key === other.flag.key &&
    flag.environment === other.flag.environment
  );
}
