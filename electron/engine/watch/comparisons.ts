import { compare } from '#shared/domain/detection/compare.ts';
import type { EvidenceReading, MeterReading } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { ArmReading, SignalComparison, SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { VersionCounts } from '../telemetry/kind.ts';
import { withAnswerRates } from './answer-rates.ts';
import { armsOf, conversationsOf } from './arms.ts';
import type { Arms } from './arms.ts';
import { LONG_WINDOW_MS, messageOf, within } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import { readMetricArms, templatesOf } from './metric-signals.ts';
import type { MetricCache, MetricTemplates } from './metric-signals.ts';

export const TELEMETRY = 'telemetry';

export type ComparisonQuery = {
  readonly prompt: WorkspacePrompt;
  readonly candidate: string;
  readonly control: string;
  readonly window: Window;
  /** Which cohorts besides 'all'. */
  readonly cohorts: readonly string[];
  /** Name of the window for the cache of metric answers: the same name may be answered from the last seconds. */
  readonly windowName: string;
};

/** What the detector and the meter make of the same streams. */
export type Judged = {
  readonly evidence: readonly EvidenceReading[];
  readonly meter: readonly MeterReading[];
  /** The own past of a version that is watched alone, over all cohorts: stands in the control's place where no other version ran. */
  readonly past: (signal: SignalId) => ArmReading | null;
  /** Why there is no evidence where there could be. */
  readonly untested: string | null;
  /** Present conversations of one cohort and version per minute; null = not known. */
  readonly perMinute: (cohort: string, version: string) => number | null;
};

/** Counts of received telemetry, or why there are none. */
export type CountsAnswer = { readonly counts: readonly VersionCounts[]; readonly error: string | null };

/** Reads counts with a deadline; never rejects. */
export async function readCounts(
  deps: WatchDeps,
  prompt: WorkspacePrompt,
  window: Window,
): Promise<CountsAnswer> {
  try {
    const query = { prompt: prompt.traceName ?? prompt.id, window };
    return {
      counts: await within(deps.clock, 'the telemetry store', () => deps.evidence.counts(query)),
      error: null,
    };
  } catch (error) {
    return { counts: [], error: messageOf(error) };
  }
}

/** Cohorts of a prompt: those of the workspace first, then those seen. Spans without one are their own cohort only while nothing else is. */
export function cohortsOf(prompt: WorkspacePrompt, counts: readonly VersionCounts[]): string[] {
  const seen = new Set(counts.map(({ cohort }) => cohort).filter((cohort) => cohort !== '(none)'));
  return [...new Set([...prompt.cohorts, ...seen])];
}

/** Present pace by cohort and version, from the counts of a window. */
export function paceOver({ counts, error }: CountsAnswer, window: Window): Judged['perMinute'] {
  const minutes = (window.toMs - window.fromMs) / 60_000;
  return (cohort, version) => {
    if (error !== null || minutes <= 0) return null;
    const rows = cohort === 'all' ? counts : counts.filter((row) => row.cohort === cohort);
    return conversationsOf(rows, version) / minutes;
  };
}

/**
 * All four signals, candidate against control, in 'all' and each cohort, over one window. Each signal stands for itself: one whose source
 * fails or hangs becomes `unknown` with the reason, the others are unaffected. Never rejects.
 */
export async function comparisonsOver(
  deps: WatchDeps,
  cache: MetricCache,
  query: ComparisonQuery,
  answer: CountsAnswer,
  judged: Judged,
): Promise<SignalComparison[]> {
  const telemetryUpToMs =
    answer.error === null ? await deps.evidence.dataUpToMs(traceName(query)).catch(() => null) : null;
  const streams = ['all', ...query.cohorts];
  const perSignal = SIGNAL_IDS.map(async (signal) => {
    const templates = templatesOf(query.prompt, signal);
    return Promise.all(
      streams.map(async (cohort) => {
        const read = templates
          ? await metricArms(deps, cache, query, signal, templates, cohort)
          : telemetryArms(answer, query, signal, cohort, telemetryUpToMs);
        // A single cohort is the whole: the detector tests it as such.
        const tested = query.cohorts.length === 1 ? 'all' : cohort;
        const isStream = (each: { signal: string; cohort: string }) =>
          each.signal === signal && each.cohort === tested;
        const past = tested === 'all' ? judged.past(signal) : null;
        const arms = read.arms && withPast(read.arms, past);
        const comparison = compare({
          signal,
          cohort,
          source: templates?.source ?? TELEMETRY,
          windowMs: query.window.toMs - query.window.fromMs,
          asOfMs: read.asOfMs,
          candidate: arms?.candidate ?? null,
          control: arms?.control ?? null,
          error: read.error,
          evidence: judged.evidence.find(isStream) ?? null,
          meter: judged.meter.find(isStream) ?? null,
          untested: judged.untested,
          candidatePerMinute: judged.perMinute(cohort, query.candidate),
        });
        return templates ? comparison : withAnswerRates(comparison, answer.counts, query);
      }),
    );
  });
  return (await Promise.all(perSignal)).flat();
}

function withPast(arms: Arms, past: ArmReading | null): Arms {
  const { control } = arms;
  const hasControl = control?.kind === 'rate' ? control.conversations > 0 : (control?.ratings ?? 0) > 0;
  return past && !hasControl ? { ...arms, control: past } : arms;
}

type Read = { readonly arms: Arms | null; readonly asOfMs: number | null; readonly error: string | null };

const traceName = (query: ComparisonQuery) => query.prompt.traceName ?? query.prompt.id;

function telemetryArms(
  answer: CountsAnswer,
  query: ComparisonQuery,
  signal: SignalId,
  cohort: string,
  asOfMs: number | null,
): Read {
  if (answer.error !== null) return { arms: null, asOfMs: null, error: answer.error };
  if (asOfMs === null) return { arms: null, asOfMs: null, error: 'no telemetry for this prompt yet' };
  return { arms: armsOf(answer.counts, signal, cohort, query), asOfMs, error: null };
}

async function metricArms(
  deps: WatchDeps,
  cache: MetricCache,
  query: ComparisonQuery,
  signal: SignalId,
  templates: MetricTemplates,
  cohort: string,
): Promise<Read> {
  const { prompt, candidate, control } = query;
  const { toMs } = query.window;
  // Days in one query are a load on the source, and its counters may have been reset meanwhile.
  const window = { fromMs: Math.max(query.window.fromMs, toMs - LONG_WINDOW_MS), toMs };
  const key = JSON.stringify([prompt.id, signal, cohort, candidate, control, query.windowName]);
  const { value, error } = await cache.get(key, () =>
    readMetricArms(deps, prompt, { signal, templates, candidate, control, cohort, window }),
  );
  if (error !== null) return { arms: null, asOfMs: null, error };
  if (!value) return { arms: null, asOfMs: null, error: `waiting for ${templates.source}` };
  return { arms: value.arms, asOfMs: value.asOfMs, error: null };
}
