import type { MeanCounts } from '#shared/model/signal.ts';

/** Mean of the scores, or null without ratings. */
export function meanOf(counts: MeanCounts): number | null {
  return counts.ratings > 0 ? counts.sum / counts.ratings : null;
}

/** Sample variance (n - 1), never below 0 by rounding; null under two ratings. */
export function varianceOf(counts: MeanCounts): number | null {
  if (counts.ratings < 2) return null;
  return Math.max(0, (counts.sumSquares - counts.sum ** 2 / counts.ratings) / (counts.ratings - 1));
}

/**
 * Welch's z for "the candidate's mean is lower": (mean0 - meanC) / sqrt(vC/nC + v0/n0). Positive = worse.
 * Null where either arm has under two ratings or neither varies.
 */
export function welchZ(candidate: MeanCounts, control: MeanCounts): number | null {
  const [meanC, mean0] = [meanOf(candidate), meanOf(control)];
  const [varC, var0] = [varianceOf(candidate), varianceOf(control)];
  if (meanC === null || mean0 === null || varC === null || var0 === null) return null;
  const spread = Math.sqrt(varC / candidate.ratings + var0 / control.ratings);
  return spread > 0 ? (mean0 - meanC) / spread : null;
}
