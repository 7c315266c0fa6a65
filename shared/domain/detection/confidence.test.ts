import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asymptoticHalfWidth, createRatioSequence, csatDifference, tuning } from './confidence.ts';

/** The formula as it stands in the specification, over the grid alone and without any shortcut. */
function plainGrid(blocks: readonly (readonly [number, number, number, number])[]) {
  const rho = Array.from({ length: 121 }, (_, index) => Math.exp(((index - 60) * Math.log(32)) / 60));
  const raw = rho.map((value) => Math.exp(-0.5 * (Math.log(value) / 1.2) ** 2));
  const total = raw.reduce((sum, value) => sum + value, 0);
  const l = rho.map((value) =>
    blocks.reduce((sum, [xC, mC, x0, m0]) => {
      const s = mC / (mC + m0);
      return sum + xC * Math.log(value) - (xC + x0) * Math.log(1 + s * (value - 1));
    }, 0),
  );
  const top = Math.max(...l);
  const m =
    top + Math.log(l.reduce((sum, value, index) => sum + (raw[index]! / total) * Math.exp(value - top), 0));
  const inside = rho.filter((_, index) => m - l[index]! < Math.log(20));
  return { low: inside[0]!, high: inside.at(-1)! };
}

const sequenceOf = (blocks: readonly (readonly [number, number, number, number])[]) => {
  const sequence = createRatioSequence();
  for (const block of blocks) sequence.add(...block);
  return sequence;
};

const block = fc
  .tuple(
    fc.integer({ min: 1, max: 400 }),
    fc.integer({ min: 1, max: 5_000 }),
    fc.integer({ min: 0, max: 12 }),
    fc.integer({ min: 0, max: 60 }),
  )
  .map(
    ([mC, m0, xC, x0]) =>
      [Math.min(xC, mC), mC, Math.min(x0, m0), m0] as readonly [number, number, number, number],
  );

describe('the rate ratio', () => {
  it('agrees with the formula on its grid, to less than a step', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 60 }), (blocks) => {
        const interval = sequenceOf(blocks).interval();
        if (blocks.every(([xC, , x0]) => xC + x0 === 0)) {
          expect(interval).toBeNull();
          return;
        }
        const grid = plainGrid(blocks);
        const step = Math.exp(Math.log(32) / 60) * (1 + 1e-9);
        expect(interval!.low).toBeLessThanOrEqual(grid.low * (1 + 1e-9));
        expect(interval!.low).toBeGreaterThanOrEqual(grid.low / step);
        expect(interval!.high).toBeGreaterThanOrEqual(grid.high * (1 - 1e-9));
        expect(interval!.high).toBeLessThanOrEqual(grid.high * step);
        expect(interval!.value).toBeGreaterThanOrEqual(interval!.low);
        expect(interval!.value).toBeLessThanOrEqual(interval!.high);
      }),
    );
  });

  it('says nothing before the first event, and little after it', () => {
    expect(sequenceOf([[0, 20, 0, 380]]).interval()).toBeNull();
    const first = sequenceOf([[1, 20, 0, 380]]).interval()!;
    expect(first.low).toBeLessThan(1);
    expect(first.high).toBe(32);
    expect(first.value).toBeLessThan(8);
  });

  it('finds the ratio, and narrows down past the step of its grid', () => {
    const sequence = createRatioSequence();
    for (let index = 0; index < 20_000; index += 1) sequence.add(2, 100, 10, 1_900);
    const { value, low, high } = sequence.interval()!;
    expect(value).toBeCloseTo(3.8, 2);
    expect(high / low).toBeLessThan(1.06);
    expect(low).toBeLessThan(3.8);
    expect(high).toBeGreaterThan(3.8);
  });

  it('does not mistake a shared drift or a noisy stratum for a difference', () => {
    // Simpson: the candidate serves the noisy tenant more, and is no worse in either.
    const sequence = createRatioSequence();
    for (let index = 0; index < 400; index += 1) {
      sequence.add(5, 50, 5, 50);
      sequence.add(0, 5, 2, 500);
      sequence.add(index % 50 === 0 ? 1 : 0, 5, 0, 500);
    }
    const { low, high } = sequence.interval()!;
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
  });

  it('goes on from its state bit for bit, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 60 }), fc.nat(60), (blocks, cut) => {
        const whole = sequenceOf(blocks);
        const first = sequenceOf(blocks.slice(0, cut));
        const second = createRatioSequence(JSON.parse(JSON.stringify(first.state())));
        for (const each of blocks.slice(cut)) second.add(...each);
        expect(second.interval()).toEqual(whole.interval());
        expect(second.state()).toEqual(whole.state());
      }),
    );
  });

  it('stays a number for any counts', () => {
    const count = fc.oneof(
      fc.nat(3),
      fc.integer({ min: 0, max: 1_000_000_000 }),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(count, count, count, count), { maxLength: 30 }), (blocks) => {
        const interval = sequenceOf(blocks).interval();
        if (interval === null) return;
        for (const value of [interval.value, interval.low, interval.high]) {
          expect(Number.isFinite(value)).toBe(true);
        }
        expect(interval.low).toBeLessThanOrEqual(interval.high);
      }),
    );
  });

  it('misses the truth in no more than one of twenty runs, looked at all along', () => {
    const random = mulberry32(7);
    let missed = 0;
    const runs = 400;
    for (let run = 0; run < runs; run += 1) {
      const sequence = createRatioSequence();
      let isMissed = false;
      for (let look = 0; look < 400 && !isMissed; look += 1) {
        let xC = 0;
        let x0 = 0;
        for (let unit = 0; unit < 4; unit += 1) if (random() < 0.12) xC += 1;
        for (let unit = 0; unit < 16; unit += 1) if (random() < 0.04) x0 += 1;
        sequence.add(xC, 4, x0, 16);
        const interval = sequence.interval();
        isMissed = interval !== null && (interval.low > 3 || interval.high < 3);
      }
      if (isMissed) missed += 1;
    }
    // The parameter is a rate ratio; 5 % plus three standard errors of 400 runs.
    expect(missed / runs).toBeLessThanOrEqual(0.083);
  });
});

/** Small, seeded, good enough. */
function mulberry32(start: number): () => number {
  let seed = start;
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('the csat difference', () => {
  const arm = (ratings: number, mean: number, sd: number) => ({
    ratings,
    sum: ratings * mean,
    sumSquares: (ratings - 1) * sd * sd + ratings * mean * mean,
  });

  it('follows the asymptotic confidence sequence', () => {
    const difference = csatDifference(arm(500, 75, 25), arm(9_500, 77.4, 25))!;
    // Worked out from the formula: rho^2 = (-2 ln 0.05 + ln(-2 ln 0.05 + 1)) / 20000, k = 10000 rho^2 + 1.
    const rho2 = (-2 * Math.log(0.05) + Math.log(-2 * Math.log(0.05) + 1)) / 20_000;
    const k = 10_000 * rho2 + 1;
    const se = Math.sqrt(625 / 500 + 625 / 9_500);
    const half = se * 100 * Math.sqrt((2 * k * Math.log(Math.sqrt(k) / 0.05)) / (1e8 * rho2));
    expect(difference.value).toBeCloseTo(-2.4, 9);
    expect(difference.high - difference.value).toBeCloseTo(half, 9);
    expect(difference.value - difference.low).toBeCloseTo(half, 9);
    expect(tuning(0.05, 5_000)).toBeCloseTo(0.00158723, 8);
    // Somewhat wider than the fixed-sample interval, as everything that may be looked at all day.
    expect(half / (1.96 * se)).toBeGreaterThan(1.4);
    expect(half / (1.96 * se)).toBeLessThan(1.7);
  });

  // Published expectations of GrowthBook's gbstats 1.x, two-sided sequential test, alpha 5 %: standard error, n, N, interval.
  it.each([
    [0.3334122146, 6_461, 1_000, [-0.55844, 1.56516]],
    [0.03386, 6_461, 5_000, [0.40098, 0.60675]],
  ] as const)('has the half width of GrowthBook: %d', (error, units, tunedFor, [low, high]) => {
    const half = asymptoticHalfWidth({ variance: error * error, units, alpha01: 0.05, tunedFor });
    expect(Math.abs(half - (high - low) / 2)).toBeLessThan(2e-5);
  });

  it('is the normal-mixture boundary of Howard et al. 2021, Proposition 4', () => {
    // confseq: v = v_opt = 100, alpha 0.05: r = 12.60056, bound 30.35209.
    expect(1 / tuning(0.05, 100)).toBeCloseTo(12.60056, 5);
    const half = asymptoticHalfWidth({ variance: 1 / 100, units: 100, alpha01: 0.05, tunedFor: 100 });
    expect(100 * half).toBeCloseTo(30.35209, 5);
  });

  it('ends where the mixture sequential probability ratio test of Johari et al. rejects', () => {
    const [units, tunedFor, alpha01] = [4_000, 5_000, 0.05];
    const variance = 1 / units;
    const mixing = tuning(alpha01, tunedFor);
    const d = asymptoticHalfWidth({ variance, units, alpha01, tunedFor });
    const ratio =
      Math.sqrt(variance / (variance + mixing)) *
      Math.exp((d * d * mixing) / (2 * variance * (variance + mixing)));
    expect(ratio * alpha01).toBeCloseTo(1, 9);
  });

  it('is narrowest, against a fixed sample, where it is tuned', () => {
    const relative = (units: number) =>
      asymptoticHalfWidth({ variance: 1 / units, units, alpha01: 0.05, tunedFor: 5_000 }) * Math.sqrt(units);
    expect(relative(5_000)).toBeLessThan(relative(500));
    expect(relative(5_000)).toBeLessThan(relative(50_000));
  });

  it('waits for thirty ratings in each arm, and for scores that vary', () => {
    expect(csatDifference(arm(29, 50, 20), arm(4_000, 70, 20))).toBeNull();
    expect(csatDifference(arm(30, 50, 20), arm(4_000, 70, 20))).not.toBeNull();
    expect(csatDifference(arm(40, 100, 0), arm(4_000, 100, 0))).toBeNull();
  });
});
