import { describe, expect, it } from 'vitest';
import { csatFallbackEvidence } from './csat-fallback.ts';
import { TAIL_AT_3_SIGMA } from './normal.ts';

const arm = (ratings: number, mean: number, sd: number) => ({
  ratings,
  sum: ratings * mean,
  sumSquares: (ratings - 1) * sd * sd + ratings * mean * mean,
});

describe('csat from sums alone', () => {
  it('reaches 1 / alpha exactly where the one-sided interval of level alpha excludes "no worse"', () => {
    const n = 10_000;
    const alpha = TAIL_AT_3_SIGMA;
    const a = 2 * alpha;
    const rho = Math.sqrt((-2 * Math.log(a) + Math.log(-2 * Math.log(a) + 1)) / 20_000);
    const k = n * rho * rho + 1;
    const se = Math.sqrt(625 / 500 + 625 / 9_500);
    const half =
      se * Math.sqrt(n) * Math.sqrt(((2 * k) / (n * rho) ** 2) * Math.log(1 + Math.sqrt(k) / (2 * alpha)));
    const evidence = csatFallbackEvidence(arm(500, 70 - half, 25), arm(9_500, 70, 25));
    expect(evidence! * alpha).toBeCloseTo(1, 6);
  });

  // Published expectations of GrowthBook's gbstats, one-sided sequential test, alpha 5 %, N 5,000: the lower end is the difference less
  // the half width, so that a difference of just the half width has evidence 1 / alpha.
  it("agrees with GrowthBook's one-sided sequential interval", () => {
    const half = 0.23437666666666668 + 0.12656844172804982;
    const [before, after] = [1_396.87 / 3_000, 2_422.7 / 3_461];
    const shift = after - half - before;
    const candidate = {
      ratings: 3_000,
      sum: 1_396.87 + 3_000 * shift,
      sumSquares: 52_377.9767 + 2 * shift * 1_396.87 + 3_000 * shift * shift,
    };
    const control = { ratings: 3_461, sum: 2_422.7, sumSquares: 134_698.29 };
    const evidence = csatFallbackEvidence(candidate, control, { alpha01: 0.05, ratings: 5_000 });
    expect(evidence).toBeCloseTo(20, 3);
  });

  it('asks for a hundred ratings in each arm, and for a drop', () => {
    expect(csatFallbackEvidence(arm(99, 10, 25), arm(9_500, 70, 25))).toBeNull();
    expect(csatFallbackEvidence(arm(100, 10, 25), arm(9_500, 70, 25))).toBeGreaterThan(740.8);
    expect(csatFallbackEvidence(arm(500, 75, 25), arm(9_500, 70, 25))).toBe(1);
    expect(csatFallbackEvidence(arm(500, 75, 0), arm(9_500, 75, 0))).toBeNull();
  });

  it('stays a number for any drop', () => {
    const evidence = csatFallbackEvidence(arm(1e9, 1, 0.001), arm(1e9, 99, 0.001));
    expect(Number.isFinite(evidence)).toBe(true);
  });

  it('keeps its level when looked at ten times as the ratings come in', () => {
    let seed = 11;
    const random = () => {
      seed = (seed + 0x6d2b79f5) | 0;
      let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
    let watches = 0;
    for (let run = 0; run < 300; run += 1) {
      const arms = [
        { ratings: 0, sum: 0, sumSquares: 0 },
        { ratings: 0, sum: 0, sumSquares: 0 },
      ];
      let isAlarmed = false;
      for (let look = 0; look < 10; look += 1) {
        for (let rating = 0; rating < 150; rating += 1) {
          const one = arms[rating % 4 === 0 ? 0 : 1]!;
          const score = Math.floor(random() * 5) * 25;
          one.ratings += 1;
          one.sum += score;
          one.sumSquares += score * score;
        }
        isAlarmed ||= (csatFallbackEvidence(arms[0]!, arms[1]!) ?? 0) >= 43.956;
      }
      if (isAlarmed) watches += 1;
    }
    // 2.28 % allowed: 14 of 300 is three standard errors above it.
    expect(watches).toBeLessThanOrEqual(14);
  });
});
