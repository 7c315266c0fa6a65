import { describe, expect, it } from 'vitest';
import type { SignalComparison } from '#shared/model/signal.ts';
import type { VersionCounts } from '../telemetry/kind.ts';
import { withAnswerRates } from './answer-rates.ts';

const row = (version: string, conversations: number, ratings: number): VersionCounts => {
  const rate = { kind: 'rate', conversations, events: 0 } as const;
  return {
    version,
    sha: null,
    cohort: 'acme',
    conversations,
    readings: {
      complaints: rate,
      safety: rate,
      downstream: rate,
      csat: { kind: 'mean', ratings, sum: ratings * 70, sumSquares: ratings * 5_000 },
    },
  };
};
const comparison = (signal: SignalComparison['signal'], cohort = 'all'): SignalComparison => ({
  signal,
  cohort,
  source: 'telemetry',
  windowMs: 60_000,
  asOfMs: null,
  candidate: null,
  control: null,
  candidateValue: null,
  controlValue: null,
  difference: null,
  ratio: null,
  sigma: null,
  sigmaKind: null,
  verdict: 'none',
  note: 'no difference seen',
  conversationsNeeded: null,
  minutesNeeded: null,
});
const versions = { candidate: 'v18', control: 'v17' };
const note = (signal: SignalComparison['signal'], counts: readonly VersionCounts[], cohort?: string) =>
  withAnswerRates(comparison(signal, cohort), counts, versions).note;

describe('the csat figure', () => {
  const uneven = [row('v18', 1_000, 120), row('v17', 19_000, 4_750)];

  it('says when the versions answer differently often', () => {
    const words =
      "no difference seen. The candidate's users answer less often: 12 % against 25 %. csat compares those who answered.";
    expect(note('csat', uneven)).toBe(words);
    expect(note('csat', uneven, 'acme')).toBe(words);
  });

  it('is left alone otherwise', () => {
    expect(note('csat', [row('v18', 1_000, 245), row('v17', 19_000, 4_750)])).toBe('no difference seen');
    expect(note('csat', uneven, 'globex')).toBe('no difference seen');
    expect(note('complaints', uneven)).toBe('no difference seen');
    expect(note('csat', [])).toBe('no difference seen');
  });
});
