import { assert, constantFrom, double, integer, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EvidenceReading, MeterReading } from '#shared/model/detection.ts';
import { compare } from './compare.ts';
import type { CompareInput } from './compare.ts';

const rate = (events: number, conversations: number) => ({ kind: 'rate' as const, events, conversations });
const mean = (ratings: number, average: number, deviation: number) => ({
  kind: 'mean' as const,
  ratings,
  sum: ratings * average,
  sumSquares: ratings * average ** 2 + Math.max(0, ratings - 1) * deviation ** 2,
});
const evidence = (
  state: EvidenceReading['state'],
  anytimeSigma: number,
  changes: Partial<EvidenceReading> = {},
): EvidenceReading => ({
  signal: 'complaints',
  cohort: 'all',
  basis: 'comparison',
  evidence: 1,
  watchLine: 44,
  pageLine: 741,
  anytimeSigma,
  state,
  candidate: { units: 0, events: 0 },
  control: { units: 0, events: 0 },
  effect: null,
  onset: null,
  isFrozen: false,
  ...changes,
});
const meter = (until4xMin: number | null, unknownBecause: string | null = null): MeterReading => ({
  signal: 'complaints',
  cohort: 'all',
  smallestIn5Min: null,
  smallestIn60Min: null,
  minutesTo2x: null,
  minutesTo4x: null,
  until2xMin: null,
  until4xMin,
  blindUntilMs: null,
  unknownBecause,
});
const base: CompareInput = {
  signal: 'complaints',
  cohort: 'all',
  source: 'telemetry',
  windowMs: 600_000,
  asOfMs: 0,
  candidate: null,
  control: null,
  evidence: evidence('quiet', 0.2),
  meter: meter(0),
};

describe('the figures of a rate', () => {
  it('are in display units, positive = worse', () => {
    const seen = compare({ ...base, candidate: rate(41, 2000), control: rate(200, 40_000) });
    expect(seen).toMatchObject({ candidateValue: 20.5, controlValue: 5 });
    expect(seen.ratio).toBeCloseTo(4.1);
    expect(seen.sigma).toBeGreaterThan(5);
  });

  it('never turn one complaint of five conversations into a confident figure', () => {
    const seen = compare({ ...base, candidate: rate(1, 5), control: rate(0, 95) });
    expect(seen.sigmaKind).toBe('exact');
    expect(seen.sigma).toBeCloseTo(1.96, 2);
  });

  it('are never NaN or infinite', () => {
    const arm = tuple(integer({ min: 0, max: 5000 }), double({ min: 0, max: 1, noNaN: true })).map(
      ([n, share]) => rate(Math.round(n * share), n),
    );
    assert(
      property(arm, arm, constantFrom(0, 12, null), (candidate, control, left) => {
        const seen = compare({
          ...base,
          candidate,
          control,
          candidatePerMinute: 3,
          meter: meter(left, left === null ? 'the traffic is not known' : null),
        });
        for (const value of [
          seen.sigma,
          seen.ratio,
          seen.difference,
          seen.conversationsNeeded,
          seen.minutesNeeded,
        ]) {
          expect(value === null || Number.isFinite(value)).toBe(true);
        }
      }),
    );
  });
});

describe('the figures of csat', () => {
  it('are a difference in points and Welch’s z', () => {
    const drop = compare({
      ...base,
      signal: 'csat',
      candidate: mean(900, 81.9, 15),
      control: mean(20_000, 84.3, 15),
    });
    expect(drop).toMatchObject({ sigmaKind: 'welch', ratio: null });
    expect(drop.difference).toBeCloseTo(-2.4);
    expect(drop.sigma).toBeGreaterThan(4);
  });
});

describe('the verdict', () => {
  const arms = { candidate: rate(8, 400), control: rate(38, 7600) };

  it.each(['page', 'watch'] as const)('is the detector’s: %s', (state) => {
    const seen = compare({ ...base, ...arms, evidence: evidence(state, 2.4) });
    expect(seen).toMatchObject({ verdict: state, minutesNeeded: null });
    expect(seen.note).toMatch(/evidence 2\.4 sigma.*8 events in 400 conversations/);
  });

  it('does not follow a plain figure, however impressive, and says what it looks like', () => {
    const seen = compare({ ...base, ...arms, evidence: evidence('quiet', 1.1), meter: meter(35) });
    expect(seen).toMatchObject({ verdict: 'blind', minutesNeeded: 35 });
    expect(seen.note).toMatch(
      /^looks like 3\.1 sigma on 8 events in 400 conversations, but evidence 1\.1 sigma/,
    );
  });

  it('is blind while a 4x rise would not have shown, with what is missing', () => {
    const seen = compare({
      ...base,
      candidate: rate(1, 300),
      control: rate(28, 5700),
      meter: meter(12),
      candidatePerMinute: 10,
    });
    expect(seen).toMatchObject({ verdict: 'blind', minutesNeeded: 12, conversationsNeeded: 120 });
    expect(seen.note).toMatch(/1 event in 300 conversations: a 4x rise would not show yet/);
  });

  it('is none where it would have shown', () => {
    const seen = compare({ ...base, candidate: rate(26, 5000), control: rate(500, 95_000) });
    expect(seen).toMatchObject({ verdict: 'none', minutesNeeded: null, conversationsNeeded: null });
    expect(seen.note).toMatch(/a 4x rise would have shown/);
  });

  it('is unknown without a source, where nothing is tested, where the feed is stale, and where nobody can say what would show', () => {
    const failed = compare({ ...base, ...arms, error: 'Prometheus did not answer in 4 s' });
    expect(failed).toMatchObject({
      verdict: 'unknown',
      sigma: null,
      note: 'Prometheus did not answer in 4 s',
    });
    expect(compare({ ...base, candidate: null, control: rate(5, 1000) }).verdict).toBe('unknown');
    expect(compare({ ...base, ...arms, evidence: null, untested: 'no levels' })).toMatchObject({
      verdict: 'unknown',
      note: 'no levels',
    });
    const stale = compare({ ...base, ...arms, evidence: evidence('watch', 2.1, { isFrozen: true }) });
    expect(stale.verdict).toBe('unknown');
    const noTraffic = compare({ ...base, ...arms, meter: meter(null, 'there is no traffic') });
    expect(noTraffic).toMatchObject({ verdict: 'unknown' });
    expect(noTraffic.note).toMatch(/there is no traffic/);
  });
});
