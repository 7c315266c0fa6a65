import { displayValue } from '#shared/domain/detection/compare.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { within } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import { metricsReaderOf, readingOf, templatesOf } from './metric-signals.ts';

const POINTS = 30;
const BUCKET_MS = 60_000;

type Spark = PromptStatus['sparks'][number];
export type SparkQuery = {
  readonly prompt: WorkspacePrompt;
  readonly control: string;
  readonly candidate: string | null;
  readonly nowMs: number;
};

/** Thirty minutes of each signal in one-minute points, pooled over cohorts. A signal whose source fails has no points. Never rejects. */
export async function readSparks(deps: WatchDeps, query: SparkQuery): Promise<Spark[]> {
  // Whole minutes only, and not the one that is still filling.
  const toMs = Math.floor(query.nowMs / BUCKET_MS) * BUCKET_MS;
  const window = { fromMs: toMs - POINTS * BUCKET_MS, toMs };
  const name = query.prompt.traceName ?? query.prompt.id;
  const fromTelemetry = await within(deps.clock, 'the telemetry store', () =>
    deps.evidence.series({ prompt: name, window, bucketMs: BUCKET_MS, cohort: 'all' }),
  ).catch(() => null);

  return Promise.all(
    SIGNAL_IDS.map(async (signal): Promise<Spark> => {
      const templates = templatesOf(query.prompt, signal);
      const line = async (version: string | null) => {
        if (version === null) return [];
        if (!templates) {
          const found = fromTelemetry?.versions.find((each) => each.version === version);
          return found ? found.readings.map((readings) => value(signal, readings[signal])) : [];
        }
        const answer = await deps.sources
          .observe(templates.source, () =>
            within(deps.clock, templates.source, (abort) =>
              metricsReaderOf(deps, templates.source).range(
                { signal, templates, prompt: name, version, cohort: 'all', window, bucketMs: BUCKET_MS },
                abort,
              ),
            ),
          )
          .catch(() => null);
        const byStart = new Map(answer?.buckets.map((bucket) => [bucket.startMs, bucket]));
        return Array.from({ length: POINTS }, (_, index) =>
          value(signal, readingOf(signal, byStart.get(window.fromMs + index * BUCKET_MS))),
        );
      };
      const [candidate, control] = await Promise.all([line(query.candidate), line(query.control)]);
      return { signal, bucketMs: BUCKET_MS, startMs: window.fromMs, candidate, control };
    }),
  );
}

function value(signal: SignalId, reading: ArmReading | null): number | null {
  return displayValue(signal, reading);
}
