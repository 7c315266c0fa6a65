import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import { bothArms, bucket, numbers, SETTINGS } from './test-traffic.ts';

const draw = (random: () => number, units: number, rate01: number) => {
  let events = 0;
  for (let unit = 0; unit < units; unit += 1) if (random() < rate01) events += 1;
  return events;
};

describe('the size of a difference', () => {
  it('is right over a step of the ramp, where summed counts would mix the shares', () => {
    // Twice the rate all along, at 2 % and then at 50 %: the sums read 1.6x, and an interval around them would miss 2x.
    const random = numbers(5);
    let covered = 0;
    const runs = 10;
    for (let run = 0; run < runs; run += 1) {
      const detector = createDetector({ ...SETTINGS, streams: ['complaints'] });
      for (let tick = 0; tick < 2_400; tick += 1) {
        if (tick === 1_200) detector.noteChange({ atMs: bucket(tick), what: 'ramp', intendedShare01: 0.5 });
        const n = tick < 1_200 ? ([2, 98] as const) : ([50, 50] as const);
        const events = [draw(random, n[0], 0.02), draw(random, n[1], 0.01)] as const;
        detector.tick(bucket(tick + 1), bothArms(tick, n, events));
      }
      const { value, low, high } = detector.readings().find(({ signal }) => signal === 'complaints')!.effect!;
      expect(value).toBeGreaterThan(1.6);
      expect(value).toBeLessThan(2.5);
      if (low <= 2 && high >= 2) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(9);
  });
});
