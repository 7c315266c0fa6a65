import type { Window } from '#shared/model/evidence.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import { signalSourceOf } from '#shared/model/workspace.ts';
import type { SignalSource, WorkspacePrompt } from '#shared/model/workspace.ts';
import type { MetricBucket, MetricsReader } from '../connectors/kind.ts';
import type { Arms } from './arms.ts';
import { messageOf, within } from './deps.ts';
import type { WatchDeps } from './deps.ts';

export type MetricTemplates = Exclude<SignalSource, { source: 'telemetry' }>;

/** The templates of a signal that comes from a metrics source; null = it comes from the built-in telemetry. */
export function templatesOf(prompt: WorkspacePrompt, signal: SignalId): MetricTemplates | null {
  const source = signalSourceOf(prompt, signal);
  return source.source === 'telemetry' ? null : source;
}

/** The reader of a metrics source; throws an Error in plain words when there is none. */
export function metricsReaderOf(deps: Pick<WatchDeps, 'sources'>, sourceId: string): MetricsReader {
  const instance = deps.sources.instance(sourceId);
  if (!instance) throw new Error(`source "${sourceId}" is not there or switched off`);
  if (!instance.metrics) throw new Error(`source "${sourceId}" gives no metrics`);
  return instance.metrics;
}

/**
 * A bucket as a reading. Without sums of squares the largest variance that scores of 0-100 with this mean can have is taken
 * (Bhatia and Davis 2000: mean x (100 - mean)), so that sigma is never overstated.
 */
export function readingOf(signal: SignalId, bucket: MetricBucket | undefined): ArmReading | null {
  if (!bucket || bucket.denominator === null) return null;
  if (SIGNALS[signal].kind === 'rate') {
    if (bucket.numerator === null) return null;
    return {
      kind: 'rate',
      conversations: bucket.denominator,
      events: Math.min(bucket.numerator, bucket.denominator),
    };
  }
  if (bucket.numerator === null) return null;
  return {
    kind: 'mean',
    ratings: bucket.denominator,
    sum: bucket.numerator,
    sumSquares: bucket.sumSquares ?? bucket.numerator * 100,
  };
}

export type MetricArms = { readonly arms: Arms; readonly asOfMs: number | null };

/** Both arms of one signal from its metrics source. Rejects with an Error in plain words. */
export async function readMetricArms(
  deps: WatchDeps,
  prompt: WorkspacePrompt,
  query: {
    readonly signal: SignalId;
    readonly templates: MetricTemplates;
    readonly candidate: string;
    readonly control: string;
    readonly cohort: string;
    readonly window: Window;
  },
): Promise<MetricArms> {
  const { signal, templates, cohort, window } = query;
  const reader = metricsReaderOf(deps, templates.source);
  const ask = (version: string) =>
    deps.sources.observe(templates.source, () =>
      within(deps.clock, templates.source, (abort) =>
        reader.instant(
          {
            signal,
            templates,
            prompt: prompt.traceName ?? prompt.id,
            version,
            cohort,
            window,
            bucketMs: window.toMs - window.fromMs,
          },
          abort,
        ),
      ),
    );
  const [candidate, control] = await Promise.all([ask(query.candidate), ask(query.control)]);
  const buckets = [candidate.buckets[0], control.buckets[0]];
  // A counter is born with its first event: where the other arm's counter is there, its absence is zero events; where neither is, it is no data.
  const isBorn = buckets.some((bucket) => bucket?.numerator !== null && bucket?.numerator !== undefined);
  const [candidateReading = null, controlReading = null] = buckets.map((bucket) =>
    readingOf(
      signal,
      bucket && isBorn && SIGNALS[signal].kind === 'rate'
        ? { ...bucket, numerator: bucket.numerator ?? 0 }
        : bucket,
    ),
  );
  return {
    arms: {
      candidate: candidateReading,
      control: controlReading,
    },
    asOfMs: candidate.dataUpToMs ?? control.dataUpToMs,
  };
}

/** Latest answers of metrics sources, refreshed in the background, so that one that hangs holds nothing up but its own signal. */
export type MetricCache = {
  /** What is known now; starts a refresh when it is older than `maxAgeMs`. Waits for the first answer no longer than `waitMs` of real time. */
  get(
    key: string,
    read: () => Promise<MetricArms>,
  ): Promise<{ value: MetricArms | null; error: string | null }>;
};

const MAX_AGE_MS = 10_000;
const WAIT_MS = 400;

export function createMetricCache(clock: WatchDeps['clock']): MetricCache {
  type Entry = {
    value: MetricArms | null;
    error: string | null;
    readAtMs: number;
    pending: Promise<void> | null;
  };
  const entries = new Map<string, Entry>();

  return {
    async get(key, read) {
      const entry = entries.get(key) ?? {
        value: null,
        error: null,
        readAtMs: Number.NEGATIVE_INFINITY,
        pending: null,
      };
      entries.set(key, entry);
      if (entry.pending === null && clock.monotonicMs() - entry.readAtMs >= MAX_AGE_MS) {
        entry.pending = read()
          .then(
            (value) => {
              entry.value = value;
              entry.error = null;
            },
            (error: unknown) => {
              entry.value = null;
              entry.error = messageOf(error);
            },
          )
          .finally(() => {
            entry.readAtMs = clock.monotonicMs();
            entry.pending = null;
          });
      }
      if (entry.pending) {
        const patience = clock.deadline(WAIT_MS);
        await Promise.race([
          entry.pending,
          new Promise<void>((resolve) => patience.addEventListener('abort', () => resolve(), { once: true })),
        ]);
      }
      return { value: entry.value, error: entry.error };
    },
  };
}
