import type { MeanCounts, RateCounts } from '#shared/model/signal.ts';
import { RULE } from './rule.ts';
import { varianceOf } from './scores.ts';

/**
 * Candidate conversations in all until a real doubling of the control's rate is expected to stand at `sigma`, the arms keeping their
 * present proportion k = n0/nC. From z = (2p - p) / sqrt(q (1 - q) (1/n + 1/(k n))), q = (2 + k) p / (1 + k):
 *   n = sigma^2 q (1 - q) (1 + 1/k) / p^2, and at least minEvents / 2p, so that the expected events suffice.
 * p = (x0 + 0.5) / (n0 + 1), so that a control without events still gives a figure. Null without control conversations.
 */
export function conversationsForDoubling(
  candidate: RateCounts,
  control: RateCounts,
  sigma: number,
): number | null {
  if (control.conversations <= 0) return null;
  const p = Math.min(0.5, (control.events + 0.5) / (control.conversations + 1));
  const k = control.conversations / Math.max(1, candidate.conversations);
  const q = ((2 + k) * p) / (1 + k);
  const bySigma = (sigma ** 2 * q * (1 - q) * (1 + 1 / k)) / p ** 2;
  return Math.ceil(Math.max(bySigma, RULE.minEvents / (2 * p)));
}

/**
 * Candidate ratings in all until a drop of RULE.visibleDrop points is expected to stand at `sigma`:
 *   n = sigma^2 (vC + v0/k) / drop^2, at least minRatings; an arm with under two ratings borrows the other's variance.
 * Null when neither arm has a variance yet.
 */
export function ratingsForDrop(candidate: MeanCounts, control: MeanCounts, sigma: number): number | null {
  const var0 = varianceOf(control) ?? varianceOf(candidate);
  const varC = (candidate.ratings >= RULE.minRatings ? varianceOf(candidate) : null) ?? var0;
  if (var0 === null || varC === null || control.ratings <= 0) return null;
  const k = control.ratings / Math.max(1, candidate.ratings);
  const bySigma = (sigma ** 2 * (varC + var0 / k)) / RULE.visibleDrop ** 2;
  return Math.ceil(Math.max(bySigma, RULE.minRatings));
}
