/** Alternatives for csat on 0..1. A tilt gains only when the mean drop exceeds lambda sd^2 / 2: 0.6 points at sd 25 for 0.2. */
export const TILT_GRID = [0.2, 0.4, 0.8, 1.6] as const;

/** Ratings of a block by score: three parallel lists, scores (whole points of 0..100) ascending. */
export type RatingCounts = {
  readonly scores: readonly number[];
  readonly candidate: readonly number[];
  readonly control: readonly number[];
};

/** Ratings x ratings of the smaller arm up to which one block is computed whole; larger ones are dealt into equal parts first. */
const MAX_CELLS = 400_000;
/** A block with more ratings is left out whole: its size tells nothing about who rated worse, so leaving it out costs only time. */
const MAX_RATINGS = 200_000;

/**
 * Evidence factors of one block of ratings for every lambda: product over the candidate's ratings of g(y) = exp(-lambda y), over the average
 * of that product over all ways to pick as many of the pooled ratings. The average is an elementary symmetric mean, by the recurrence
 * D[j] = ((n - j)/n) D[j] + (j/n) g D[j-1]. Writes `out` and returns true; false where every factor is exactly 1 (an empty arm, one
 * score only) or the block is left out.
 */
export function tiltFactors(out: Float64Array, ratings: RatingCounts): boolean {
  const mC = total(ratings.candidate);
  const m0 = total(ratings.control);
  if (mC === 0 || m0 === 0 || mC + m0 > MAX_RATINGS) return false;
  if (ratings.scores.length < 2) return false;
  const parts = Math.ceil(Math.sqrt(((mC + m0) * Math.min(mC, m0)) / MAX_CELLS));
  if (parts <= 1) {
    factorsOf(out, ratings, mC, m0);
    return true;
  }
  const product = new Float64Array(TILT_GRID.length).fill(1);
  for (const part of dealt(ratings, parts)) {
    const [partC, part0] = [total(part.candidate), total(part.control)];
    if (partC === 0 || part0 === 0) continue;
    factorsOf(out, part, partC, part0);
    for (let point = 0; point < product.length; point += 1) {
      product[point] = Math.min(1e300, Math.max(1e-300, (product[point] ?? 1) * (out[point] ?? 1)));
    }
  }
  out.set(product);
  return true;
}

function total(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

/** The smaller arm is followed; seen from the control the tilt changes its sign and the result is the same. */
function factorsOf(out: Float64Array, ratings: RatingCounts, mC: number, m0: number): void {
  const { scores, candidate, control } = ratings;
  const isCandidateSmaller = mC <= m0;
  const mine = isCandidateSmaller ? candidate : control;
  const size = Math.min(mC, m0);
  let pooled = 0;
  let own = 0;
  for (let level = 0; level < scores.length; level += 1) {
    const y = (scores[level] ?? 0) / 100;
    pooled += y * ((candidate[level] ?? 0) + (control[level] ?? 0));
    own += y * (mine[level] ?? 0);
  }
  // Scores are measured from the pooled mean: a shift cancels in the ratio and keeps the products near 1.
  const centre = pooled / (mC + m0);
  const ownFromCentre = own - size * centre;
  const means = new Float64Array(size + 1);
  for (let point = 0; point < TILT_GRID.length; point += 1) {
    const tilt = (isCandidateSmaller ? -1 : 1) * (TILT_GRID[point] ?? 0);
    const average = symmetricMean(means, ratings, tilt, centre);
    out[point] = Math.min(1e300, Math.max(1e-300, Math.exp(tilt * ownFromCentre) / average));
  }
}

function symmetricMean(means: Float64Array, ratings: RatingCounts, tilt: number, centre: number): number {
  const size = means.length - 1;
  means.fill(0);
  means[0] = 1;
  let n = 0;
  for (let level = 0; level < ratings.scores.length; level += 1) {
    const count = (ratings.candidate[level] ?? 0) + (ratings.control[level] ?? 0);
    const g = Math.exp(tilt * ((ratings.scores[level] ?? 0) / 100 - centre));
    for (let rating = 0; rating < count; rating += 1) {
      n += 1;
      for (let j = Math.min(size, n); j >= 1; j -= 1) {
        means[j] = ((n - j) * (means[j] ?? 0) + j * g * (means[j - 1] ?? 0)) / n;
      }
    }
  }
  return means[size] ?? 1;
}

/** The ratings dealt into equal parts in an order that knows nothing of arms or scores: a shuffle seeded by the counts alone. */
function dealt(ratings: RatingCounts, parts: number): RatingCounts[] {
  const { scores } = ratings;
  const cards: number[] = [];
  for (let level = 0; level < scores.length; level += 1) {
    for (let count = ratings.candidate[level] ?? 0; count > 0; count -= 1) cards.push(2 * level);
    for (let count = ratings.control[level] ?? 0; count > 0; count -= 1) cards.push(2 * level + 1);
  }
  const next = seeded(cards.length);
  for (let last = cards.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [cards[last], cards[other]] = [cards[other] ?? 0, cards[last] ?? 0];
  }
  const hands = Array.from({ length: parts }, () => ({
    scores,
    candidate: scores.map(() => 0),
    control: scores.map(() => 0),
  }));
  cards.forEach((card, index) => {
    const hand = hands[index % parts];
    const arm = card % 2 === 0 ? hand?.candidate : hand?.control;
    if (arm) arm[Math.floor(card / 2)] = (arm[Math.floor(card / 2)] ?? 0) + 1;
  });
  return hands;
}

/** mulberry32: numbers in [0, 1) from a whole-number seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
