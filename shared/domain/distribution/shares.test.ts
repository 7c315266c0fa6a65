import { describe, expect, it } from 'vitest';
import { intendedAgainstObserved, isStaleWorker, shareOf, sharesOf } from './shares.ts';

const distribution = (versions: Record<string, number[]>) => ({
  window: { fromMs: 0, toMs: 60_000 },
  bucketMs: 30_000,
  startsMs: [0, 30_000],
  versions: Object.entries(versions).map(([version, counts]) => ({ version, sha: null, counts })),
  lastBucketPartial: false,
  dataUpToMs: 60_000,
  sampled: false,
});

describe('shares', () => {
  it('counts conversations without a version as their own share', () => {
    const shares = sharesOf(distribution({ v17: [90, 90], v18: [5, 5], '(none)': [10, 0] }));
    expect(shares.map(({ version, share01 }) => [version, share01])).toEqual([
      ['v17', 0.9],
      ['v18', 0.05],
      ['(none)', 0.05],
    ]);
  });

  it('tells no traffic from a share of zero', () => {
    expect(shareOf(sharesOf(distribution({ v17: [0, 0] })), 'v18')).toBeNull();
    expect(shareOf(sharesOf(distribution({ v17: [1, 0], v18: [0, 0] })), 'v18')).toBe(0);
  });
});

describe('intended against observed', () => {
  const observed = (v17: number, v18: number) => sharesOf(distribution({ v17: [v17], v18: [v18] }));

  it('names the version that serves more than the flag intends', () => {
    const gaps = intendedAgainstObserved([{ version: 'v17', share01: 1 }], observed(500, 500));
    expect(gaps).toContainEqual({ version: 'v18', intended01: 0, observed01: 0.5 });
  });

  it('does not take noise for a gap', () => {
    const intended = [
      { version: 'v17', share01: 0.95 },
      { version: 'v18', share01: 0.05 },
    ];
    expect(intendedAgainstObserved(intended, observed(18, 2))).toEqual([]);
    expect(intendedAgainstObserved(intended, observed(9350, 650))).toEqual([]);
    expect(intendedAgainstObserved(intended, observed(8500, 1500))).toHaveLength(2);
    expect(intendedAgainstObserved([], observed(1, 9))).toEqual([]);
  });
});

describe('stale workers', () => {
  it('are those that started another named version', () => {
    expect(isStaleWorker([{ version: 'v17', conversations: 9 }], 'v17')).toBe(false);
    expect(isStaleWorker([{ version: 'v18', conversations: 1 }], 'v17')).toBe(true);
    expect(isStaleWorker([{ version: '(none)', conversations: 3 }], 'v17')).toBe(false);
    expect(isStaleWorker([{ version: 'v18', conversations: 0 }], 'v17')).toBe(false);
  });
});
