import type { Onset } from '#shared/model/detection.ts';
import { MAX_FACTOR } from './label-factor.ts';

/**
 * The evidence of one stream: per grid point the stake R laid on "this much worse, since some moment", and Page's cumulative sums that date
 * the moment. All of it numbers in one array, so that a snapshot is a copy.
 *
 * Layout: per grid point (R, W, start, reach, earliest, latest, runs, totals at the start of the run), then the totals, then the share laid.
 */
export type Stream = { readonly points: number; readonly cells: Float64Array };

/** Running totals from which the size of the difference since any dated start is read. */
export const TOTALS = {
  /** Stratified (Mantel-Haenszel) ratio: numerator and denominator. csat: weighted difference in points, and the weights. */
  over: 0,
  under: 1,
  /** Rates: candidate events, all events, candidate events expected under equality. csat: ratings, sum, sum of squares of the candidate, then of the control. */
  first: 2,
  count: 8,
} as const;

const STAKE = 0;
const SUM = 1;
const START = 2;
const REACH = 3;
const EARLIEST = 4;
const LATEST = 5;
const RUNS = 6;
const KEPT = 7;
const FIELDS = KEPT + TOTALS.count;

/** Starts whose log-likelihood is within this of the best are as good as it: the usual 95 % support. */
const SUPPORT = 2;

export const at = (cells: Float64Array, index: number): number => cells[index] ?? 0;

export function createStream(points: number, startMs: number): Stream {
  const cells = new Float64Array(points * FIELDS + TOTALS.count + 1);
  const stream = { points, cells };
  restartStream(stream, startMs);
  return stream;
}

/** As new, with `startMs` as launch. */
export function restartStream({ points, cells }: Stream, startMs: number): void {
  cells.fill(0);
  for (let point = 0; point < points; point += 1) {
    const base = point * FIELDS;
    cells[base + START] = startMs;
    cells[base + EARLIEST] = startMs;
    cells[base + LATEST] = startMs;
    cells[base + RUNS] = 1;
  }
}

/** To be called before the block's factors: its counts, in the order of TOTALS. */
export function addTotals({ points, cells }: Stream, added: Float64Array): void {
  const base = points * FIELDS;
  for (let index = 0; index < TOTALS.count; index += 1) {
    cells[base + index] = at(cells, base + index) + at(added, index);
  }
}

/**
 * One block's factors. `laid01`: the onset weight spent by now; what is new of it joins as new starting points before the block counts, so
 * that ticks without a block need no call. Per grid point, the start of the current run of W = max(W, 0) + ln L dates the onset; starts
 * with a log-likelihood within SUPPORT of the best bound it.
 */
export function applyFactors(
  { points, cells }: Stream,
  factors: Float64Array,
  laid01: number,
  endMs: number,
): void {
  const totals = points * FIELDS;
  const spentAt = totals + TOTALS.count;
  const joining = Math.max(0, laid01 - at(cells, spentAt));
  cells[spentAt] = at(cells, spentAt) + joining;
  for (let point = 0; point < points; point += 1) {
    const base = point * FIELDS;
    const factor = at(factors, point);
    cells[base + STAKE] = Math.min(MAX_FACTOR, (at(cells, base + STAKE) + joining) * factor);
    const gain = Math.log(factor);
    const sum = at(cells, base + SUM) + gain;
    const reach = at(cells, base + REACH) + gain;
    if (reach < -SUPPORT) {
      cells[base + REACH] = 0;
      cells[base + EARLIEST] = endMs;
    } else cells[base + REACH] = reach;
    if (sum > 0) {
      cells[base + SUM] = sum;
      if (sum <= SUPPORT) cells[base + LATEST] = endMs;
      continue;
    }
    cells[base + SUM] = 0;
    cells[base + START] = endMs;
    cells[base + LATEST] = endMs;
    cells[base + RUNS] = at(cells, base + RUNS) + 1;
    for (let index = 0; index < TOTALS.count; index += 1) {
      cells[base + KEPT + index] = at(cells, totals + index);
    }
  }
}

/** E: the mean stake over the grid, and what is still in hand. 1 before the first block. */
export function evidenceOf({ points, cells }: Stream): number {
  let sum = 0;
  for (let point = 0; point < points; point += 1) sum += at(cells, point * FIELDS + STAKE);
  return Math.min(MAX_FACTOR, sum / points + (1 - at(cells, points * FIELDS + TOTALS.count)));
}

/** The run that speaks loudest for a regression. */
export type Run = {
  readonly onset: Onset;
  /** ln likelihood ratio since its start. */
  readonly strength: number;
  /** How many starts this grid point has had: the n-th carries 1/(n (n + 1)) of the error of its interval. */
  readonly runs: number;
  /** Totals since its start. */
  readonly totals: Float64Array;
};

export function strongestRun({ points, cells }: Stream): Run {
  let best = 0;
  for (let point = 1; point < points; point += 1) {
    if (at(cells, point * FIELDS + SUM) > at(cells, best * FIELDS + SUM)) best = point;
  }
  const base = best * FIELDS;
  const totals = new Float64Array(TOTALS.count);
  for (let index = 0; index < TOTALS.count; index += 1) {
    totals[index] = at(cells, points * FIELDS + index) - at(cells, base + KEPT + index);
  }
  const aboutMs = at(cells, base + START);
  return {
    onset: {
      aboutMs,
      earliestMs: Math.min(aboutMs, at(cells, base + EARLIEST)),
      latestMs: Math.max(aboutMs, at(cells, base + LATEST)),
    },
    strength: at(cells, base + SUM),
    runs: at(cells, base + RUNS),
    totals,
  };
}

/** Everything since launch, as one run. */
export function wholeRun({ points, cells }: Stream, startMs: number): Run {
  return {
    onset: { aboutMs: startMs, earliestMs: startMs, latestMs: startMs },
    strength: 0,
    runs: 1,
    totals: cells.slice(points * FIELDS, points * FIELDS + TOTALS.count),
  };
}

/** A run this strong is worth dating. */
export const isDated = (run: Run): boolean => run.strength > SUPPORT;
