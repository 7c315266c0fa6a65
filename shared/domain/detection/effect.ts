import type { EvidenceReading, StreamId } from '#shared/model/detection.ts';
import { createRatioSequence, csatDifference } from './confidence.ts';
import { MIN_DROP_POINTS, MIN_RATIO } from './lines.ts';
import type { Run } from './stream.ts';
import { at, TOTALS } from './stream.ts';

const ALPHA = 0.05;
/** Ratios are told up to here; an end there means "or beyond". */
const WIDEST = 32;

/**
 * Size of the difference since the run began: rate ratio, or csat points (negative = worse), with a confidence sequence. A run that began
 * at launch has the plain 95 % sequence. Later starts are chosen by looking at the data, so the n-th has error 5 %/(n (n - 1)): all of
 * them together 5 %. Null where nothing can be said.
 */
export function effectSince(signal: StreamId, run: Run): EvidenceReading['effect'] {
  const alpha01 = run.runs <= 1 ? ALPHA : ALPHA / (run.runs * (run.runs - 1));
  const { totals } = run;
  const first = TOTALS.first;
  if (signal !== 'csat') {
    const sequence = createRatioSequence();
    const [mine, all, expected] = [at(totals, first), at(totals, first + 1), at(totals, first + 2)];
    sequence.add(mine, expected, all - mine, all - expected);
    return centred(sequence.interval(alpha01), { mine, all, expected }, sizeSince(run));
  }
  const counts = (from: number) => ({
    ratings: at(totals, from),
    sum: at(totals, from + 1),
    sumSquares: at(totals, from + 2),
  });
  const plain = csatDifference(counts(first), counts(first + 3), alpha01);
  const stratified = sizeSince(run);
  if (!plain || stratified === null) return null;
  // Centred on the stratified difference: added over cohorts, the plain one would mix them in the arms' proportions.
  const shift = -stratified - plain.value;
  return {
    value: plain.value + shift,
    low: Math.max(-100, plain.low + shift),
    high: Math.min(100, plain.high + shift),
  };
}

/**
 * The interval of the summed counts, moved to the stratified ratio. Both agree while the share stands; over a step of the ramp the
 * summed counts mix the shares and pull the ratio towards 1 (2 % to 50 %: 2x reads as 1.6x).
 */
function centred(
  interval: EvidenceReading['effect'],
  { mine, all, expected }: { readonly mine: number; readonly all: number; readonly expected: number },
  stratified: number | null,
): EvidenceReading['effect'] {
  const summed = (mine * (all - expected)) / (expected * (all - mine));
  if (!interval || stratified === null || !(stratified > 0) || !(summed > 0) || !Number.isFinite(summed)) {
    return interval;
  }
  const moved = stratified / summed;
  // An end at the widest ratio means "or beyond" and stays there.
  const clamp = (ratio: number) =>
    ratio >= WIDEST || ratio <= 1 / WIDEST ? ratio : Math.min(WIDEST, Math.max(1 / WIDEST, ratio * moved));
  return { value: clamp(interval.value), low: clamp(interval.low), high: clamp(interval.high) };
}

/** Stratified point estimate: Mantel-Haenszel ratio, or the drop in points; null without anything to divide by. */
function sizeSince(run: Run): number | null {
  const under = at(run.totals, TOTALS.under);
  return under > 0 ? at(run.totals, TOTALS.over) / under : null;
}

/** Would anybody act on a difference of this size? A ratio over a control without events counts as large. */
export function isWorthActing(signal: StreamId, run: Run): boolean {
  const size = sizeSince(run);
  if (signal === 'csat') return size !== null && size >= MIN_DROP_POINTS;
  return size === null ? at(run.totals, TOTALS.over) > 0 : size >= MIN_RATIO;
}
