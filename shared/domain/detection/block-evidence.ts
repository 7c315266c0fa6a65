import { labelFactors, RATIO_GRID } from './label-factor.ts';
import { TILT_GRID, tiltFactors } from './tilt-factor.ts';
import type { RatingCounts } from './tilt-factor.ts';
import { TOTALS } from './stream.ts';

/** Scratch of one block: the factors per grid point and the counts that go with them (TOTALS). Overwritten by the next block. */
export const factors = new Float64Array(Math.max(RATIO_GRID.length, TILT_GRID.length));
export const totals = new Float64Array(TOTALS.count);

/** A block of conversations for one rate: fills `factors` and `totals`; false where it says nothing. */
export function rateEvidence(mC: number, m0: number, xC: number, x0: number): boolean {
  if (!labelFactors(factors, mC, m0, xC, x0)) return false;
  const units = mC + m0;
  totals.fill(0);
  totals[TOTALS.over] = (xC * m0) / units;
  totals[TOTALS.under] = (x0 * mC) / units;
  totals[TOTALS.first] = xC;
  totals[TOTALS.first + 1] = xC + x0;
  totals[TOTALS.first + 2] = ((xC + x0) * mC) / units;
  return true;
}

/** A block of ratings: the same. */
export function ratingEvidence(ratings: RatingCounts): boolean {
  if (!tiltFactors(factors, ratings)) return false;
  totals.fill(0);
  const first = TOTALS.first;
  for (let level = 0; level < ratings.scores.length; level += 1) {
    const score = ratings.scores[level] ?? 0;
    addRatings(first, score, ratings.candidate[level] ?? 0);
    addRatings(first + 3, score, ratings.control[level] ?? 0);
  }
  const [mC, sumC] = [totals[first] ?? 0, totals[first + 1] ?? 0];
  const [m0, sum0] = [totals[first + 3] ?? 0, totals[first + 4] ?? 0];
  const weight = (mC * m0) / (mC + m0);
  totals[TOTALS.under] = weight;
  totals[TOTALS.over] = weight * (sum0 / m0 - sumC / mC);
  return true;
}

function addRatings(from: number, score: number, count: number): void {
  totals[from] = (totals[from] ?? 0) + count;
  totals[from + 1] = (totals[from + 1] ?? 0) + count * score;
  totals[from + 2] = (totals[from + 2] ?? 0) + count * score * score;
}
