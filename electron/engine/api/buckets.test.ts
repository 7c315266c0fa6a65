import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketMsFor } from './buckets.ts';

const HOUR = 3_600_000;

describe('bucketMsFor', () => {
  it.each([
    [60_000, 1_000],
    [30 * 60_000, 10_000],
    [HOUR, 30_000],
    [6 * HOUR, 120_000],
    [24 * HOUR, 600_000],
    [7 * 24 * HOUR, HOUR],
  ])('picks a readable width for %d ms: %d', (lengthMs, widthMs) => {
    expect(bucketMsFor({ fromMs: 1_000, toMs: 1_000 + lengthMs }, undefined)).toBe(widthMs);
  });

  it('gives at most 200 buckets for any window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 * 365 * 24 * HOUR }), (lengthMs) => {
        const widthMs = bucketMsFor({ fromMs: 0, toMs: lengthMs }, undefined);
        expect(lengthMs / widthMs).toBeLessThanOrEqual(200);
      }),
    );
  });

  it('takes what was asked for, up to 2,000 buckets', () => {
    expect(bucketMsFor({ fromMs: 0, toMs: HOUR }, 1_800)).toBe(1_800);
    expect(() => bucketMsFor({ fromMs: 0, toMs: HOUR }, 1_799)).toThrow(/2000 buckets/);
  });

  it.each([
    [10, 10],
    [11, 10],
    [Number.NaN, 10],
    [0, Number.NaN],
  ])('refuses a window from %d to %d', (fromMs, toMs) => {
    expect(() => bucketMsFor({ fromMs, toMs }, undefined)).toThrow(/before it begins/);
  });
});
