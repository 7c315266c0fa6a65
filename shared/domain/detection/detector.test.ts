import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import type { DetectorSettings, Increment } from './kind.ts';
import { TICK_MS } from './kind.ts';
import { laidByAge } from './onset-weights.ts';

const START = Date.UTC(2026, 0, 1, 12);
const settings: DetectorSettings = {
  startedAtMs: START,
  cohorts: [],
  streams: ['complaints', 'csat', 'safety', 'downstream'],
  history: {},
  intendedShare01: null,
  candidateName: 'v18',
};

const bucket = (tick: number) => START + tick * TICK_MS;
function arms(
  tick: number,
  n: readonly [number, number],
  x: readonly [number, number],
  cohort = 'all',
): Increment[] {
  return (['candidate', 'control'] as const).map((arm, index) => ({
    cohort,
    arm,
    bucketMs: bucket(tick),
    conversations: n[index] ?? 0,
    events: { complaints: x[index] ?? 0 },
    ratings: [],
  }));
}

it('lays the onset weight as specified', () => {
  const expected = [0.5005923602, 0.5011750881, 0.5034156286, 0.5248402986, 0.5697355345, 0.6783510856, 0.8];
  [0, 1, 5, 59, 359, 8639, 259_199].forEach((age, index) => {
    expect(laidByAge(age, [])).toBeCloseTo(expected[index] ?? 0, 9);
  });
  expect(laidByAge(100, [50, 200])).toBeCloseTo(laidByAge(100, []) + 0.1, 12);
});

describe('the reference sequence', () => {
  const SEQUENCE = [
    { t: 0, n: [1, 19], x: [1, 0], E: 2.208209901 },
    { t: 1, n: [1, 19], x: [0, 1], E: 1.887726415 },
    { t: 2, n: [0, 12], x: [0, 0], E: 1.887726415 },
    { t: 3, n: [1, 9], x: [1, 0], E: 6.56875386 },
    { t: 10, n: [2, 38], x: [2, 0], E: 201.9358911 },
    { t: 100, n: [1, 19], x: [1, 0], E: 1289.484764 },
  ] as const;

  it('gives the evidence of every tick, and pages at the last', () => {
    const detector = createDetector(settings);
    for (const { t, n, x, E } of SEQUENCE) {
      detector.tick(bucket(t + 1), arms(t, n, x));
      const reading = detector.readings().find((each) => each.signal === 'complaints');
      expect((reading?.evidence ?? 0) / E).toBeCloseTo(1, 8);
      expect(detector.alarms().some((alarm) => alarm.class === 'page')).toBe(t === 100);
    }
    const [watch, page] = detector.alarms();
    expect(watch).toMatchObject({
      class: 'watch',
      signal: 'complaints',
      atMs: bucket(11),
      rule: 'one-at-watch',
    });
    expect(page).toMatchObject({ class: 'page', signal: 'complaints', cohort: 'all', rule: 'one-at-page' });
    expect(page?.sentence).toBe(
      'Complaints 19x (2.4x to 32x or more) on v18, across all cohorts: 3.2 sigma, valid however often one looks; started about 12:00 UTC',
    );
  });
});
