import type { Decision, DecisionOutcome, DecisionQuestion } from '#shared/model/incident.ts';
import { advise } from '../decision/tree.ts';

/**
 * What the tree says from the evidence alone. Whether a fix is ready no evidence tells: there a person's answer counts, everywhere else
 * an override is the person's own and not the product's advice.
 */
export function productAdvice(
  { answers }: Pick<Decision, 'answers'>,
  goodVersion: string,
  noWayBack: string | null = null,
): DecisionOutcome {
  const suggested = (question: DecisionQuestion) =>
    answers.find((answer) => answer.question === question)?.suggested ?? 'unknown';
  const fix = answers.find(({ question }) => question === 'fix-within-hour');
  return advise(
    {
      'prompt-problem': suggested('prompt-problem'),
      'worse-than-control': suggested('worse-than-control'),
      'fix-within-hour': fix?.answer ?? 'unknown',
    },
    goodVersion,
    noWayBack,
  ).outcome;
}
