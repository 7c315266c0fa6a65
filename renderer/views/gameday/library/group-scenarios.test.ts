import { describe, expect, it } from 'vitest';
import { scenarioSummary } from '../fixture.ts';
import { groupScenarios } from './group-scenarios.ts';

const ALL = [
  scenarioSummary({ id: 'leak-ten', kind: 'leak', leak: 10, title: 'A: console link missing' }),
  scenarioSummary({ id: 'leak-two', kind: 'leak', leak: 2, title: 'B: poisoned queue' }),
  scenarioSummary({ id: 'greeting', kind: 'regression', title: 'The greeting is gone' }),
  scenarioSummary({ id: 'ours', kind: 'regression', title: 'Ours', source: 'own' }),
  scenarioSummary({ id: 'kept', title: 'Kept', source: 'recorded', bundleOf: 'INC-20260509-1' }),
];

describe('the library in groups', () => {
  it('puts leaks in the order of their numbers and recorded ones apart', () => {
    expect(groupScenarios(ALL, '').map(({ id, scenarios }) => [id, scenarios.map((one) => one.id)])).toEqual([
      ['regression', ['ours', 'greeting']],
      ['leak', ['leak-two', 'leak-ten']],
      ['recorded', ['kept']],
    ]);
  });

  it('has one group where nobody says what kind they are', () => {
    const untold = { kind: null, leak: null, purpose: '', prompts: [] };
    const told = ['B', 'A'].map((title) => scenarioSummary({ ...untold, id: title, title }));
    expect(groupScenarios(told, '').map(({ id, scenarios }) => [id, scenarios.map((one) => one.id)])).toEqual(
      [['untold', ['B', 'A']]],
    );
    expect(groupScenarios(told, 'leak')).toEqual([]);
  });

  it('finds by every word, also by leak and by incident', () => {
    const ids = (filter: string) =>
      groupScenarios(ALL, filter).flatMap(({ scenarios }) => scenarios.map(({ id }) => id));
    expect(ids('leak 10')).toEqual(['leak-ten']);
    expect(ids('GREETING gone')).toEqual(['greeting']);
    expect(ids('inc-20260509')).toEqual(['kept']);
    expect(ids('greeting queue')).toEqual([]);
    expect(ids("team's own")).toEqual(['ours']);
  });
});
