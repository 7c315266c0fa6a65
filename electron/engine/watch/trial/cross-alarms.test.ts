import { describe, expect, it } from 'vitest';
import type { EvidenceReading, StreamId } from '#shared/model/detection.ts';
import { crossAlarms } from './cross-alarms.ts';

const reading = (
  signal: StreamId,
  anytimeSigma: number,
  change: Partial<EvidenceReading> = {},
): EvidenceReading => ({
  signal,
  cohort: 'all',
  basis: 'comparison',
  evidence: 60,
  watchLine: 44,
  pageLine: 741,
  anytimeSigma,
  state: 'watch',
  candidate: { units: 100, events: 10 },
  control: { units: 1000, events: 20 },
  effect: null,
  onset: null,
  isFrozen: false,
  ...change,
});

describe('two signals at 2 sigma, from different sources', () => {
  it('page once, and name both', () => {
    const worse = [reading('complaints', 2.1), reading('downstream', 2.6), reading('csat', 0.3)];
    const [alarm, ...more] = crossAlarms(5, worse, []);
    expect(more).toEqual([]);
    expect(alarm).toMatchObject({
      class: 'page',
      rule: 'two-at-watch',
      signal: 'downstream',
      alsoSignal: 'complaints',
    });
    expect(alarm?.sentence).toMatch(/downstream and complaints/);
    expect(crossAlarms(6, worse, alarm ? [alarm] : [])).toEqual([]);
  });

  it.each([
    ['one of them is below the line', [reading('complaints', 1.9), reading('csat', 2.5)]],
    [
      'they are of different cohorts',
      [reading('complaints', 2.5, { cohort: 'a' }), reading('csat', 2.5, { cohort: 'b' })],
    ],
    ['one is a canary', [reading('complaints', 2.5), reading('fallback', 2.9)]],
    ['one is stale', [reading('complaints', 2.5), reading('csat', 2.9, { isFrozen: true })]],
    ['one rests on history', [reading('complaints', 2.5), reading('csat', 2.9, { basis: 'history' })]],
  ])('page not where %s', (_why, readings) => {
    expect(crossAlarms(5, readings, [])).toEqual([]);
  });
});
