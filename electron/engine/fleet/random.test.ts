import { describe, expect, it } from 'vitest';
import { createAgenda } from './agenda.ts';
import { createRandom } from './random.ts';

describe('random', () => {
  it('repeats itself for the same seed and not for another', () => {
    const draw = (seed: number) => {
      const random = createRandom(seed);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('has the means it says', () => {
    const random = createRandom(5);
    const mean = (draw: () => number) =>
      Array.from({ length: 20_000 }, draw).reduce((a, b) => a + b, 0) / 20_000;
    expect(mean(() => random.next())).toBeCloseTo(0.5, 1);
    expect(mean(() => random.poisson(3))).toBeGreaterThan(2.9);
    expect(mean(() => random.poisson(3))).toBeLessThan(3.1);
    expect(mean(() => random.poisson(900))).toBeGreaterThan(895);
    expect(mean(() => random.normal(80, 14))).toBeGreaterThan(79);
  });

  it('makes ids of the length asked for', () => {
    expect(createRandom(9).hex(16)).toMatch(/^[0-9a-f]{32}$/);
    expect(createRandom(9).hex(6)).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe('agenda', () => {
  it('hands each thing out once, when its time has come', () => {
    const agenda = createAgenda<string>();
    agenda.add(1_500, 'b');
    agenda.add(1_200, 'a');
    agenda.add(9_000, 'c');
    expect(agenda.take(1_100)).toEqual([]);
    expect(agenda.take(1_400)).toEqual(['a']);
    expect(agenda.size).toBe(2);
    agenda.add(1_300, 'late');
    expect(agenda.take(20_000)).toEqual(['b', 'late', 'c']);
    expect(agenda.size).toBe(0);
  });
});
