import type { StreamId } from '#shared/model/detection.ts';
import { CANARY_IDS } from '#shared/model/detection.ts';
import { sigmaOfTail, TAIL_AT_2_SIGMA, TAIL_AT_3_SIGMA } from './normal.ts';

/** Evidence at which a stream with the whole budget reaches 2 and 3 anytime sigma: one over the normal tails. */
export const WATCH_LINE = 1 / TAIL_AT_2_SIGMA;
export const PAGE_LINE = 1 / TAIL_AT_3_SIGMA;

/** The error budget is per period; then everything starts anew. */
export const PERIOD_MS = 30 * 86_400_000;

/**
 * A line once reached is left only this much below it, in anytime sigma: page below 2.5, watch below 1.5. Evidence moves in steps of up to
 * one sigma with single events, so a state would else flicker with each of them.
 */
export const HYSTERESIS_SIGMA = 0.5;

/** A smaller difference, as estimated since the dated onset, is never acted on: rate ratio, and points of csat. */
export const MIN_RATIO = 1.2;
export const MIN_DROP_POINTS = 1;

const CANARIES: readonly StreamId[] = CANARY_IDS;
export const isCanary = (stream: StreamId): boolean => CANARIES.includes(stream);

/**
 * Share of the error budget of one stream. Each signal has the budget of its own that the lines state, shared over cohorts: the pooled
 * (stratified) stream 1/2, cohorts the rest; canaries share one further budget among the three, so that they take nothing from the signals.
 */
export function streamWeight(stream: StreamId, cohortWeight: number): number {
  return isCanary(stream) ? cohortWeight / CANARY_IDS.length : cohortWeight;
}

/**
 * Weights of the streams: the n-th cohort seen gets 1/2 x 1/(n (n + 1)), which adds up to 1/2 however many come; cohorts known beforehand
 * share 1/2 equally and one that joins unannounced counts in the pooled stream alone. One cohort by itself is the pooled stream, with weight 1.
 */
export function cohortWeight(position: number, known: number): number {
  if (known > 1) return position <= known ? 0.5 / known : 0;
  return 0.5 / (position * (position + 1));
}

/** Normal z whose upper tail is 1 / (evidence x weight), at least 0: 2 and 3 are the lines of every stream (Ville 1939). */
export function anytimeSigma(evidence: number, weight: number): number {
  const scaled = evidence * weight;
  return scaled > 1 ? Math.max(0, sigmaOfTail(1 / scaled)) : 0;
}
