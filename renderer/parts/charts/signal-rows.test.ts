import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignalSeries } from '#shared/model/evidence.ts';
import { rollingValues, seriesRows } from './signal-rows.ts';

const line = (values: (number | null)[], denominators: number[]): SignalSeries['lines'][number] => ({
  version: 'v18',
  role: 'candidate',
  values,
  denominators,
});

describe('rollingValues', () => {
  it('pools the buckets of the last five minutes by their denominators', () => {
    expect(rollingValues(line([10, 40], [30, 10]), 150_000)).toEqual([10, 17.5]);
  });
  it('forgets what is older than five minutes', () => {
    expect(rollingValues(line([100, 1, 1], [10, 10, 10]), 150_000)).toEqual([100, 50.5, 1]);
  });
  it('ends the line where the version left the traffic, and never turns "no data" into zero', () => {
    expect(rollingValues(line([10, null, 20], [10, 0, 10]), 30_000)).toEqual([10, null, 15]);
  });
  it('stays between the smallest and the largest value', () => {
    const bucket = fc.tuple(fc.double({ min: 0, max: 1000, noNaN: true }), fc.integer({ min: 1, max: 1000 }));
    fc.assert(
      fc.property(fc.array(bucket, { minLength: 1, maxLength: 40 }), (buckets) => {
        const values = buckets.map(([value]) => value);
        const rolled = rollingValues(
          line(
            values,
            buckets.map(([, weight]) => weight),
          ),
          30_000,
        );
        for (const value of rolled) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        }
      }),
    );
  });
});

describe('seriesRows', () => {
  it('reads the band off at the buckets and tears no line apart', () => {
    const series: SignalSeries = {
      signal: 'complaints',
      cohort: 'all',
      source: 'telemetry',
      window: { fromMs: 0, toMs: 120_000 },
      bucketMs: 30_000,
      startsMs: [0, 30_000, 60_000, 90_000],
      lines: [line([1, 2, 3, 2], [10, 10, 10, 10])],
      baseline: null,
      band: [
        { atMs: 25_000, low: 0, high: 4 },
        { atMs: 45_000, low: 0, high: 3 },
        { atMs: 60_000, low: 1, high: 2 },
      ],
      dataUpToMs: null,
      error: null,
    };
    expect(seriesRows(series)).toEqual([
      { atMs: 0, values: { v18: 1 }, band: null },
      { atMs: 30_000, values: { v18: 1.5 }, band: [0, 3.75] },
      { atMs: 60_000, values: { v18: 2 }, band: [1, 2] },
      { atMs: 90_000, values: { v18: 2 }, band: null },
    ]);
  });
});
