import { describe, expect, it } from 'vitest';
import { falseAlarmBudgets } from './false-alarms.ts';

const budgets = (signals: number, canaries = 0) =>
  Object.fromEntries(falseAlarmBudgets({ signals, canaries }).map((each) => [each.rule, each]));

describe('false alarms expected', () => {
  it('are the bounds of the specification for four signals', () => {
    const four = budgets(4);
    expect(four['one-at-page']!.atMostPerMonth).toBeCloseTo(0.0054, 4);
    expect(four['two-at-watch']!.atMostPerMonth).toBeCloseTo(0.0455, 4);
    expect(four['one-at-watch']!.atMostPerMonth).toBeCloseTo(0.091, 4);
    expect(four['history']!.atMostPerMonth).toBeCloseTo((4 * 30) / 365, 9);
  });

  it('are said in words for everybody', () => {
    expect(budgets(4)['one-at-page']!.sentence).toBe(
      'While nothing is wrong this pages at most once in 185 months on trial, however often it is looked at.',
    );
    expect(budgets(4)['one-at-watch']!.sentence).toContain('at most once in 10 months on trial');
    expect(budgets(1)['two-at-watch']!.sentence).toBe('Cannot be met with a single signal.');
  });

  it('grow with the canaries for the pause alone', () => {
    const [plain, watched] = [budgets(4), budgets(4, 3)];
    expect(watched['one-at-watch']!.atMostPerMonth).toBeCloseTo(
      1.25 * plain['one-at-watch']!.atMostPerMonth,
      9,
    );
    expect(watched['one-at-page']).toEqual(plain['one-at-page']);
  });
});
