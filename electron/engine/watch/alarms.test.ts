import { describe, expect, it } from 'vitest';
import type { Alarm, EvidenceReading } from '#shared/model/detection.ts';
import { cohortOf, isNewSignal, shownStreams, triggerOf } from './alarms.ts';

const alarm = (change: Partial<Alarm> = {}): Alarm => ({
  atMs: 1,
  class: 'page',
  signal: 'complaints',
  cohort: 'all',
  basis: 'comparison',
  rule: 'one-at-page',
  sigma: 3.2,
  evidence: 900,
  alsoSignal: null,
  effect: { value: 4.1, low: 2, high: 8 },
  onset: null,
  sentence: 'complaints 4.1x',
  resolvedAtMs: null,
  ...change,
});
const reading = (cohort: string, change: Partial<EvidenceReading> = {}): EvidenceReading => ({
  signal: 'complaints',
  cohort,
  basis: 'comparison',
  evidence: 1,
  watchLine: 44,
  pageLine: 741,
  anytimeSigma: 0,
  state: 'quiet',
  candidate: { units: 10, events: 0 },
  control: { units: 100, events: 0 },
  effect: null,
  onset: null,
  isFrozen: false,
  ...change,
});

describe('a page', () => {
  it('is the trigger of an incident, with a ratio where there is one', () => {
    expect(triggerOf(alarm())).toMatchObject({
      kind: 'incident',
      signal: 'complaints',
      sigma: 3.2,
      ratio: 4.1,
    });
    expect(triggerOf(alarm({ signal: 'csat' })).ratio).toBeNull();
  });

  it('points at its cohort, or at the clearest one where all of them together paged', () => {
    const readings = [reading('all'), reading('a', { evidence: 5 }), reading('b', { evidence: 9_000 })];
    expect(cohortOf(alarm(), readings)).toBe('b');
    expect(cohortOf(alarm(), [reading('all'), reading('a')])).toBe('all');
    expect(cohortOf(alarm({ cohort: 'a' }), readings)).toBe('a');
  });

  it('is news once per signal', () => {
    expect(isNewSignal(alarm({ cohort: 'a' }), [alarm()])).toBe(false);
    expect(isNewSignal(alarm(), [alarm({ signal: 'csat', alsoSignal: 'complaints' })])).toBe(false);
    expect(isNewSignal(alarm(), [alarm({ class: 'watch' }), alarm({ signal: 'csat' })])).toBe(true);
  });
});

describe('the streams that are shown', () => {
  it('are all of them for a handful of cohorts', () => {
    const few = ['all', 'a', 'b'].map((cohort) => reading(cohort));
    expect(shownStreams(few, null)).toEqual(few);
  });

  it('are of a thousand cohorts the clearest, whatever is not quiet, and the one asked for', () => {
    const many = [
      reading('all'),
      ...Array.from({ length: 1000 }, (_, index) => reading(`c${index}`, { anytimeSigma: index / 1000 })),
      reading('noticed', { anytimeSigma: 0, state: 'watch' }),
    ];
    const shown = shownStreams(many, 'c3').map(({ cohort }) => cohort);
    expect(shown.length).toBeLessThan(25);
    expect(shown).toEqual(expect.arrayContaining(['all', 'c3', 'c999', 'c990', 'noticed']));
  });
});
