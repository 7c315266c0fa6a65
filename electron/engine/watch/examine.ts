import type { EvidenceReading, MeterAdvice, MeterReading } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { SignalComparison, SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { VersionCounts } from '../telemetry/kind.ts';
import { shownStreams } from './alarms.ts';
import { cohortsOf, comparisonsOver, paceOver, readCounts } from './comparisons.ts';
import type { CountsAnswer } from './comparisons.ts';
import { LONG_WINDOW_MS } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import type { Focus } from './focus.ts';
import type { MetricCache } from './metric-signals.ts';
import { metersOf, presentWindow } from './trial/meters.ts';
import type { Trial } from './trial/trial.ts';
import { TELEMETRY_FEED } from './trial/beginning.ts';

/** Everything a look finds out about a prompt's candidate. */
export type Examined = {
  /** Every signal and cohort over each window, longest window first. Empty without a candidate. */
  readonly byWindow: SignalComparison[][];
  readonly cohorts: string[];
  readonly evidence: EvidenceReading[];
  readonly meter: MeterReading[];
  readonly advice: MeterAdvice[];
};

/** Puts the detector's evidence, the meter and the plain figures side by side. Never rejects. */
export async function examine(
  deps: WatchDeps,
  cache: MetricCache,
  query: {
    readonly prompt: WorkspacePrompt;
    readonly focus: Focus;
    readonly trial: Trial | null;
    readonly windows: readonly Window[];
    /** A cohort to look at although it had no traffic in the windows. */
    readonly extraCohort: string | null;
    /** A window that will not be asked for again. */
    readonly isAdHoc: boolean;
  },
): Promise<Examined> {
  const { prompt, focus, windows, extraCohort } = query;
  const { candidate, control } = focus;
  const nowMs = deps.clock.nowMs();
  const trial = query.trial?.settings.candidate === candidate ? query.trial : null;
  const present = trial ? presentWindow(trial, nowMs) : { fromMs: nowMs - LONG_WINDOW_MS, toMs: nowMs };
  const [presentAnswer, ...answers] = await Promise.all([
    readCounts(deps, prompt, present),
    ...windows.map((window) => sinceLaunch(trial, window) ?? readCounts(deps, prompt, window)),
  ]);
  const seen = cohortsOf(
    prompt,
    [presentAnswer, ...answers].flatMap(({ counts }) => counts),
  );
  const isKnown = extraCohort === null || extraCohort === 'all' || seen.includes(extraCohort);
  const cohorts = isKnown ? seen : [...seen, extraCohort];
  if (candidate === null) return { byWindow: [], cohorts, evidence: [], meter: [], advice: [] };

  const evidence = trial?.readings() ?? [];
  const shown = shownStreams(evidence, extraCohort);
  const totals = trial?.totals(TELEMETRY_FEED) ?? null;
  const { meter, advice } =
    trial && totals
      ? metersOf({
          trial,
          readings: shown,
          present: presentAnswer.error === null ? { counts: presentAnswer.counts, window: present } : null,
          totals,
          nowMs,
        })
      : { meter: [], advice: [] };
  const judged = {
    evidence,
    meter,
    past: (signal: SignalId) => trial?.past(signal) ?? null,
    untested: trial
      ? trial.settings.isAlone
        ? 'judged against its own past, all cohorts together'
        : null
      : `not tested: ${query.trial ? 'another version is on trial' : `${candidate} was not seen in traffic`}`,
    perMinute: paceOver(presentAnswer, present),
  };
  const byWindow = await Promise.all(
    windows.map((window, index) => {
      const windowName = query.isAdHoc ? `${window.fromMs}-${window.toMs}` : String(index);
      const answer = answers[index] ?? { counts: [], error: 'not read' };
      const about = { prompt, candidate, control, window, cohorts, windowName };
      return comparisonsOver(deps, cache, about, answer, judged);
    }),
  );
  return { byWindow, cohorts, evidence: shown, meter, advice };
}

/** A launch longer ago than the rolling window is not counted over again at every look: the trial knows its sums. */
function sinceLaunch(trial: Trial | null, window: Window): CountsAnswer | null {
  const totals = trial?.totals(TELEMETRY_FEED);
  if (!trial || !totals || window.fromMs !== trial.settings.startedAtMs) return null;
  if (window.toMs - window.fromMs <= LONG_WINDOW_MS) return null;
  const { candidate, control } = trial.settings;
  const counts = (['candidate', 'control'] as const).flatMap((arm) =>
    totals.cohorts().map((cohort): VersionCounts => ({
      version: arm === 'candidate' ? candidate : control,
      sha: null,
      cohort,
      conversations: totals.conversations(arm, cohort),
      readings: {
        complaints: totals.reading(arm, 'complaints', cohort),
        csat: totals.reading(arm, 'csat', cohort),
        safety: totals.reading(arm, 'safety', cohort),
        downstream: totals.reading(arm, 'downstream', cohort),
      },
    })),
  );
  return { counts, error: null };
}
