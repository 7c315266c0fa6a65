import { compare } from '#shared/domain/detection/compare.ts';
import { linesFor } from '#shared/domain/detection/rule.ts';
import type { Window } from '#shared/model/evidence.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { SignalComparison, SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { VersionCounts } from '../telemetry/kind.ts';
import { armsOf, conversationsOf } from './arms.ts';
import type { Arms } from './arms.ts';
import { messageOf, within } from './deps.ts';
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

/**
 * All four signals, candidate against control, in 'all' and each cohort, over one window. Each signal stands for itself: one whose source
 * fails or hangs becomes `unknown` with the reason, the others are unaffected. Never rejects.
 */
export async function comparisonsOver(
  deps: WatchDeps,
  cache: MetricCache,
  query: ComparisonQuery,
  answer: CountsAnswer,
): Promise<SignalComparison[]> {
  const { counts } = answer;
  const minutes = (query.window.toMs - query.window.fromMs) / 60_000;
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
        const conversations =
          read.arms?.candidateConversations ?? conversationsIn(counts, cohort, query.candidate);
        return compare({
          signal,
          cohort,
          source: templates?.source ?? TELEMETRY,
          windowMs: query.window.toMs - query.window.fromMs,
          asOfMs: read.asOfMs,
          candidate: read.arms?.candidate ?? null,
          control: read.arms?.control ?? null,
          error: read.error,
          candidateConversations: conversations,
          candidatePerMinute: conversations !== null && minutes > 0 ? conversations / minutes : null,
          lines: linesFor(cohort, query.cohorts.length),
        });
      }),
    );
  });
  return (await Promise.all(perSignal)).flat();
}

type Read = { readonly arms: Arms | null; readonly asOfMs: number | null; readonly error: string | null };

const traceName = (query: ComparisonQuery) => query.prompt.traceName ?? query.prompt.id;

function conversationsIn(counts: readonly VersionCounts[], cohort: string, version: string): number {
  return conversationsOf(cohort === 'all' ? counts : counts.filter((row) => row.cohort === cohort), version);
}

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
  const { prompt, candidate, control, window } = query;
  const key = JSON.stringify([prompt.id, signal, cohort, candidate, control, query.windowName]);
  const { value, error } = await cache.get(key, () =>
    readMetricArms(deps, prompt, { signal, templates, candidate, control, cohort, window }),
  );
  if (error !== null) return { arms: null, asOfMs: null, error };
  if (!value) return { arms: null, asOfMs: null, error: `waiting for ${templates.source}` };
  return { arms: value.arms, asOfMs: value.asOfMs, error: null };
}
