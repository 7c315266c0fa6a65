import { describe, expect, it } from 'vitest';
import type { Decision, DecisionAnswer } from '#shared/model/incident.ts';
import { decisionLayout } from './decide-layout.ts';

const decision = (...answers: DecisionAnswer['answer'][]): Decision => ({
  answers: (['prompt-problem', 'worse-than-control', 'fix-within-hour'] as const).map((question, index) => ({
    question,
    answer: answers[index] ?? 'unknown',
    evidence: '',
    suggested: 'unknown',
    by: null,
    atMs: null,
  })),
  advice: 'undecided',
  adviceSentence: '',
  recorded: null,
});
const litOutcome = (tree: ReturnType<typeof decisionLayout>) =>
  tree.outcomes.filter((outcome) => outcome.isLit).map((o) => o.outcome);

describe('decisionLayout', () => {
  it.each([
    [['yes', 'yes', 'no'], 'roll-back'],
    [['yes', 'yes', 'yes'], 'forward-fix'],
    [['yes', 'no', 'no'], 'keep-ramping'],
    [['no', 'yes', 'no'], 'not-the-prompt'],
    [['unknown', 'unknown', 'unknown'], 'roll-back'],
  ] as const)('answers %j light the path to %s alone', (answers, outcome) => {
    expect(litOutcome(decisionLayout(decision(...answers)))).toEqual([outcome]);
  });
  it('darkens the questions behind an exit', () => {
    expect(decisionLayout(decision('yes', 'no', 'yes')).questions.map((question) => question.isLit)).toEqual([
      true,
      true,
      false,
    ]);
  });
  it('lights as many edges as there are lit questions', () => {
    const tree = decisionLayout(decision('yes', 'yes', 'no'));
    expect(tree.edges.filter((edge) => edge.isLit)).toHaveLength(3);
  });
});
