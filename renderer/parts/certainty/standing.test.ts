import { NO_CANDIDATE_TRAFFIC } from '#shared/domain/detection/meter.ts';
import { describe, expect, it } from 'vitest';
import type { SignalVerdict } from '#shared/model/signal.ts';
import {
  roughMinutes,
  standingOf,
  standingShortWords,
  standingWords,
  type StandingFacts,
} from './standing.ts';

const reading = (over: Partial<NonNullable<StandingFacts['evidence']>>) => ({
  signal: 'complaints' as const,
  state: 'quiet' as const,
  isFrozen: false,
  effect: null,
  anytimeSigma: 0.4,
  ...over,
});
const facts = (over: Partial<StandingFacts>, verdict: SignalVerdict = 'none'): StandingFacts => ({
  comparison: { verdict, minutesNeeded: null, candidateValue: verdict === 'unknown' ? null : 4.2 },
  evidence: reading({}),
  meter: { until4xMin: 0, unknownBecause: null },
  hasCandidate: true,
  ...over,
});

describe('standingOf', () => {
  it('lets the evidence say what is worse, whatever the plain figure looks like', () => {
    expect(standingOf(facts({ evidence: reading({ state: 'page', isFrozen: true }) }, 'none')).kind).toBe(
      'page',
    );
    expect(standingOf(facts({ evidence: reading({ state: 'watch' }) }, 'page')).kind).toBe('watch');
    expect(standingOf(facts({ meter: null }, 'page')).kind).toBe('none');
  });

  it('says "no difference" only when a fourfold change would have shown', () => {
    expect(standingOf(facts({})).kind).toBe('none');
    expect(standingOf(facts({ meter: { until4xMin: 38, unknownBecause: null } }))).toEqual({
      kind: 'blind',
      moreMinutes: 38,
    });
    expect(
      standingOf(facts({ meter: { until4xMin: null, unknownBecause: 'the traffic is not known' } }, 'blind')),
    ).toEqual({
      kind: 'blind',
      moreMinutes: null,
    });
  });

  it('promises nothing more about a candidate without traffic, and keeps what was certain about it', () => {
    const meter = { until4xMin: null, unknownBecause: NO_CANDIDATE_TRAFFIC };
    expect(standingOf(facts({ meter })).kind).toBe('stopped');
    expect(standingOf(facts({ meter, evidence: reading({ state: 'page' }) })).kind).toBe('page');
  });

  it('does not say "no difference" over an interval that lies on the worse side', () => {
    const worse = { value: 3, low: 1.2, high: 7 };
    expect(standingOf(facts({ evidence: reading({ effect: worse }) })).kind).toBe('early');
    expect(standingOf(facts({ evidence: reading({ effect: { ...worse, low: 0.9 } }) })).kind).toBe('none');
    const lower = { value: -4, low: -7, high: -1 };
    expect(standingOf(facts({ evidence: reading({ signal: 'csat', effect: lower }) })).kind).toBe('early');
    const higher = { value: 4, low: 1.5, high: 7 };
    expect(standingOf(facts({ evidence: reading({ signal: 'csat', effect: higher }) })).kind).toBe('none');
  });

  it('does not say "no difference" while the evidence leans to worse', () => {
    expect(standingOf(facts({ evidence: reading({ anytimeSigma: 1.3 }) })).kind).toBe('early');
  });

  it('names a stale feed, no data and no candidate for what they are', () => {
    expect(standingOf(facts({ evidence: reading({ isFrozen: true }) })).kind).toBe('frozen');
    expect(standingOf(facts({ meter: null }, 'unknown')).kind).toBe('unknown');
    const counted = { verdict: 'unknown', minutesNeeded: null, candidateValue: 0 } as const;
    expect(standingOf(facts({ comparison: counted })).kind).toBe('blind');
    expect(standingOf(facts({ comparison: counted, evidence: reading({ isFrozen: true }) })).kind).toBe(
      'frozen',
    );
    expect(standingOf(facts({ comparison: null, meter: null, evidence: null })).kind).toBe('unknown');
    expect(standingOf(facts({ hasCandidate: false }, 'unknown')).kind).toBe('alone');
  });

  it('keeps an alarm against history where no candidate is left', () => {
    expect(standingOf(facts({ hasCandidate: false, evidence: reading({ state: 'page' }) })).kind).toBe(
      'page',
    );
  });

  it('falls back to the plain comparison where no detector ran', () => {
    const bare = (verdict: SignalVerdict) => standingOf(facts({ evidence: null, meter: null }, verdict)).kind;
    expect(['page', 'watch', 'none', 'blind', 'unknown'].map((each) => bare(each as SignalVerdict))).toEqual([
      'page',
      'watch',
      'none',
      'blind',
      'unknown',
    ]);
  });
});

describe('the words', () => {
  it('say how much longer, never more exactly than the estimate', () => {
    expect(standingWords({ kind: 'blind', moreMinutes: 38 })).toBe('blind: about 40 min more');
    expect(standingShortWords({ kind: 'blind', moreMinutes: 38 })).toBe('blind, 40 min');
    expect(standingWords({ kind: 'alone' })).toBe('nothing to compare');
    expect([0.2, 7.2, 33, 200, 3000].map(roughMinutes)).toEqual(['1 min', '8 min', '40 min', '3 h', '2 d']);
  });
});
