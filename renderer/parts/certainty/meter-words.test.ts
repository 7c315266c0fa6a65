import { describe, expect, it } from 'vitest';
import type { MeterReading } from '#shared/model/detection.ts';
import { meterSummary, minutesWords, smallestWords, untilShort, untilWords } from './meter-words.ts';

const NOW = new Date(2026, 4, 9, 14, 0).getTime();
const reading = (over: Partial<MeterReading>): MeterReading => ({
  signal: 'complaints',
  cohort: 'all',
  smallestIn5Min: null,
  smallestIn60Min: 2.42,
  minutesTo2x: 41,
  minutesTo4x: 8.3,
  until2xMin: 12,
  until4xMin: 0,
  blindUntilMs: null,
  unknownBecause: null,
  ...over,
});

describe('meterSummary', () => {
  it('says how soon a fourfold rise pages and what is still unseen', () => {
    const safety = reading({ signal: 'safety', minutesTo4x: 55, blindUntilMs: NOW + 40 * 60_000 });
    expect(meterSummary([reading({}), safety], NOW)).toEqual({
      rise: '4x in ~9 min',
      blind: 'blind: safety to 14:40',
      isBlind: true,
      sentences:
        'A 4x rise in complaints would page in about 9 min. Blind for safety-filter trips until about 14:40.',
    });
  });

  it('counts what is unseen where it is more than one thing, and gives a distance where it is far off', () => {
    const blind = (['complaints', 'safety'] as const).map((signal, index) =>
      reading({ signal, blindUntilMs: NOW + (index * 10 + 1) * 3600_000 }),
    );
    expect(meterSummary(blind, NOW)?.blind).toBe('2 blind, 11 h');
  });

  it('takes the quickest other signal where complaints are not measured, and never csat points for a ratio', () => {
    const csat = reading({ signal: 'csat', minutesTo4x: 2 });
    const errors = reading({ signal: 'downstream', minutesTo4x: 14 });
    expect(meterSummary([reading({ minutesTo4x: null }), csat, errors], NOW)?.rise).toBe('4x in ~14 min');
  });

  it('says why nothing can be said, and nothing of cohorts it was not asked about', () => {
    const dark = reading({ minutesTo4x: null, unknownBecause: 'no conversations on the candidate' });
    expect(meterSummary([dark], NOW)?.sentences).toContain('no conversations on the candidate');
    expect(meterSummary([reading({ cohort: 'acme' })], NOW)).toBeNull();
    expect(meterSummary([], NOW)).toBeNull();
  });
});

describe('figures of the meter', () => {
  it('tell "none would" from "cannot say"', () => {
    expect(smallestWords(reading({}), null)).toBe('none would');
    expect(smallestWords(reading({ unknownBecause: 'no traffic' }), null)).toBe('–');
    expect(smallestWords(reading({}), 2.42)).toBe('2.4x');
    expect(smallestWords(reading({ signal: 'csat' }), 3.14)).toBe('3.1 points');
    expect(minutesWords(reading({}), null)).toBe('never');
    expect(minutesWords(reading({}), 8.3)).toBe('9 min');
  });

  it('give a time of day today, a distance beyond', () => {
    expect(untilWords(NOW + 40 * 60_000, NOW)).toBe('about 14:40');
    expect(untilWords(NOW + 80 * 3600_000, NOW)).toBe('about 3 d from now');
    expect(untilShort(NOW + 80 * 3600_000, NOW)).toBe('~3 d from now');
  });
});
