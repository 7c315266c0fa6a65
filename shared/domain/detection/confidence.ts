import type { MeanCounts } from '#shared/model/signal.ts';
import { meanOf, varianceOf } from './scores.ts';

/** An estimate with an interval that covers the truth at every look at once, with probability 1 - alpha. */
export type Interval = { readonly value: number; readonly low: number; readonly high: number };

/** Plain JSON; restored from it, a sequence goes on bit for bit as if it had never stopped. */
export type RatioSequenceState = {
  /** Log-likelihood per grid point; null before the first flush. */
  readonly logs: readonly number[] | null;
  readonly pending: readonly (readonly [candidateShare01: number, candidateEvents: number, events: number])[];
  readonly events: number;
};

/**
 * Confidence sequence for the ratio of two event rates, candidate over control, stratified over blocks: shared drift cancels.
 * Mixture of likelihood ratios over a grid (Robbins 1970); exact for Poisson events, slightly wide for Bernoulli ones.
 */
export type RatioSequence = {
  /** A block of `candidateUnits` and `controlUnits` with so many events. Blocks without events or with an empty arm say nothing. */
  add(candidateEvents: number, candidateUnits: number, controlEvents: number, controlUnits: number): void;
  /** Ratio with its interval, or null before the first event. An end at 32 or 1/32 means "or beyond". */
  interval(alpha01?: number): Interval | null;
  state(): RatioSequenceState;
};

const HALF = 60;
const POINTS = 2 * HALF + 1;
const STEP = Math.log(32) / HALF;
const PRIOR_SD = 1.2;
const LOG_RATIOS = Array.from({ length: POINTS }, (_, index) => (index - HALF) * STEP);
/** rho - 1, so that a block's mean factor is 1 + s (rho - 1). */
const EXCESS = Float64Array.from(LOG_RATIOS, (log) => Math.expm1(log));
const LOG_PRIOR = logPrior();

/** So few events at most wait for their logarithm that the product of their factors, each in 1/32..32, stays a plain number. */
const MAX_PENDING_EVENTS = 150;
const MAX_PENDING_BLOCKS = 8;

export function createRatioSequence(saved?: RatioSequenceState): RatioSequence {
  let logs: Float64Array | null = saved?.logs ? Float64Array.from(saved.logs) : null;
  let pending: [number, number, number][] =
    saved?.pending.map(([share, candidate, all]) => [share, candidate, all]) ?? [];
  let pendingEvents = pending.reduce((sum, [, , all]) => sum + all, 0);
  let events = saved?.events ?? 0;
  let known: { readonly alpha01: number; readonly interval: Interval | null } | null = null;

  /** The logarithm is the dear part: it is taken once for several blocks. */
  function settled(): Float64Array {
    const sums = logs ? Float64Array.from(logs) : new Float64Array(POINTS);
    if (pending.length === 0) return sums;
    const products = new Float64Array(POINTS).fill(1);
    let mine = 0;
    for (const [share, candidate, all] of pending) {
      mine += candidate;
      multiply(products, share, all);
    }
    for (let point = 0; point < POINTS; point += 1) {
      sums[point] = (sums[point] ?? 0) + mine * (LOG_RATIOS[point] ?? 0) - Math.log(products[point] ?? 1);
    }
    return sums;
  }

  function flush(): void {
    logs = settled();
    pending = [];
    pendingEvents = 0;
  }

  return {
    add(candidateEvents, candidateUnits, controlEvents, controlUnits) {
      const all = candidateEvents + controlEvents;
      if (!(all > 0) || !(candidateUnits > 0) || !(controlUnits > 0)) return;
      const share = candidateUnits / (candidateUnits + controlUnits);
      known = null;
      events += all;
      if (pending.length > 0 && pendingEvents + all > MAX_PENDING_EVENTS) flush();
      if (all > MAX_PENDING_EVENTS) {
        const sums = logs ?? new Float64Array(POINTS);
        for (let point = 0; point < POINTS; point += 1) {
          const log =
            candidateEvents * (LOG_RATIOS[point] ?? 0) - all * Math.log1p(share * (EXCESS[point] ?? 0));
          sums[point] = (sums[point] ?? 0) + log;
        }
        logs = sums;
        return;
      }
      pending.push([share, candidateEvents, all]);
      pendingEvents += all;
      if (pending.length >= MAX_PENDING_BLOCKS) flush();
    },
    interval(alpha01 = 0.05) {
      if (known?.alpha01 !== alpha01) {
        known = { alpha01, interval: events > 0 ? intervalOf(settled(), alpha01) : null };
      }
      return known.interval;
    },
    state() {
      return {
        logs: logs ? Array.from(logs) : null,
        pending: pending.map(([share, candidate, all]) => [share, candidate, all] as const),
        events,
      };
    },
  };
}

/** Times (1 + s (rho - 1))^events at every grid point. Metrics systems extrapolate to fractions, which take the slow way. */
function multiply(products: Float64Array, share: number, events: number): void {
  for (let point = 0; point < POINTS; point += 1) {
    const base = 1 + share * (EXCESS[point] ?? 0);
    let factor = base;
    if (!Number.isInteger(events) || events > 8) factor = base ** events;
    else for (let count = 1; count < events; count += 1) factor *= base;
    products[point] = (products[point] ?? 1) * factor;
  }
}

/** Weights proportional to a normal density in ln rho, adding up to 1. */
function logPrior(): number[] {
  const raw = LOG_RATIOS.map((log) => -0.5 * (log / PRIOR_SD) ** 2);
  const total = logSumExp(raw);
  return raw.map((log) => log - total);
}

function logSumExp(values: ArrayLike<number>): number {
  let top = -Infinity;
  for (let index = 0; index < values.length; index += 1) top = Math.max(top, values[index] ?? top);
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += Math.exp((values[index] ?? top) - top);
  return top + Math.log(sum);
}

/**
 * {rho : m - l(rho) < ln(1/alpha)} with m the mixture's log-likelihood: for the true rho the left side is the logarithm of a martingale
 * that starts at 1. Between grid points l is smooth, so its crossings are read off a parabola: with much data the whole set is narrower
 * than one step. The value is the mode under the prior: it hardly differs from the likelihood's own, and stays finite without control events.
 */
function intervalOf(logs: Float64Array, alpha01: number): Interval {
  const weighted = logs.map((log, point) => log + (LOG_PRIOR[point] ?? 0));
  const line = logSumExp(weighted) + Math.log(alpha01);
  let inside = 0;
  for (let point = 1; point < POINTS; point += 1) {
    if ((logs[point] ?? 0) > (logs[inside] ?? 0)) inside = point;
  }
  const low = Math.exp(crossing(logs, inside, line, -1));
  const high = Math.exp(crossing(logs, inside, line, 1));
  return { value: Math.min(high, Math.max(low, Math.exp(peak(weighted)))), low, high };
}

/** ln rho where l falls under the line, going from `from` in `direction`; the grid's end if it never does. */
function crossing(logs: Float64Array, from: number, line: number, direction: 1 | -1): number {
  let point = from;
  while ((logs[point + direction] ?? -Infinity) >= line) point += direction;
  const here = logs[point] ?? 0;
  const next = logs[point + direction];
  const at = LOG_RATIOS[point] ?? 0;
  if (next === undefined) return at;
  const before = logs[point - direction] ?? 2 * here - next;
  const bend = (before + next - 2 * here) / 2;
  const slope = (next - before) / 2;
  const above = Math.max(0, here - line);
  const root =
    bend < -1e-12
      ? (-slope - Math.sqrt(Math.max(0, slope * slope - 4 * bend * above))) / (2 * bend)
      : above / Math.max(1e-300, here - next);
  return at + direction * STEP * Math.min(1, Math.max(0, root));
}

function peak(values: Float64Array): number {
  let top = 0;
  for (let point = 1; point < POINTS; point += 1) {
    if ((values[point] ?? 0) > (values[top] ?? 0)) top = point;
  }
  const at = LOG_RATIOS[top] ?? 0;
  const [left, here, right] = [values[top - 1], values[top], values[top + 1]];
  if (left === undefined || right === undefined || here === undefined) return at;
  const bend = left + right - 2 * here;
  return bend < 0 ? at + STEP * Math.max(-0.5, Math.min(0.5, (left - right) / (2 * bend))) : at;
}

/** Ratings per arm before a csat interval is drawn: it is asymptotic. */
export const MIN_RATINGS_PER_ARM = 30;
/** The interval is narrowest, relative to a fixed-sample one, at about this many ratings. */
const TUNED_FOR_RATINGS = 20_000;

/**
 * Candidate's mean score minus control's, in points of 0..100 (negative = worse), with its asymptotic confidence sequence
 * (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, Annals of Statistics 2024; eq. 9 and 161 of arXiv 2103.06476v7). For display: the
 * alarm does not rest on it. Null under 30 ratings in an arm, and where no score varies.
 */
export function csatDifference(candidate: MeanCounts, control: MeanCounts, alpha01 = 0.05): Interval | null {
  if (Math.min(candidate.ratings, control.ratings) < MIN_RATINGS_PER_ARM) return null;
  const [meanC, mean0] = [meanOf(candidate), meanOf(control)];
  const [varC, var0] = [varianceOf(candidate), varianceOf(control)];
  if (meanC === null || mean0 === null || varC === null || var0 === null) return null;
  const variance = varC / candidate.ratings + var0 / control.ratings;
  if (!(variance > 0)) return null;
  const ratings = candidate.ratings + control.ratings;
  const half = asymptoticHalfWidth({ variance, units: ratings, alpha01 });
  const value = meanC - mean0;
  return { value, low: Math.max(-100, value - half), high: Math.min(100, value + half) };
}

/** Two-sided half width; `variance` is that of the estimate, `units` all units behind it. */
export function asymptoticHalfWidth(input: {
  readonly variance: number;
  readonly units: number;
  readonly alpha01: number;
  readonly tunedFor?: number;
}): number {
  const { variance, units, alpha01 } = input;
  const rho2 = tuning(alpha01, input.tunedFor ?? TUNED_FOR_RATINGS);
  const k = units * rho2 + 1;
  const scale = (2 * k * Math.log(Math.sqrt(k) / alpha01)) / (units * units * rho2);
  return Math.sqrt(variance * units * scale);
}

/** rho squared that makes the interval tightest near `units`. */
export function tuning(alpha01: number, units: number): number {
  return (-2 * Math.log(alpha01) + Math.log(-2 * Math.log(alpha01) + 1)) / units;
}
