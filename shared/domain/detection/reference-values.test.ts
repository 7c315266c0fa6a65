import { describe, expect, it } from 'vitest';
import { sigmaOfTail, TAIL_AT_2_SIGMA, TAIL_AT_3_SIGMA } from './normal.ts';
import { fisherExact, hasFewEvents, logGamma, twoProportionZ } from './rates.ts';
import { meanOf, varianceOf, welchZ } from './scores.ts';

const arm = (events: number, conversations: number) => ({ events, conversations });

describe('normal quantile', () => {
  it.each([
    [0.5, 0],
    [0.025, 1.959963984540054],
    [0.975, -1.959963984540054],
    [TAIL_AT_2_SIGMA, 2],
    [TAIL_AT_3_SIGMA, 3],
    [1e-10, 6.361340902404056],
    [1e-20, 9.26234008979841],
  ])('upper tail %d is %d sigma', (tail, sigma) => {
    expect(sigmaOfTail(tail)).toBeCloseTo(sigma, 12);
  });

  it('stays finite at the ends', () => {
    expect(sigmaOfTail(0)).toBeGreaterThan(37);
    expect(sigmaOfTail(1)).toBeLessThan(-8);
  });
});

describe('two proportions', () => {
  // Published examples: (events, conversations) of candidate and control, z, one-sided Fisher, mid-p, exact sigma.
  it.each([
    {
      c: arm(8, 400),
      k: arm(38, 7600),
      z: 3.867242,
      fisher: 0.0017811637,
      midP: 0.0010793554,
      exact: 3.0675,
    },
    { c: arm(1, 5), k: arm(0, 95), z: 4.380858, fisher: 0.05, midP: 0.025, exact: 1.96 },
    {
      c: arm(30, 5000),
      k: arm(260, 95_000),
      z: 4.182313,
      fisher: 0.00015295457,
      midP: 0.00010930246,
      exact: 3.6965,
    },
  ])(
    '$c.events of $c.conversations against $k.events of $k.conversations',
    ({ c, k, z, fisher, midP, exact }) => {
      expect(twoProportionZ(c, k)).toBeCloseTo(z, 6);
      expect(fisherExact(c, k).upper01).toBeCloseTo(fisher, 10);
      expect(fisherExact(c, k).midP01).toBeCloseTo(midP, 10);
      expect(fisherExact(c, k).sigma).toBeCloseTo(exact, 4);
    },
  );

  it("gives Fisher's tea tasting its 17/70", () => {
    expect(fisherExact(arm(3, 4), arm(1, 4)).upper01).toBeCloseTo(17 / 70, 12);
  });

  it('is the mirror image when the arms change places', () => {
    for (const [c, k] of [
      [arm(8, 400), arm(38, 7600)],
      [arm(0, 30), arm(55, 900)],
      [arm(3, 7), arm(2, 5)],
    ] as const) {
      expect(fisherExact(k, c).sigma).toBeCloseTo(-fisherExact(c, k).sigma, 8);
    }
  });

  it('says nothing where nothing can be compared', () => {
    for (const [c, k] of [
      [arm(0, 0), arm(3, 100)],
      [arm(0, 10), arm(0, 100)],
      [arm(10, 10), arm(100, 100)],
    ] as const) {
      expect(twoProportionZ(c, k)).toBe(0);
      expect(fisherExact(c, k).sigma).toBe(0);
    }
  });

  it('shows the exact figure for few events only', () => {
    expect(hasFewEvents(arm(8, 400), arm(38, 7600))).toBe(true);
    expect(hasFewEvents(arm(1, 5), arm(0, 95))).toBe(true);
    expect(hasFewEvents(arm(30, 5000), arm(260, 95_000))).toBe(false);
  });

  it('agrees with z when counts are large', () => {
    const c = arm(5200, 100_000);
    const k = arm(100_000, 2_000_000);
    expect(Math.abs(fisherExact(c, k).sigma - twoProportionZ(c, k))).toBeLessThan(0.03);
  });

  it('knows ln 99! and ln sqrt(pi)', () => {
    expect(logGamma(100)).toBeCloseTo(359.1342053695754, 9);
    expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 12);
  });
});

describe('scores', () => {
  const of = (values: number[]) => ({
    ratings: values.length,
    sum: values.reduce((a, b) => a + b, 0),
    sumSquares: values.reduce((a, b) => a + b * b, 0),
  });

  it("is Welch's statistic, positive when the candidate scores lower", () => {
    // Means 20.82 and 23.0 (the well-known first example of the t-test with unequal variances): t = -2.46.
    const a = of([27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4]);
    const b = of([27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]);
    expect(meanOf(a)).toBeCloseTo(20.82, 2);
    expect(welchZ(a, b)).toBeGreaterThan(0);
    expect(welchZ(a, b)).toBeCloseTo(-(welchZ(b, a) ?? 0), 12);
    const expected =
      ((meanOf(b) ?? 0) - (meanOf(a) ?? 0)) /
      Math.sqrt((varianceOf(a) ?? 0) / 15 + (varianceOf(b) ?? 0) / 15);
    expect(welchZ(a, b)).toBeCloseTo(expected, 12);
    expect(welchZ(a, b)).toBeCloseTo(2.46, 2);
  });

  it('has no answer from one rating or from no spread', () => {
    expect(welchZ(of([80]), of([80, 90]))).toBeNull();
    expect(welchZ(of([80, 80]), of([90, 90]))).toBeNull();
    expect(meanOf(of([]))).toBeNull();
  });
});
