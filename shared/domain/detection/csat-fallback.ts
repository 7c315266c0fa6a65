import type { MeanCounts } from '#shared/model/signal.ts';
import { tuning } from './confidence.ts';
import { TAIL_AT_3_SIGMA } from './normal.ts';
import { meanOf, varianceOf } from './scores.ts';

/** Asymptotics need this many ratings in each arm before they may raise an alarm. */
const FALLBACK_RATINGS = 100;

/** Where the sequence is tightest: at this level, after about so many ratings. */
type Tuning = { readonly alpha01: number; readonly ratings: number };
const AT_3_SIGMA: Tuning = { alpha01: TAIL_AT_3_SIGMA, ratings: 20_000 };

/**
 * Evidence that the candidate's mean score is lower, where a metrics system gives only count, sum and sum of squares: the one-sided
 * asymptotic confidence sequence (Waudby-Smith et al. 2024, eq. 134 of arXiv 2103.06476v7, as GrowthBook uses it), solved for the alpha at
 * which it would just exclude "no worse". Comparable with the lines of the other streams; tuned for 3 sigma. Asymptotic and slower
 * than the exact test on the ratings themselves, hence the minimum. Null = too little data, or no score varies.
 */
export function csatFallbackEvidence(
  candidate: MeanCounts,
  control: MeanCounts,
  { alpha01, ratings }: Tuning = AT_3_SIGMA,
): number | null {
  if (Math.min(candidate.ratings, control.ratings) < FALLBACK_RATINGS) return null;
  const [meanC, mean0] = [meanOf(candidate), meanOf(control)];
  const [varC, var0] = [varianceOf(candidate), varianceOf(control)];
  if (meanC === null || mean0 === null || varC === null || var0 === null) return null;
  const variance = varC / candidate.ratings + var0 / control.ratings;
  if (!(variance > 0)) return null;
  const drop = mean0 - meanC;
  if (drop <= 0) return 1;
  const units = candidate.ratings + control.ratings;
  const rho2 = tuning(2 * alpha01, ratings);
  const k = units * rho2 + 1;
  // drop = se sqrt(n) sqrt(2 k / (n rho)^2 ln(1 + sqrt(k) / (2 alpha))), solved for 1 / alpha.
  const log = ((drop * drop) / variance) * ((units * rho2) / (2 * k));
  return Math.max(1, (2 * Math.expm1(Math.min(680, log))) / Math.sqrt(k));
}
