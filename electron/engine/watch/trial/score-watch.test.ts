import { describe, expect, it } from 'vitest';
import { createScoreWatch, scoreWatchStateSchema } from './score-watch.ts';

/** A minute of ratings with this mean and spread, given exactly. */
const minute = (
  endMs: number,
  arm: 'candidate' | 'control',
  ratings: number,
  mean: number,
  sd = 15,
  cohort = '(none)',
) => ({
  endMs,
  arm,
  cohort,
  ratings,
  sum: ratings * mean,
  sumSquares: ratings * (mean ** 2 + sd ** 2),
});
const settings = { candidate: 'v18', cohorts: [] };

describe('csat from sums alone', () => {
  it('pages on a clear drop, with its size, once, and stays quiet without one', () => {
    const worse = createScoreWatch(settings);
    const same = createScoreWatch(settings);
    for (let turn = 1; turn <= 30; turn += 1) {
      const endMs = turn * 60_000;
      worse.add([minute(endMs, 'candidate', 40, 76), minute(endMs, 'control', 400, 84)]);
      same.add([minute(endMs, 'candidate', 40, 84), minute(endMs, 'control', 400, 84)]);
    }
    expect(same.alarms()).toEqual([]);
    const pages = worse.alarms().filter(({ class: kind }) => kind === 'page');
    expect(pages).toHaveLength(1);
    expect(pages[0]).toMatchObject({ signal: 'csat', cohort: 'all', basis: 'comparison' });
    expect(pages[0]?.effect?.value).toBeCloseTo(-8);
    expect(worse.readings()[0]).toMatchObject({ state: 'page', candidate: { units: 1200 } });
  });

  it('never acts on a rise, on a handful of ratings, or on less than a point', () => {
    const rise = createScoreWatch(settings);
    const few = createScoreWatch(settings);
    const trivial = createScoreWatch(settings);
    for (let turn = 1; turn <= 60; turn += 1) {
      const endMs = turn * 60_000;
      rise.add([minute(endMs, 'candidate', 40, 90), minute(endMs, 'control', 400, 84)]);
      few.add([minute(endMs, 'candidate', 1, 20), minute(endMs, 'control', 400, 84)]);
      trivial.add([minute(endMs, 'candidate', 4000, 83.5), minute(endMs, 'control', 40_000, 84)]);
    }
    for (const watch of [rise, few, trivial]) expect(watch.alarms()).toEqual([]);
  });

  it('goes on after a restart, and learns nothing while its feed is stale', () => {
    const through = createScoreWatch(settings);
    let restarted = createScoreWatch(settings);
    for (let turn = 1; turn <= 10; turn += 1) {
      const scores = [minute(turn * 60_000, 'candidate', 40, 80), minute(turn * 60_000, 'control', 400, 84)];
      through.add(scores);
      restarted.add(scores);
      const state = scoreWatchStateSchema.parse(JSON.parse(JSON.stringify(restarted.state())));
      restarted = createScoreWatch(settings, state);
    }
    expect(restarted.readings()).toEqual(through.readings());
    const before = through.readings();
    through.setFrozen(true);
    through.add([minute(700_000, 'candidate', 4000, 0)]);
    expect(through.readings()).toEqual(before.map((reading) => ({ ...reading, isFrozen: true })));
  });

  it('tells cohorts apart, and pools them by their evidence, not by adding scores up', () => {
    const watch = createScoreWatch({ candidate: 'v18', cohorts: ['a', 'b'] });
    for (let turn = 1; turn <= 40; turn += 1) {
      const endMs = turn * 60_000;
      // Both cohorts are the same on both versions; the candidate serves the unhappy one more.
      watch.add([
        minute(endMs, 'candidate', 40, 60, 15, 'a'),
        minute(endMs, 'control', 100, 60, 15, 'a'),
        minute(endMs, 'candidate', 10, 90, 15, 'b'),
        minute(endMs, 'control', 900, 90, 15, 'b'),
      ]);
    }
    expect(watch.alarms()).toEqual([]);
    expect(watch.readings().map(({ cohort }) => cohort)).toEqual(['all', 'a', 'b']);
  });
});
