import { displayValue } from '#shared/domain/detection/compare.ts';
import type { SignalSeries, Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { addReadings } from './arms.ts';
import { TELEMETRY } from './comparisons.ts';
import { messageOf, within } from './deps.ts';
import type { WatchDeps } from './deps.ts';
import { metricsReaderOf, readingOf, templatesOf } from './metric-signals.ts';
import type { MetricTemplates } from './metric-signals.ts';

export type SeriesQuery = {
  readonly prompt: WorkspacePrompt;
  readonly signal: SignalId;
  readonly cohort: string;
  readonly window: Window;
  readonly bucketMs: number;
  readonly control: string;
  readonly candidate: string | null;
  readonly incident: Incident | null;
};

/** One version's readings per bucket; null = the source has nothing for the bucket. */
export type Line = { readonly version: string; readonly readings: readonly (ArmReading | null)[] };
export type Lines = {
  readonly startsMs: number[];
  readonly lines: readonly Line[];
  readonly dataUpToMs: number | null;
};

/** The readings behind a chart. Rejects with an Error in plain words. */
export async function readLines(deps: WatchDeps, query: SeriesQuery): Promise<Lines> {
  const templates = templatesOf(query.prompt, query.signal);
  return templates ? metricLines(deps, query, templates) : telemetryLines(deps, query);
}

/** One signal over time as the chart wants it; a source that fails gives an empty chart with the reason. Never rejects. */
export async function seriesOf(
  deps: WatchDeps,
  query: SeriesQuery,
  bandOf: (lines: Lines) => Promise<SignalSeries['band']>,
): Promise<SignalSeries> {
  const { signal, cohort, window, bucketMs } = query;
  const source = templatesOf(query.prompt, signal)?.source ?? TELEMETRY;
  const base = { signal, cohort, source, window, bucketMs };
  try {
    const lines = await readLines(deps, query);
    const baseline = baselineOf(query, lines);
    return {
      ...base,
      startsMs: lines.startsMs,
      lines: lines.lines.map(({ version, readings }) => ({
        version,
        role: version === query.control ? 'control' : version === query.candidate ? 'candidate' : 'other',
        values: readings.map((reading) => displayValue(signal, reading)),
        denominators: readings.map(denominatorOf),
      })),
      baseline,
      band: await bandOf(lines).catch((error: unknown) => {
        deps.log.warn(
          { err: error, prompt: query.prompt.id },
          'the expected recovery could not be worked out',
        );
        return [];
      }),
      dataUpToMs: lines.dataUpToMs,
      error: null,
    };
  } catch (error) {
    return {
      ...base,
      startsMs: [],
      lines: [],
      baseline: null,
      band: [],
      dataUpToMs: null,
      error: messageOf(error),
    };
  }
}

export function denominatorOf(reading: ArmReading | null): number {
  if (!reading) return 0;
  return reading.kind === 'rate' ? reading.conversations : reading.ratings;
}

/** Control before the candidate shipped where the chart reaches back so far, else control over the whole chart. */
function baselineOf(query: SeriesQuery, { startsMs, lines }: Lines): number | null {
  const control = lines.find(({ version }) => version === query.control);
  if (!control) return null;
  const untilMs = query.incident?.shippedAtMs ?? query.incident?.declaredAtMs ?? Number.POSITIVE_INFINITY;
  const mean = (keep: (startMs: number) => boolean) => {
    const readings = control.readings
      .filter((_, index) => keep(startsMs[index] ?? 0))
      .filter((each) => each !== null);
    const [first, ...rest] = readings;
    return first ? displayValue(query.signal, rest.reduce(addReadings, first)) : null;
  };
  return mean((startMs) => startMs + query.bucketMs <= untilMs) ?? mean(() => true);
}

async function telemetryLines(deps: WatchDeps, query: SeriesQuery): Promise<Lines> {
  const prompt = query.prompt.traceName ?? query.prompt.id;
  const { window, bucketMs, cohort, signal } = query;
  const [series, dataUpToMs] = await Promise.all([
    within(deps.clock, 'the telemetry store', () =>
      deps.evidence.series({ prompt, window, bucketMs, cohort }),
    ),
    deps.evidence.dataUpToMs(prompt),
  ]);
  const lines = series.versions.map(({ version, readings }) => ({
    version,
    readings: readings.map((byBucket) => byBucket[signal]),
  }));
  return { startsMs: series.startsMs, lines, dataUpToMs };
}

async function metricLines(deps: WatchDeps, query: SeriesQuery, templates: MetricTemplates): Promise<Lines> {
  const { signal, cohort, bucketMs } = query;
  const firstMs = Math.floor(query.window.fromMs / bucketMs) * bucketMs;
  const count = Math.max(0, Math.ceil((query.window.toMs - firstMs) / bucketMs));
  const startsMs = Array.from({ length: count }, (_, index) => firstMs + index * bucketMs);
  const window = { fromMs: firstMs, toMs: firstMs + count * bucketMs };
  const reader = metricsReaderOf(deps, templates.source);
  const versions = [query.control, ...(query.candidate === null ? [] : [query.candidate])];
  const answers = await Promise.all(
    versions.map((version) =>
      deps.sources.observe(templates.source, () =>
        within(deps.clock, templates.source, (abort) =>
          reader.range(
            {
              signal,
              templates,
              prompt: query.prompt.traceName ?? query.prompt.id,
              version,
              cohort,
              window,
              bucketMs,
            },
            abort,
          ),
        ),
      ),
    ),
  );
  const lines = versions.map((version, index): Line => {
    const byStart = new Map(answers[index]?.buckets.map((bucket) => [bucket.startMs, bucket]));
    return { version, readings: startsMs.map((startMs) => readingOf(signal, byStart.get(startMs))) };
  });
  const upTo = answers.map(({ dataUpToMs }) => dataUpToMs).filter((atMs) => atMs !== null);
  return { startsMs, lines, dataUpToMs: upTo.length > 0 ? Math.max(...upTo) : null };
}
