import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recoveryBand, slowEvidence } from './band.ts';
import { normalQuantile, poissonQuantile, poissonUpperLimit } from './poisson.ts';
import {
  DEFAULT_DURATION,
  STEP_MS,
  addDelays,
  durationShares,
  learnedShares,
  remainingShare,
  remainingStarts,
  seenThroughWindow,
} from './remaining.ts';

/** The table of section 9 of the specification: seconds after the flip. */
const SECONDS = [0, 10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 360];
const at = (values: readonly number[]) => SECONDS.map((second) => values[(second * 1000) / STEP_MS] ?? NaN);
const expectClose = (values: readonly number[], table: readonly number[], within: number) => {
  const seen = at(values);
  for (const [index, value] of table.entries()) {
    expect(Math.abs((seen[index] ?? NaN) - value), `${SECONDS[index]} s`).toBeLessThanOrEqual(within);
  }
};

describe('the expected recovery', () => {
  const phi = remainingShare(durationShares(DEFAULT_DURATION), 10_000, 400_000);

  it('follows the reference table', () => {
    expectClose(phi, [1, 0.74, 0.47, 0.28, 0.11, 0.02, 0, 0, 0, 0, 0, 0], 0.006);
    expectClose(
      seenThroughWindow(phi, 60_000),
      [1, 0.98, 0.92, 0.81, 0.61, 0.37, 0.06, 0, 0, 0, 0, 0],
      0.012,
    );
    expectClose(
      seenThroughWindow(phi, 300_000),
      [1, 1, 0.98, 0.96, 0.92, 0.87, 0.78, 0.68, 0.48, 0.28, 0.08, 0],
      0.012,
    );
  });

  it('follows it with a reporting lag of 60 s on top', () => {
    const lag = durationShares({ meanMs: 60_000, cutMs: 600_000 });
    const late = remainingShare(addDelays(durationShares(DEFAULT_DURATION), lag), 10_000, 400_000);
    expectClose(late, [1, 0.98, 0.92, 0.84, 0.69, 0.55, 0.34, 0.2, 0.08, 0.03, 0.01, 0], 0.012);
    expectClose(
      seenThroughWindow(late, 300_000),
      [1, 1, 1, 0.99, 0.98, 0.96, 0.91, 0.83, 0.66, 0.47, 0.27, 0.11],
      0.012,
    );
  });

  it('agrees with the closed form for an exponential delay', () => {
    const tauD = 20;
    const tauP = 10 / Math.log(20);
    const numeric = remainingShare(durationShares({ meanMs: 20_000, cutMs: 600_000 }), 10_000, 120_000);
    for (const second of [0, 5, 10, 30, 60, 120]) {
      const exact = (tauD * Math.exp(-second / tauD) - tauP * Math.exp(-second / tauP)) / (tauD - tauP);
      expect(numeric[(second * 1000) / STEP_MS]).toBeCloseTo(exact, 2);
    }
  });

  it('only falls, from 1 towards 0, whatever the delays', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 30, maxLength: 60 }),
        fc.integer({ min: 1_000, max: 300_000 }),
        (lags, propagationMs) => {
          const learned = learnedShares(lags);
          expect(learned).not.toBeNull();
          const values = remainingShare(learned!, propagationMs, 600_000);
          expect(values[0]).toBe(1);
          for (const [index, value] of values.entries()) {
            expect(value).toBeGreaterThanOrEqual(-1e-9);
            expect(value).toBeLessThanOrEqual((values[index - 1] ?? 1) + 1e-9);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('learns nothing from too few lags', () => {
    expect(learnedShares([1, 2, 3])).toBeNull();
  });

  it('is faster for figures attributed to the start', () => {
    expect(remainingStarts(10_000, 10_000).at(-1)).toBeCloseTo(0.05, 6);
  });
});

describe('Poisson quantiles', () => {
  it('match the definition', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 300, noNaN: true }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (mean, q) => {
          const k = poissonQuantile(mean, q);
          let term = Math.exp(-mean);
          let below = 0;
          for (let i = 0; i < k; i += 1) {
            below += term;
            term *= mean / (i + 1);
          }
          expect(below).toBeLessThan(q + 1e-9);
          expect(below + term).toBeGreaterThanOrEqual(q - 1e-9);
        },
      ),
    );
  });

  it('bound a mean from above as Garwood does', () => {
    // Half of the chi-squared quantile at 2 (count + 1) degrees of freedom.
    expect(poissonUpperLimit(0, 0.95)).toBeCloseTo(2.995732, 5);
    expect(poissonUpperLimit(5, 0.95)).toBeCloseTo(10.513034, 4);
    expect(poissonUpperLimit(20, 0.95)).toBeCloseTo(29.062019, 3);
  });

  it('go over into the approximation without a jump', () => {
    expect(Math.abs(poissonQuantile(501, 0.95) - poissonQuantile(499, 0.95))).toBeLessThanOrEqual(4);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 5);
    expect(normalQuantile(0.0013499)).toBeCloseTo(-3, 4);
  });
});

describe('the band', () => {
  const input = {
    flipAtMs: 0,
    baseline01: 0.005,
    incident01: 0.02,
    share01: 1,
    bucketMs: 60_000,
    untilMs: 600_000,
    scale: 1000,
    attribution: 'event' as const,
  };

  it('is wide and touches zero with few conversations, narrow with many', () => {
    const few = recoveryBand({ ...input, conversationsPerMs: 60 / 3600_000 });
    expect(few[0]!.low).toBe(0);
    const many = recoveryBand({ ...input, conversationsPerMs: 1_000_000 / 3600_000 });
    expect(many[0]!.low).toBeGreaterThan(8);
    expect(many.at(-1)!.high).toBeLessThan(6);
    expect(many.at(-1)!.low).toBeGreaterThan(4);
    for (const point of [...few, ...many]) expect(point.high).toBeGreaterThanOrEqual(point.low);
  });

  it('calls recovery slow only on evidence', () => {
    expect(slowEvidence([{ events: 0, expected: 3 }])).toBeLessThan(1);
    expect(slowEvidence([{ events: 12, expected: 3 }])).toBeGreaterThan(20);
  });
});
