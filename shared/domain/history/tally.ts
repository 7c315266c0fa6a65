import {
  ENOUGH_INCIDENTS,
  type EvalCounts,
  type EvalOutcome,
  type HistorySet,
  type MetricFigures,
  RESPONSE_METRICS,
  type ResponseMetric,
} from '#shared/model/history.ts';

/** What the figures need of one incident or drill. */
export type TallyRow = {
  readonly isClosed: boolean;
  readonly isRecurrence: boolean;
  readonly evalOutcome: EvalOutcome | null;
  readonly hasWaiver: boolean | null;
};

/** Adds incidents up, one after the other; nothing but their measured times is kept. */
export type Tally = {
  /** `timeOf` gives a metric in ms, null = not measured. */
  add(row: TallyRow, timeOf: (metric: ResponseMetric) => number | null): void;
  /** Everything except the metrics. */
  counts(): Omit<HistorySet, 'metrics'>;
  figures(metric: ResponseMetric, withMeans: boolean): MetricFigures;
};

export function createTally(): Tally {
  const counts = {
    closed: 0,
    open: 0,
    recurrences: 0,
    evalCases: noEvalCases(),
    waivers: { given: 0, unknown: 0 },
  };
  const times = new Map<ResponseMetric, number[]>(RESPONSE_METRICS.map(({ id }) => [id, []]));
  return {
    add(row, timeOf) {
      if (row.isClosed) counts.closed += 1;
      else counts.open += 1;
      if (row.isRecurrence) counts.recurrences += 1;
      countEvalCase(counts.evalCases, row);
      if (row.hasWaiver === null) counts.waivers.unknown += 1;
      else if (row.hasWaiver) counts.waivers.given += 1;
      if (!row.isClosed) return;
      for (const [metric, values] of times) {
        const ms = timeOf(metric);
        if (ms !== null) values.push(ms);
      }
    },
    counts: () => ({
      ...counts,
      evalCases: { ...counts.evalCases },
      waivers: { ...counts.waivers },
    }),
    figures: (metric, withMeans) => metricFigures(metric, times.get(metric) ?? [], withMeans),
  };
}

export function noEvalCases(): EvalCounts {
  return { proven: 0, waived: 0, missing: 0, notOwed: 0, unknown: 0 };
}

/** Adds one incident to counts. An open one still has its time for the eval case. */
export function countEvalCase(
  counts: EvalCounts,
  { evalOutcome, isClosed }: Pick<TallyRow, 'evalOutcome' | 'isClosed'>,
): void {
  if (evalOutcome === 'proven') counts.proven += 1;
  else if (isClosed) counts[evalOutcome === null ? 'unknown' : COUNTED_AS[evalOutcome]] += 1;
}
const COUNTED_AS = { waived: 'waived', missing: 'missing', 'not-owed': 'notOwed' } as const;

/**
 * Median (mean of the two middle ranks), 90th percentile (nearest rank: ceil(0.9 n)), how many kept the target. Below
 * ENOUGH_INCIDENTS neither median, p90 nor mean: only how many there were and between what.
 */
export function metricFigures(
  metric: ResponseMetric,
  values: readonly number[],
  withMeans: boolean,
): MetricFigures {
  const sorted = Float64Array.from(values).toSorted();
  const count = sorted.length;
  const at = (rank: number) => sorted[rank - 1] ?? 0;
  const targetMs = RESPONSE_METRICS.find(({ id }) => id === metric)?.targetMs ?? 0;
  const isEnough = count >= ENOUGH_INCIDENTS;
  return {
    metric,
    count,
    withinTarget: values.reduce((sum, ms) => sum + (ms <= targetMs ? 1 : 0), 0),
    medianMs: isEnough ? (at(Math.floor((count + 1) / 2)) + at(Math.floor((count + 2) / 2))) / 2 : null,
    // Whole numbers only: 0.9 n would round wrongly where it is whole.
    p90Ms: isEnough ? at(Math.floor((9 * count + 9) / 10)) : null,
    meanMs: isEnough && withMeans ? values.reduce((sum, ms) => sum + ms, 0) / count : null,
    minMs: count === 0 ? null : at(1),
    maxMs: count === 0 ? null : at(count),
  };
}
