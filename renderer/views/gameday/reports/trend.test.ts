import { describe, expect, it } from 'vitest';
import { drillSummary } from '../fixture.ts';
import { trendsOf, trendWords } from './trend.ts';

const played = (
  scenarioId: string,
  endedAtMs: number,
  earned: number,
  outcome: 'finished' | 'aborted' = 'finished',
) => drillSummary({ scenarioId, endedAtMs, outcome, points: { earned, possible: 20 } });

describe('how a scenario goes over time', () => {
  it('is by scenario, oldest first, without aborted drills', () => {
    const trends = trendsOf([
      played('a', 30, 18),
      played('b', 40, 10),
      played('a', 10, 12),
      played('a', 20, 20, 'aborted'),
    ]);
    expect(trends.map(({ scenarioId, percents }) => [scenarioId, percents])).toEqual([
      ['b', [50]],
      ['a', [60, 90]],
    ]);
  });

  it('is said in words', () => {
    expect(trendWords({ percents: [50] })).toBe('played once');
    expect(trendWords({ percents: [60, 90] })).toBe('30 better than the time before');
    expect(trendWords({ percents: [60, 40] })).toBe('20 worse than the time before');
    expect(trendWords({ percents: [60, 60] })).toBe('as the time before');
  });
});
