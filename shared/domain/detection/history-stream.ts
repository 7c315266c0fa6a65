import type { EvidenceReading, Onset } from '#shared/model/detection.ts';
import { MAX_FACTOR, RATIO_GRID } from './label-factor.ts';
import { TAIL_AT_2_SIGMA, TAIL_AT_3_SIGMA, sigmaOfTail } from './normal.ts';
import { at } from './stream.ts';

/** The rate may stand this much above its history before it counts as worse: drift does not cancel here. csat: points on 0..1. */
export const RATE_MARGIN = 1.25;
export const CSAT_MARGIN = 0.01;
/** Bets against "the mean is at least this": 1 - lambda (y - mean) stays positive for scores in 0..1. */
export const BET_GRID = [0.1, 0.2, 0.4, 0.8] as const;
const bets = Float64Array.from(BET_GRID);

/** Mean time to a false alarm, in minutes with traffic: a month to a watch, a year to a page. */
export const HISTORY_WATCH_LINE = 43_200;
export const HISTORY_PAGE_LINE = 525_600;

/**
 * A Shiryaev-Roberts e-detector of one stream of one arm in one-minute steps (Shin, Ramdas and Rinaldo, NEJSDS 2(2), 2024): M = (M + 1) L
 * per grid point. M minus the number of steps is a supermartingale while nothing is worse than history and margin, so the mean time until
 * mean M reaches a line is at least the line. Beside it Page's sums, which date the onset.
 */
export type HistoryStream = { readonly points: number; readonly cells: Float64Array };

const STAKE = 0;
const SUM = 1;
const START = 2;
const KEPT = 3;
/** Totals: units, events (csat: sum of y), sum of y^2, events (sum of y) expected from history. */
const TOTALS = 4;
const FIELDS = KEPT + TOTALS;

export type Minute = { readonly startMs: number; readonly endMs: number };

export function createHistoryStream(points: number): HistoryStream {
  return { points, cells: new Float64Array(points * FIELDS + TOTALS) };
}

/** A minute of a rate: `events` of `units` where history has `rate01`. */
export function stepRate(
  stream: HistoryStream,
  units: number,
  events: number,
  rate01: number,
  minute: Minute,
): void {
  const expected = rate01 * units;
  add(stream, [units, events, 0, expected]);
  for (let point = 0; point < stream.points; point += 1) {
    const ratio = RATIO_GRID[point] ?? 1;
    move(stream, point, events * Math.log(ratio) - (ratio - 1) * RATE_MARGIN * expected, minute);
  }
}

/** A minute of csat: how often each whole point of 0..100 was given, where history has the mean `mean01`. */
export function stepCsat(stream: HistoryStream, counts: Float64Array, mean01: number, minute: Minute): void {
  let units = 0;
  let sum = 0;
  let squares = 0;
  for (let score = 0; score < counts.length; score += 1) {
    const count = at(counts, score);
    const y = score / 100;
    units += count;
    sum += count * y;
    squares += count * y * y;
  }
  add(stream, [units, sum, squares, mean01 * units]);
  for (let point = 0; point < stream.points; point += 1) {
    let gain = 0;
    const bet = at(bets, point);
    for (let score = 0; score < counts.length; score += 1) {
      const count = at(counts, score);
      if (count > 0) gain += count * Math.log(1 - bet * (score / 100 - (mean01 - CSAT_MARGIN)));
    }
    move(stream, point, gain, minute);
  }
}

function add({ points, cells }: HistoryStream, totals: readonly number[]): void {
  totals.forEach((value, index) => {
    cells[points * FIELDS + index] = at(cells, points * FIELDS + index) + value;
  });
}

function move({ points, cells }: HistoryStream, point: number, gain: number, minute: Minute): void {
  const base = point * FIELDS;
  // exp overflows beyond 700; the clamp makes the same of it.
  cells[base + STAKE] = Math.min(MAX_FACTOR, (at(cells, base + STAKE) + 1) * Math.exp(Math.min(690, gain)));
  if (at(cells, base + START) === 0) cells[base + START] = minute.startMs;
  const sum = at(cells, base + SUM) + gain;
  cells[base + SUM] = Math.max(0, sum);
  if (sum > 0) return;
  cells[base + START] = minute.endMs;
  for (let index = 0; index < TOTALS; index += 1) {
    cells[base + KEPT + index] = at(cells, points * FIELDS + index);
  }
}

/** Mean M over the grid. */
export function historyEvidence({ points, cells }: HistoryStream): number {
  let sum = 0;
  for (let point = 0; point < points; point += 1) sum += at(cells, point * FIELDS + STAKE) / points;
  return sum;
}

/** Units the evidence rests on. */
export function historyUnits({ points, cells }: HistoryStream): number {
  return at(cells, points * FIELDS);
}

const SCALE = Math.log(TAIL_AT_2_SIGMA / TAIL_AT_3_SIGMA) / Math.log(HISTORY_PAGE_LINE / HISTORY_WATCH_LINE);

/** On the scale of the other streams: 2 at the watch line, 3 at the page line, logarithmic between. A scale, no probability. */
export function historySigma(evidence: number): number {
  if (!(evidence > 0)) return 0;
  const tail = TAIL_AT_2_SIGMA * (evidence / HISTORY_WATCH_LINE) ** -SCALE;
  return tail < 0.5 ? sigmaOfTail(tail) : 0;
}

/** The run that speaks loudest: since when, and how far from history (ratio, or points of csat) with a plain 95 % interval. */
export function historyRun(
  { points, cells }: HistoryStream,
  kind: 'rate' | 'mean',
): { readonly onset: Onset | null; readonly effect: EvidenceReading['effect'] } {
  let best = 0;
  for (let point = 1; point < points; point += 1) {
    if (at(cells, point * FIELDS + SUM) > at(cells, best * FIELDS + SUM)) best = point;
  }
  const base = best * FIELDS;
  const isDated = at(cells, base + SUM) > 2;
  const since = (index: number) =>
    at(cells, points * FIELDS + index) - (isDated ? at(cells, base + KEPT + index) : 0);
  const aboutMs = at(cells, base + START);
  // Minutes are its grain: it cannot be dated closer than to the minute before and after.
  const onset = isDated ? { aboutMs, earliestMs: aboutMs - 60_000, latestMs: aboutMs + 60_000 } : null;
  return {
    onset,
    effect: kind === 'rate' ? ratioOf(since(1), since(3)) : dropOf(since(0), since(1), since(2), since(3)),
  };
}

/** Poisson limits by Wilson and Hilferty's cube root of chi-squared. */
function ratioOf(events: number, expected: number): EvidenceReading['effect'] {
  if (!(expected > 0)) return null;
  const limit = (count: number, z: number) =>
    count <= 0 ? 0 : count * Math.max(0, 1 - 1 / (9 * count) + z / (3 * Math.sqrt(count))) ** 3;
  return {
    value: events / expected,
    low: limit(events, -1.96) / expected,
    high: limit(events + 1, 1.96) / expected,
  };
}

function dropOf(units: number, sum: number, squares: number, expected: number): EvidenceReading['effect'] {
  if (units < 2) return null;
  const mean = sum / units;
  const variance = Math.max(0, squares / units - mean * mean);
  const value = 100 * (mean - expected / units);
  const half = 196 * Math.sqrt(variance / units);
  return { value, low: Math.max(-100, value - half), high: Math.min(100, value + half) };
}
