import { assertNever } from '#shared/lib/assert-never.ts';
import type { EvalFormat } from '#shared/model/eval-case.ts';
import { readDeepEval } from './deepeval.ts';
import { readInspect } from './inspect.ts';
import type { CaseResult } from './kind.ts';
import { readOpenAiEvals } from './openai-evals.ts';
import { readPromptfoo } from './promptfoo.ts';

export type { CaseResult } from './kind.ts';

/**
 * What a runner's output file says about one case. Anything that is not clearly a verdict on this case is an error: a missing case, a
 * run that broke, a score that is no number.
 */
export function readResult(
  format: EvalFormat,
  text: string,
  which: { readonly caseId: string; readonly lineIndex: number },
): CaseResult {
  switch (format) {
    case 'promptfoo':
      return readPromptfoo(text, which.caseId);
    case 'deepeval':
      return readDeepEval(text, which.caseId);
    case 'openai-evals':
      return readOpenAiEvals(text, which.lineIndex);
    case 'inspect':
      return readInspect(text, which.caseId);
    default:
      return assertNever(format);
  }
}
