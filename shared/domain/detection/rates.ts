import type { RateCounts } from '#shared/model/signal.ts';
import { sigmaOfTail } from './normal.ts';

const LANCZOS = [
  0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** ln of the gamma function for x >= 0.5; Lanczos' approximation (g = 7, 9 terms), about 15 digits. */
export function logGamma(x: number): number {
  const shifted = x - 1;
  const series = LANCZOS.reduce(
    (sum, term, index) => (index === 0 ? term : sum + term / (shifted + index)),
    0,
  );
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(series);
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

/**
 * Two-proportion z with pooled variance; positive = the candidate's rate is higher.
 * 0 where nothing can be compared (an empty arm, a pooled rate of 0 or 1).
 */
export function twoProportionZ(candidate: RateCounts, control: RateCounts): number {
  const nC = candidate.conversations;
  const n0 = control.conversations;
  if (nC <= 0 || n0 <= 0) return 0;
  const pooled = (candidate.events + control.events) / (nC + n0);
  if (pooled <= 0 || pooled >= 1) return 0;
  const difference = candidate.events / nC - control.events / n0;
  return difference / Math.sqrt(pooled * (1 - pooled) * (1 / nC + 1 / n0));
}

export type FisherTails = {
  /** P(X >= x): Fisher's one-sided p for "the candidate shows more". */
  readonly upper01: number;
  readonly midP01: number;
  /** z with upper tail midP; negative when the candidate shows fewer events than its share. */
  readonly sigma: number;
};

/**
 * Fisher's exact test given the margins (Fisher 1935), one-sided, with mid-p: P(X > x) + P(X = x) / 2, X hypergeometric.
 * Counts are rounded first, because a metrics system extrapolates to fractions.
 */
export function fisherExact(candidate: RateCounts, control: RateCounts): FisherTails {
  const nC = Math.max(0, Math.round(candidate.conversations));
  const n0 = Math.max(0, Math.round(control.conversations));
  const xC = Math.min(nC, Math.max(0, Math.round(candidate.events)));
  const x0 = Math.min(n0, Math.max(0, Math.round(control.events)));
  const total = xC + x0;
  const all = nC + n0;
  if (nC === 0 || n0 === 0 || total === 0 || total === all) return { upper01: 1, midP01: 0.5, sigma: 0 };

  const here = Math.exp(logChoose(nC, xC) + logChoose(n0, x0) - logChoose(all, total));
  const above = tailFrom(here, (u) => ((nC - u) * (total - u)) / ((u + 1) * (n0 - total + u + 1)), xC);
  const below = tailFrom(
    here,
    (down) => {
      const u = 2 * xC - down;
      return (u * (n0 - total + u)) / ((nC - u + 1) * (total - u + 1));
    },
    xC,
  );
  const midP01 = above + here / 2;
  // The smaller tail carries the digits: one minus it would lose them.
  // Which side is the smaller one is told by the expected count, because far out both sums underflow to 0.
  const isAbove = xC * all >= nC * total;
  const sigma = isAbove ? sigmaOfTail(midP01) : -sigmaOfTail(below + here / 2);
  return { upper01: Math.min(1, above + here), midP01, sigma };
}

/** Sum of the terms after `first`, each the one before times `ratio(index)`, until they no longer count. */
function tailFrom(first: number, ratio: (index: number) => number, start: number): number {
  let sum = 0;
  let term = first;
  for (let index = start; ; index += 1) {
    term *= ratio(index);
    if (!(term > 0)) return sum;
    sum += term;
    if (term < sum * 1e-17) return sum;
  }
}

/** Below these, z is nonsense and the exact figure is shown: an expected count under 5 in an arm, or under 20 events in all. */
export function hasFewEvents(candidate: RateCounts, control: RateCounts): boolean {
  const events = candidate.events + control.events;
  const pooled = events / (candidate.conversations + control.conversations);
  return events < 20 || Math.min(candidate.conversations * pooled, control.conversations * pooled) < 5;
}
