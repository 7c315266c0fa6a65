import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TILT_GRID, tiltFactors } from './tilt-factor.ts';

const SCORES = [0, 25, 50, 75, 100];

function factors(candidate: readonly number[], control: readonly number[], scores = SCORES): number[] {
  const out = new Float64Array(TILT_GRID.length).fill(1);
  tiltFactors(out, { scores, candidate: [...candidate], control: [...control] });
  return Array.from(out);
}

describe('block factor of csat', () => {
  it.each([
    { c: [1, 0, 0, 0, 0], k: [1, 1, 2, 6, 9], L: [1.156488581, 1.331550063, 1.739705091, 2.780399112] },
    { c: [0, 0, 0, 0, 1], k: [1, 1, 2, 6, 9], L: [0.9568826105, 0.9125955027, 0.8210273083, 0.6314092102] },
    { c: [1, 0, 1, 1, 1], k: [2, 3, 5, 17, 40], L: [1.222351394, 1.476744588, 2.073418429, 3.412499837] },
  ])('candidate $c, control $k', ({ c, k, L }) => {
    factors(c, k).forEach((factor, point) => expect(factor / (L[point] ?? 0)).toBeCloseTo(1, 8));
  });

  it('is the label factor where there are two scores only', () => {
    // g = 1 on a good answer, exp(-lambda) on a bad one: with r = exp(lambda) for "good", the hypergeometric normaliser.
    const [mC, m0, xC, x0] = [3, 20, 1, 4];
    for (const [point, lambda] of TILT_GRID.entries()) {
      const r = Math.exp(-lambda);
      let normaliser = 0;
      const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
      for (let u = 0; u <= mC; u += 1) {
        normaliser += ((choose(mC, u) * choose(m0, xC + x0 - u)) / choose(mC + m0, xC + x0)) * r ** u;
      }
      // Bad answers lie at 100 here and good at 0, so that the tilt counts the answers at 100.
      expect(factors([mC - xC, xC], [m0 - x0, x0], [0, 100])[point]).toBeCloseTo(r ** xC / normaliser, 10);
    }
  });

  it('gives the same seen from the larger arm', () => {
    const mine = [2, 1, 4, 9, 11];
    const theirs = [1, 3, 2, 2, 1];
    const mean = (counts: number[]) => counts.reduce((sum, n, level) => sum + n * (SCORES[level] ?? 0), 0);
    expect(mean(mine)).toBeGreaterThan(mean(theirs));
    for (const factor of factors(mine, theirs)) expect(factor).toBeLessThan(1);
    expect(factors([1, 0, 0, 0, 0], [0, 0, 0, 0, 1])[0]).toBeCloseTo(1 / ((1 + Math.exp(-0.2)) / 2), 10);
    expect(factors([2, 0, 0, 0, 0], [0, 0, 0, 0, 1])[0]).toBeCloseTo(3 / (1 + 2 * Math.exp(-0.2)), 10);
  });

  it('says nothing with an empty arm or a single score', () => {
    expect(factors([0, 0, 0, 0, 0], [3, 0, 0, 0, 9])).toEqual([1, 1, 1, 1]);
    expect(factors([5], [40], [75])).toEqual([1, 1, 1, 1]);
  });

  it('has expectation 1 over every choice of the candidate among the ratings', () => {
    const counts = fc.array(fc.nat(3), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 4 }), (pooled, wanted) => {
        const ratings = pooled.flatMap((n, level) => Array.from({ length: n }, () => level));
        fc.pre(ratings.length > wanted);
        const mean = TILT_GRID.map(() => 0);
        let ways = 0;
        choices(ratings, wanted, (chosen) => {
          const mine = SCORES.map((_, level) => chosen.filter((each) => each === level).length);
          const theirs = pooled.map((n, level) => n - (mine[level] ?? 0));
          ways += 1;
          factors(mine, theirs).forEach((factor, point) => {
            mean[point] = (mean[point] ?? 0) + factor;
          });
        });
        for (const each of mean) expect(each / ways).toBeCloseTo(1, 9);
      }),
    );
  });

  it('deals a very large block into parts, the same way every time, and still sees the drop', () => {
    const mine = [900, 900, 900, 900, 900];
    const theirs = [600, 800, 900, 1000, 1200];
    const first = factors(mine, theirs);
    expect(first).toEqual(factors(mine, theirs));
    expect(Math.max(...first)).toBeGreaterThan(1000);
    for (const factor of first) expect(Number.isFinite(factor)).toBe(true);
  });
});

function choices(from: readonly number[], size: number, visit: (chosen: readonly number[]) => void): void {
  const walk = (start: number, chosen: readonly number[]) => {
    if (chosen.length === size) return visit(chosen);
    for (let index = start; index < from.length; index += 1) walk(index + 1, [...chosen, from[index] ?? 0]);
  };
  walk(0, []);
}
