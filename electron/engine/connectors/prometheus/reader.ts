import type { Clock } from '#engine/clock.ts';
import type { HttpClient } from '../http.ts';
import { SourceError } from '../kind.ts';
import type { MetricBucket, MetricsAnswer, MetricsQuery, MetricsReader, NewestSample } from '../kind.ts';
import { pathOf } from '../base-url.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import { finiteOrNull, instantAnswerSchema, rangeAnswerSchema } from './shapes.ts';
import { durationOf, fillTemplate, firstSelectorOf } from './template.ts';

/** Prometheus and Mimir refuse more points per series. */
const MAX_POINTS = 11_000;

const PATHS = {
  instant: pathOf('api', 'v1', 'query'),
  range: pathOf('api', 'v1', 'query_range'),
};

type Role = 'numerator' | 'denominator' | 'sumSquares';
/** A field of the workspace's templates, filled for one question. */
type FilledQuery = { readonly role: Role; readonly field: string; readonly promql: string };

export type ReaderOptions = {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** What the server is told to give up after, a little less than our own deadline. */
  readonly serverTimeoutMs: number;
};

/**
 * Signals from a Prometheus-compatible server. A series that is absent is "no data" (null), never 0: a version nobody asked about
 * and a version without errors look the same to Prometheus.
 */
export function createPrometheusReader(options: ReaderOptions): MetricsReader {
  const { http, clock } = options;
  const timeout = durationOf(options.serverTimeoutMs);

  /** A range as one column of values by bucket end (unix ms). */
  const rangeColumn = async (query: FilledQuery, grid: Grid, signal?: AbortSignal) => {
    const answer = await http
      .read(
        {
          path: PATHS.range,
          form: {
            query: query.promql,
            start: String(grid.firstEndMs / 1000),
            end: String(grid.lastEndMs / 1000),
            step: String(grid.bucketMs / 1000),
            timeout,
          },
          signal,
        },
        rangeAnswerSchema,
      )
      .catch((error: unknown) => {
        throw namingField(error, query.field);
      });
    const column = new Map<number, number>();
    for (const series of answer.data.result)
      for (const [atS, text] of series.values) {
        const value = finiteOrNull(text);
        const atMs = Math.round(atS * 1000);
        if (value !== null) column.set(atMs, (column.get(atMs) ?? 0) + value);
      }
    return { column, warnings: warningsOf(answer, query.field, answer.data.result.length) };
  };

  const instantValue = async (query: FilledQuery, atMs: number, signal?: AbortSignal) => {
    const answer = await http
      .read(
        { path: PATHS.instant, form: { query: query.promql, time: String(atMs / 1000), timeout }, signal },
        instantAnswerSchema,
      )
      .catch((error: unknown) => {
        throw namingField(error, query.field);
      });
    if (answer.data.resultType === 'scalar')
      return { value: finiteOrNull(answer.data.result[1]), warnings: warningsOf(answer, query.field, 1) };
    const values = answer.data.result
      .map((series) => finiteOrNull(series.value?.[1]))
      .filter((value) => value !== null);
    return {
      value: values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0),
      warnings: warningsOf(answer, query.field, answer.data.result.length),
    };
  };

  /** Time of the newest sample behind a query, at most 5 min back, which is the server's look-back. */
  const newestSample = async (promql: string, atMs: number, signal?: AbortSignal): Promise<NewestSample> => {
    const selector = firstSelectorOf(promql);
    if (selector === null) return 'untold';
    const query: FilledQuery = {
      role: 'denominator',
      field: 'timestamp',
      promql: `max(timestamp(${selector}))`,
    };
    const { value } = await instantValue(query, atMs, signal);
    return value === null ? 'none' : Math.round(value * 1000);
  };
  /** The same where it only says how old the figures are: null where it cannot be told. */
  const newestSampleMs = async (promql: string, atMs: number, signal?: AbortSignal) => {
    const newest = await newestSample(promql, atMs, signal).catch(() => null);
    return typeof newest === 'number' ? newest : null;
  };

  return {
    async range(query, signal) {
      const queries = filledQueries(query, query.bucketMs);
      const grid = gridOf(query, clock.nowMs());
      if (grid === null) return { buckets: [], dataUpToMs: null, warnings: [] };
      const denominator = queries.find((one) => one.role === 'denominator');
      const [columns, newestMs] = await Promise.all([
        Promise.all(queries.map((one) => rangeColumn(one, grid, signal))),
        newestSampleMs(denominator?.promql ?? '', grid.lastEndMs, signal),
      ]);
      const columnOf = (role: Role) => columns[queries.findIndex((one) => one.role === role)]?.column;
      const buckets: MetricBucket[] = [];
      let lastWithDataMs: number | null = null;
      for (let endMs = grid.firstEndMs; endMs <= grid.lastEndMs; endMs += grid.bucketMs) {
        const bucket: MetricBucket = {
          startMs: endMs - grid.bucketMs,
          numerator: columnOf('numerator')?.get(endMs) ?? null,
          denominator: columnOf('denominator')?.get(endMs) ?? null,
          sumSquares: columnOf('sumSquares')?.get(endMs) ?? null,
        };
        if (bucket.denominator !== null) lastWithDataMs = endMs;
        buckets.push(bucket);
      }
      return {
        buckets,
        dataUpToMs: newestMs ?? lastWithDataMs,
        warnings: [...new Set(columns.flatMap((one) => one.warnings))],
      };
    },
    async instant(query, signal) {
      const windowMs = query.window.toMs - query.window.fromMs;
      const atMs = Math.min(query.window.toMs, clock.nowMs());
      const queries = filledQueries(query, windowMs);
      const denominator = queries.find((one) => one.role === 'denominator');
      const [values, newestMs] = await Promise.all([
        Promise.all(queries.map((one) => instantValue(one, atMs, signal))),
        newestSampleMs(denominator?.promql ?? '', atMs, signal),
      ]);
      const valueOf = (role: Role) => values[queries.findIndex((one) => one.role === role)]?.value ?? null;
      const answer: MetricsAnswer = {
        buckets: [
          {
            startMs: query.window.fromMs,
            numerator: valueOf('numerator'),
            denominator: valueOf('denominator'),
            sumSquares: valueOf('sumSquares'),
          },
        ],
        dataUpToMs: newestMs,
        warnings: [...new Set(values.flatMap((one) => one.warnings))],
      };
      return answer;
    },
    async newest(query, signal) {
      const queries = filledQueries(query, query.bucketMs);
      const of = (role: Role) =>
        newestSample(queries.find((one) => one.role === role)?.promql ?? '', clock.nowMs(), signal);
      const [numerator, denominator] = await Promise.all([of('numerator'), of('denominator')]);
      return { numerator, denominator };
    },
    queryUrl(query) {
      try {
        const parameters = new URLSearchParams();
        filledQueries(query, query.bucketMs).forEach((one, index) => {
          parameters.set(`g${index}.expr`, one.promql);
          parameters.set(`g${index}.tab`, '0');
          parameters.set(`g${index}.range_input`, durationOf(query.window.toMs - query.window.fromMs));
          parameters.set(`g${index}.end_input`, new Date(query.window.toMs).toISOString().slice(0, 19));
        });
        return `${http.baseUrl}/graph?${parameters.toString()}`;
      } catch {
        return null;
      }
    },
  };
}

/** Which templates a signal needs, filled. */
function filledQueries(query: MetricsQuery, windowMs: number): FilledQuery[] {
  const { templates } = query;
  const fields: [Role, 'events' | 'conversations' | 'sum' | 'count' | 'sumSquares', boolean][] =
    SIGNALS[query.signal].kind === 'rate'
      ? [
          ['numerator', 'events', true],
          ['denominator', 'conversations', true],
        ]
      : [
          ['numerator', 'sum', true],
          ['denominator', 'count', true],
          ['sumSquares', 'sumSquares', false],
        ];
  const values = { prompt: query.prompt, version: query.version, cohort: query.cohort, windowMs };
  return fields.flatMap(([role, field, isNeeded]) => {
    const template = templates[field as keyof typeof templates];
    if (template === undefined) {
      if (!isNeeded) return [];
      throw new SourceError(`The signal ${query.signal} has no template "${field}".`, {
        fix: `Add signals.${query.signal}.${field} to the prompt in the workspace.`,
      });
    }
    return [
      { role, field: `signals.${query.signal}.${field}`, promql: fillTemplate(field, template, values) },
    ];
  });
}

type Grid = { readonly firstEndMs: number; readonly lastEndMs: number; readonly bucketMs: number };

/**
 * Bucket ends on multiples of the step (a range query is cached only then), each bucket asked at its end with $window = step.
 * Only buckets that are over: the present one would be partial. Null = no bucket of the window is over yet.
 */
function gridOf(query: MetricsQuery, nowMs: number): Grid | null {
  const { bucketMs, window } = query;
  const firstEndMs = (Math.floor(window.fromMs / bucketMs) + 1) * bucketMs;
  const lastEndMs =
    Math.floor(Math.min(nowMs, Math.ceil(window.toMs / bucketMs) * bucketMs) / bucketMs) * bucketMs;
  if (lastEndMs < firstEndMs) return null;
  const points = (lastEndMs - firstEndMs) / bucketMs + 1;
  if (points > MAX_POINTS)
    throw new SourceError(`${points} buckets are more than the ${MAX_POINTS} Prometheus gives at once.`, {
      fix: 'Ask for wider buckets or a shorter window.',
    });
  return { firstEndMs, lastEndMs, bucketMs };
}

function warningsOf(
  answer: { readonly warnings: readonly string[]; readonly infos: readonly string[] },
  field: string,
  seriesCount: number,
): string[] {
  return [
    ...answer.warnings.map((text) => `Prometheus warns: ${text.slice(0, 200)}`),
    ...answer.infos.map((text) => `Prometheus notes: ${text.slice(0, 200)}`),
    ...(seriesCount > 1
      ? [`${field} gave ${seriesCount} series, which were added up; put sum(…) around it if that is right.`]
      : []),
  ];
}

/** 400 bad_data and 422 are about the query: say which template it is. */
function namingField(error: unknown, field: string): unknown {
  if (!(error instanceof SourceError) || (error.status !== 400 && error.status !== 422)) return error;
  const said = /It says: "(.*)"$/.exec(error.message)?.[1] ?? error.message;
  return new SourceError(`Prometheus cannot run the query of ${field}: ${said}`, {
    status: error.status,
    fix: `Correct ${field} in the workspace.`,
    cause: error,
  });
}
