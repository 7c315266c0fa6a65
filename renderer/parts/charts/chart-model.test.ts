import { describe, expect, it } from 'vitest';
import type { Distribution } from '#shared/model/evidence.ts';
import {
  recentShare,
  markerRows,
  percent,
  shareCeiling,
  shareRows,
  shareSummary,
  stackOrder,
  timeTicks,
} from './chart-model.ts';

const distribution: Distribution = {
  window: { fromMs: 0, toMs: 40_000 },
  bucketMs: 10_000,
  startsMs: [0, 10_000, 20_000, 30_000],
  versions: [
    { version: 'v17', sha: null, counts: [95, 0, 100, 1] },
    { version: 'v18', sha: null, counts: [5, 0, 0, 1] },
  ],
  lastBucketPartial: true,
  dataUpToMs: 31_000,
  sampled: false,
};

describe('shareRows', () => {
  it('gives shares, null where nothing was served, and leaves the filling bucket out', () => {
    const rows = shareRows(distribution, 'share');
    expect(rows.map((row) => row.values)).toEqual([
      { v17: 0.95, v18: 0.05 },
      { v17: null, v18: null },
      { v17: 1, v18: 0 },
    ]);
  });
  it('keeps every bucket as counts', () => {
    expect(shareRows(distribution, 'volume').map((row) => row.total)).toEqual([100, 0, 100, 2]);
  });
});

describe('recentShare', () => {
  const row = (atMs: number, v17: number, v18: number) => ({ atMs, total: v17 + v18, values: { v17, v18 } });
  it('is the share over the last minute, not of the last bucket', () => {
    const rows = [row(0, 0, 50), row(60_000, 90, 10), row(115_000, 100, 0)];
    expect(recentShare(rows, 'v18')).toBe(0.05);
    expect(recentShare([row(0, 0, 0)], 'v18')).toBeNull();
    expect(recentShare([], 'v18')).toBeNull();
  });
});

describe('axes and words', () => {
  it('zooms the axis to the candidate and shows all of it when it is large', () => {
    expect(shareCeiling(shareRows(distribution, 'share'), 'v17')).toBe(0.1);
    expect(shareCeiling([{ atMs: 0, total: 2, values: { v17: 0.3, v18: 0.7 } }], 'v17')).toBe(1);
  });
  it('stacks the candidate at the bottom and control on top', () => {
    expect(stackOrder(['v17', '(none)', 'v18'], 'v17', 'v18')).toEqual(['v18', '(none)', 'v17']);
  });
  it('picks round ticks inside the window', () => {
    expect(timeTicks(1_000, 31_000)).toEqual([10_000, 20_000, 30_000]);
    expect(timeTicks(0, 24 * 3600_000).length).toBeLessThanOrEqual(7);
  });
  it('prints percent without false precision', () => {
    expect([0, 0.002, 0.05, 0.5, 0.998, 1].map(percent)).toEqual([
      '0 %',
      '0.2 %',
      '5 %',
      '50 %',
      '99.8 %',
      '100 %',
    ]);
  });
  it('says the last state in one sentence', () => {
    expect(shareSummary(shareRows(distribution, 'share'), 'v17', 'v18')).toMatch(
      /v18 0 %, v17 100 % of 100 conversations/,
    );
    expect(shareSummary([], 'v17', null)).toBe('No conversations in this window.');
  });
  it('puts labels that would overlap on lines of their own, and leaves out what is not in the window', () => {
    const at = (atMs: number) => ({ atMs, label: String(atMs), tone: 'dim' as const });
    expect(
      markerRows([at(99), at(500), at(10), at(95), at(90)], 0, 100).map(({ atMs, row }) => [atMs, row]),
    ).toEqual([
      [10, 0],
      [90, 0],
      [95, 1],
      [99, 2],
    ]);
  });
});
