import { assert, double, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare } from './compare.ts';
import type { CompareInput } from './compare.ts';
import { conversationsForDoubling } from './enough.ts';
import { twoProportionZ } from './rates.ts';
import { linesFor, PLAIN_LINES, WATCHED_LINES } from './rule.ts';

const rate = (events: number, conversations: number) => ({ kind: 'rate' as const, events, conversations });
const mean = (ratings: number, average: number, deviation: number) => ({
  kind: 'mean' as const,
  ratings,
  sum: ratings * average,
  sumSquares: ratings * average ** 2 + Math.max(0, ratings - 1) * deviation ** 2,
});
const base: CompareInput = {
  signal: 'complaints',
  cohort: 'all',
  source: 'telemetry',
  windowMs: 600_000,
  asOfMs: 0,
  candidate: null,
  control: null,
};

describe('compare a rate', () => {
  it('pages on a clear fourfold rise, in display units, positive = worse', () => {
    const seen = compare({ ...base, candidate: rate(41, 2000), control: rate(200, 40_000) });
    expect(seen).toMatchObject({ verdict: 'page', candidateValue: 20.5, controlValue: 5 });
    expect(seen.ratio).toBeCloseTo(4.1);
    expect(seen.sigma).toBeGreaterThan(5);
    expect(seen.conversationsNeeded).toBeNull();
  });

  it('never turns one complaint of five conversations into a confident figure', () => {
    const seen = compare({ ...base, candidate: rate(1, 5), control: rate(0, 95), candidatePerMinute: 2 });
    expect(seen.sigmaKind).toBe('exact');
    expect(seen.sigma).toBeCloseTo(1.96, 2);
    expect(seen.verdict).toBe('blind');
    expect(seen.conversationsNeeded).toBeGreaterThan(100);
    expect(seen.minutesNeeded).toBeCloseTo((seen.conversationsNeeded ?? 0) / 2);
  });

  it('says on how few events an impressive figure rests', () => {
    const seen = compare({ ...base, candidate: rate(4, 60), control: rate(4, 20_000) });
    expect(seen.sigma).toBeGreaterThan(5);
    expect(seen.verdict).toBe('blind');
    expect(seen.note).toMatch(/looks like \d+\.\d sigma, but on 4 events/);
  });

  it('ignores a significant but trivial difference', () => {
    const seen = compare({ ...base, candidate: rate(5500, 100_000), control: rate(100_000, 2_000_000) });
    expect(seen.sigma).toBeGreaterThan(6);
    expect(seen.verdict).toBe('none');
  });

  it('says none only where a doubling would have shown, else blind with what is missing', () => {
    expect(compare({ ...base, candidate: rate(26, 5000), control: rate(500, 95_000) }).verdict).toBe('none');
    const little = compare({ ...base, candidate: rate(2, 300), control: rate(28, 5700) });
    expect(little.verdict).toBe('blind');
    expect(little.minutesNeeded).toBeNull();
  });

  it('is blind without conversations, unknown without a source', () => {
    expect(compare({ ...base, candidate: rate(0, 0), control: rate(5, 1000) }).verdict).toBe('blind');
    expect(compare({ ...base, candidate: null, control: rate(5, 1000) }).verdict).toBe('unknown');
    const failed = compare({
      ...base,
      candidate: rate(5, 10),
      control: rate(5, 10),
      error: 'Prometheus did not answer in 4 s',
    });
    expect(failed).toMatchObject({
      verdict: 'unknown',
      sigma: null,
      note: 'Prometheus did not answer in 4 s',
    });
  });

  it('never gives NaN or infinity, and never pages an improvement', () => {
    const arm = tuple(integer({ min: 0, max: 5000 }), double({ min: 0, max: 1, noNaN: true })).map(
      ([n, share]) => rate(Math.round(n * share), n),
    );
    assert(
      property(arm, arm, (candidate, control) => {
        const seen = compare({ ...base, candidate, control, candidatePerMinute: 3 });
        for (const value of [
          seen.sigma,
          seen.ratio,
          seen.difference,
          seen.conversationsNeeded,
          seen.minutesNeeded,
        ]) {
          expect(value === null || Number.isFinite(value)).toBe(true);
        }
        if (seen.verdict === 'page' || seen.verdict === 'watch') {
          expect(seen.difference).toBeGreaterThan(0);
          expect(candidate.events).toBeGreaterThanOrEqual(5);
        }
      }),
    );
  });
});

describe('compare csat', () => {
  const csat = { ...base, signal: 'csat' as const };

  it('pages on a clear drop and never on a rise', () => {
    const drop = compare({ ...csat, candidate: mean(900, 81.9, 15), control: mean(20_000, 84.3, 15) });
    expect(drop).toMatchObject({ verdict: 'page', sigmaKind: 'welch', ratio: null });
    expect(drop.difference).toBeCloseTo(-2.4);
    expect(
      compare({ ...csat, candidate: mean(900, 86.7, 15), control: mean(20_000, 84.3, 15) }).verdict,
    ).not.toBe('page');
  });

  it('does not act on a tiny drop, however sure', () => {
    expect(
      compare({ ...csat, candidate: mean(50_000, 83.7, 15), control: mean(900_000, 84.3, 15) }).verdict,
    ).toBe('none');
  });

  it('is blind on a handful of ratings and counts the missing ones in conversations', () => {
    const few = compare({
      ...csat,
      candidate: mean(12, 60, 10),
      control: mean(500, 84, 15),
      candidateConversations: 48,
      candidatePerMinute: 10,
    });
    expect(few.verdict).toBe('blind');
    expect(few.conversationsNeeded).toBeGreaterThan(100);
    expect(few.minutesNeeded).toBeCloseTo((few.conversationsNeeded ?? 0) / 10);
  });
});

describe('enough data', () => {
  it('is where a doubling is expected to stand at the line', () => {
    const control = rate(500, 95_000);
    const candidate = rate(26, 5000);
    const n = conversationsForDoubling(candidate, control, 3) ?? 0;
    const p = 500 / 95_000;
    expect(twoProportionZ(rate(2 * p * n, n), rate(p * 19 * n, 19 * n))).toBeCloseTo(3, 1);
  });
});

describe('lines', () => {
  it('are higher under continuous looking, and higher still for one of many cohorts', () => {
    expect(WATCHED_LINES.page).toBeGreaterThan(PLAIN_LINES.page);
    expect(linesFor('all', 4)).toEqual(WATCHED_LINES);
    expect(linesFor('a', 1)).toEqual(WATCHED_LINES);
    expect(linesFor('a', 4).page).toBeCloseTo(WATCHED_LINES.page + 0.396, 2);
  });
});
