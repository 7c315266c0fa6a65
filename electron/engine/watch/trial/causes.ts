import { bothWorseSentence } from '#shared/domain/detection/sentences.ts';
import { possibleCauses } from '#shared/domain/identification/gather-causes.ts';
import type { ChangeSources } from '#shared/domain/identification/gather-causes.ts';
import { rankSuspects } from '#shared/domain/identification/suspects.ts';
import type { Alarm, Culprit } from '#shared/model/detection.ts';
import type { Change } from '#shared/model/evidence.ts';
import { NOTHING_EARLIER } from '#shared/model/incident.ts';
import type { LeverKind, PromptVersion } from '#shared/model/prompt.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { messageOf, within } from '../deps.ts';
import type { WatchDeps } from '../deps.ts';
import type { VersionTimes } from '../focus.ts';
import type { Trial } from './trial.ts';

/** Changes this long before the onset may still explain it (a version that is ramped up later). */
const BEFORE_MS = 24 * 3_600_000;
/** Prompts beside this one whose changes are looked at. */
const MAX_NEIGHBOURS = 20;

/** Gathers what changed around an alarm and ranks it. A source that does not answer is named in the answer. Never rejects. */
export async function culpritOf(
  deps: WatchDeps,
  input: {
    readonly prompt: WorkspacePrompt;
    readonly trial: Trial;
    readonly alarm: Alarm;
    readonly times: VersionTimes;
    readonly versions: readonly PromptVersion[];
  },
): Promise<Culprit> {
  const { prompt, trial, alarm, times, versions } = input;
  const { candidate } = trial.settings;
  const control = trial.settings.control === NOTHING_EARLIER ? 'other version' : trial.settings.control;
  const readings = trial.readings();
  const cohorts = [...new Set(readings.map(({ cohort }) => cohort))].filter((cohort) => cohort !== 'all');
  const { onset, signal } = alarm;
  const window = { fromMs: (onset?.earliestMs ?? alarm.atMs) - BEFORE_MS, toMs: deps.clock.nowMs() + 1 };
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
  const [changes, beside] = await Promise.all([events(prompt), neighbours()]);
  // A cohort that is not certain yet is not known to be fine: only where the others together are quiet it is one cohort's matter.
  const pooled = readings.find((reading) => reading.signal === signal && reading.cohort === 'all');
  const isOneCohort = alarm.cohort !== 'all' && pooled?.state === 'quiet';
  return rankSuspects({
    alarm,
    onset,
    candidate,
    control,
    bothArmsWorse:
      signal === 'split' || alarm.basis === 'history'
        ? null
        : trial.notices().some(({ sentence }) => sentence === bothWorseSentence(signal)),
    affectedCohorts: isOneCohort ? [alarm.cohort] : [],
    cohorts,
    affectedWorkers: [],
    unread,
    changes: possibleCauses({
      candidate,
      control,
      cohorts,
      versions,
      firstSights: times,
      changes,
      lever: leverOf(prompt),
      shares: trial.shares().flatMap(({ atMs, share01 }) => (share01 === null ? [] : [{ atMs, share01 }])),
      // No connected source tells how the model's provider is.
      outages: [],
      neighbours: beside,
    }),
  });
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
