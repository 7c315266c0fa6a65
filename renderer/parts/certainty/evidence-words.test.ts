import { describe, expect, it } from 'vitest';
import {
  countsWords,
  effectWords,
  looksLikeWords,
  onsetWords,
  ruleWords,
  sigmaWords,
  times,
} from './evidence-words.ts';

describe('figures of the evidence in words', () => {
  it('give an effect with its interval, csat in points', () => {
    expect(effectWords('complaints', { value: 4.1, low: 2.1, high: 8 })).toBe('4.1x (2.1x to 8.0x)');
    expect(effectWords('csat', { value: -2.4, low: -4, high: 0.02 })).toBe(
      '\u22122.4 points (\u22124.0 to 0.0)',
    );
    expect(effectWords('safety', { value: 8.5, low: 0.9, high: 32 })).toBe('8.5x (0.9x to 32x or more)');
    expect(effectWords('safety', null)).toBeNull();
    expect([12.4, 9.96, 0.5, 0.03].map(times)).toEqual(['12x', '10x', '0.5x', '0.03x']);
  });

  it('say when the plain figure rests on few events, and nothing where there is none', () => {
    expect(looksLikeWords({ sigma: 3.42, sigmaKind: 'z' })).toBe('3.4 sigma');
    expect(looksLikeWords({ sigma: 3.1, sigmaKind: 'exact' })).toBe('3.1 sigma, few events');
    expect(looksLikeWords({ sigma: null, sigmaKind: null })).toBeNull();
    expect(looksLikeWords(null)).toBeNull();
    expect(sigmaWords(-0.73)).toBe('\u22120.7 sigma');
    expect(sigmaWords(-0.01)).toBe('0.0 sigma');
  });

  it('date the beginning with its range', () => {
    const at = (minute: number) => new Date(2026, 4, 9, 14, minute).getTime();
    expect(onsetWords({ aboutMs: at(3), earliestMs: at(-10), latestMs: at(10) })).toBe(
      'about 14:03 (13:50 to 14:10)',
    );
    expect(onsetWords({ aboutMs: at(3), earliestMs: at(3), latestMs: at(3) })).toBe('about 14:03');
  });

  it('say which rule raised it', () => {
    expect(ruleWords({ rule: 'two-at-watch', signal: 'complaints' })).toBe(
      'Two signals passed the watch line together.',
    );
    expect(ruleWords({ rule: 'one-at-page', signal: 'csat' })).toBe(
      'One signal alone (csat) passed the page line.',
    );
    expect(ruleWords({ rule: 'split', signal: 'split' })).toContain('not the share set');
  });

  it('give the counts, ratings for csat', () => {
    const arms = { candidate: { units: 400, events: 12 }, control: { units: 7600, events: 38 } };
    expect(countsWords({ signal: 'complaints', ...arms })).toBe('12 of 400 against 38 of 7,600');
    expect(countsWords({ signal: 'csat', ...arms })).toBe('400 ratings against 7,600');
  });
});
