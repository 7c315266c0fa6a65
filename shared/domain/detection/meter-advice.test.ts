import { describe, expect, it } from 'vitest';
import { inWords, meterAdvice } from './meter-advice.ts';
import { meterReading, type MeterInput } from './meter.ts';

const NOW = Date.UTC(2026, 4, 9, 14, 12, 0);
const input = (change: Partial<MeterInput> = {}): MeterInput => ({
  signal: 'complaints',
  cohort: 'all',
  basis: 'comparison',
  line: 740.8,
  evidence: 1,
  nowMs: NOW,
  launchedAtMs: NOW,
  candidateShare01: 0.05,
  conversationsPerHour: 10_000,
  candidateConversations: 0,
  baseline01: 0.005,
  scores: null,
  isFrozen: false,
  ...change,
});

describe('the advice', () => {
  it('names true gains, the largest first, with what they bring', () => {
    const advice = meterAdvice(input(), []);
    expect(advice.map(({ kind }) => kind)).toEqual(['denser-signal', 'raise-share']);
    expect(advice[1]!.text).toBe(
      'Raise the share to 25 %: a 4x rise in complaints would page in about 25 min instead of 89 min. ' +
        'More users meet the candidate until then.',
    );
    for (const { minutesTo4x } of advice) expect(minutesTo4x).toBeLessThan(0.8 * 89);
    const raised = meterReading(input({ candidateShare01: 0.25 })).minutesTo4x!;
    expect(advice[1]!.minutesTo4x).toBeCloseTo(raised, 9);
  });

  it('keeps quiet where a page comes soon enough, and where nothing is known', () => {
    expect(meterAdvice(input({ conversationsPerHour: 1e6 }), [])).toEqual([]);
    expect(meterAdvice(input({ conversationsPerHour: 0 }), [])).toEqual([]);
    expect(meterAdvice(input({ baseline01: null }), [])).toEqual([]);
  });

  it('takes the smallest step that is soon enough', () => {
    const advice = meterAdvice(input({ conversationsPerHour: 100_000 }), []);
    expect(advice.find(({ kind }) => kind === 'raise-share')!.text).toContain('to 10 %');
  });

  it('says to wait when no lever is left', () => {
    const advice = meterAdvice(
      input({ candidateShare01: 0.5, baseline01: 0.2, conversationsPerHour: 60 }),
      [],
    );
    expect(advice.map(({ kind }) => kind)).toEqual(['wait']);
    expect(advice[0]!.text).toMatch(/^Wait: a 4x rise in complaints would page in about \d+ min/);
  });

  it('advises to pool cohorts that see nothing alone', () => {
    const cohort = (name: string, conversationsPerHour: number) =>
      input({ cohort: name, conversationsPerHour, line: 740.8 * 6 });
    const advice = meterAdvice(input({ line: 1_481.6 }), [
      cohort('acme', 500),
      cohort('globex', 900),
      cohort('all the rest', 8_600),
    ]);
    const pool = advice.find(({ kind }) => kind === 'pool-cohorts')!;
    expect(pool.text).toMatch(/^Pool small cohorts: acme alone needs about \d+ h/);
    expect(advice[0]).toBe(pool);
  });

  it('speaks of times as people do', () => {
    expect([0.2, 1.2, 9.2, 88, 150, 700, 5_000].map(inWords)).toEqual([
      '10 s',
      '70 s',
      '9 min',
      '88 min',
      '2.5 h',
      '12 h',
      '3 days',
    ]);
  });
});
