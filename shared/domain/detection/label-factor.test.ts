import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelFactors, RATIO_GRID } from './label-factor.ts';
import { logGamma } from './rates.ts';

function factors(m: [number, number], x: [number, number]): number[] {
  const out = new Float64Array(RATIO_GRID.length).fill(1);
  labelFactors(out, m[0], m[1], x[0], x[1]);
  return Array.from(out);
}

/** H(u) as it stands in the definition. */
function hypergeometric(mC: number, m0: number, events: number, u: number): number {
  const choose = (n: number, k: number) => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  if (u > mC || events - u > m0) return 0;
  return Math.exp(choose(mC, u) + choose(m0, events - u) - choose(mC + m0, events));
}

describe('block factor of a rate', () => {
  it.each([
    { m: [1, 19], x: [1, 0], L: [1.37254902, 1.904761905, 2.727272727, 4.166666667, 6.896551724] },
    { m: [1, 19], x: [0, 1], L: [0.9803921569, 0.9523809524, 0.9090909091, 0.8333333333, 0.6896551724] },
    { m: [14, 264], x: [1, 2], L: [1.318798058, 1.726709758, 2.25336579, 2.899662153, 3.323427003] },
    { m: [139, 2641], x: [5, 13], L: [3.76713792, 13.32814261, 44.08313458, 120.8096714, 137.615367] },
  ] as const)('m = $m, x = $x', ({ m, x, L }) => {
    factors([m[0], m[1]], [x[0], x[1]]).forEach((factor, point) => {
      expect(factor / (L[point] ?? 0)).toBeCloseTo(1, 8);
    });
  });

  it('says nothing without events, with an empty arm, or when everything is an event', () => {
    for (const [m, x] of [
      [
        [5, 50],
        [0, 0],
      ],
      [
        [0, 50],
        [0, 7],
      ],
      [
        [5, 0],
        [3, 0],
      ],
      [
        [5, 9],
        [5, 9],
      ],
    ] as [[number, number], [number, number]][]) {
      expect(factors(m, x)).toEqual([1, 1, 1, 1, 1]);
    }
  });

  it('has expectation 1 over every assignment of the events, which is the whole proof', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 90 }),
        (mC, m0, wanted) => {
          const events = Math.min(wanted, mC + m0);
          const mean = RATIO_GRID.map(() => 0);
          for (let u = Math.max(0, events - m0); u <= Math.min(mC, events); u += 1) {
            const chance = hypergeometric(mC, m0, events, u);
            factors([mC, m0], [u, events - u]).forEach((factor, point) => {
              mean[point] = (mean[point] ?? 0) + chance * factor;
            });
          }
          for (const each of mean) expect(each).toBeCloseTo(1, 7);
        },
      ),
    );
  });

  it('agrees on both sides of the switch from drawing to summing', () => {
    // 64 events are drawn one by one, 65 summed: the normaliser for one more event lies between its neighbours on a straight line in ln.
    const log = (events: number) => factors([400, 4000], [0, events]).map((factor) => Math.log(factor));
    const [before, last, first] = [log(63), log(64), log(65)];
    for (const point of RATIO_GRID.keys()) {
      const step = (last[point] ?? 0) - (before[point] ?? 0);
      expect((first[point] ?? 0) - (last[point] ?? 0)).toBeCloseTo(step, 2);
    }
  });

  it('stays a positive number for any counts', () => {
    const count = fc.oneof(fc.nat(5), fc.nat(1000), fc.nat(1_000_000_000));
    fc.assert(
      fc.property(
        count,
        count,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (mC, m0, a, b) => {
          for (const factor of factors([mC, m0], [Math.floor(a * mC), Math.floor(b * m0)])) {
            expect(factor).toBeGreaterThan(0);
            expect(Number.isFinite(factor)).toBe(true);
          }
        },
      ),
    );
  });
});
