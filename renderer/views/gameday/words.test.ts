import { describe, expect, it } from 'vitest';
import { drillClock, pointsPercent, pointsWords } from './words.ts';

describe('words of game day', () => {
  it('counts time from the beginning, before it as minus', () => {
    expect(drillClock(600_000, 600_000)).toBe('+0:00');
    expect(drillClock(725_000, 600_000)).toBe('+2:05');
    expect(drillClock(400_000, 600_000)).toBe('-3:20');
    expect(drillClock(599_800, 600_000)).toBe('+0:00');
    expect(drillClock(400_000, null)).toBe('–');
  });

  it('never shows less than nothing, and no share of nothing', () => {
    expect(pointsWords({ earned: 18, possible: 24 })).toBe('18 of 24, 75 %');
    expect(pointsPercent({ earned: -4, possible: 20 })).toBe(0);
    expect(pointsWords({ earned: 0, possible: 0 })).toBe('no points');
  });
});
