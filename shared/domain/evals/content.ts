import type { EvalAssertion, EvalContent, EvalFormat } from '#shared/model/eval-case.ts';

/** What a format writes of a case besides its content. */
export type CaseFacts = {
  readonly id: string;
  readonly incidentId: string;
  readonly promptId: string;
  readonly badVersion: string | null;
  readonly content: EvalContent;
};

/** Whether an output meets the assertion; null = only a judge can say. What the runners do, done here for a first look. */
export function holds(assertion: EvalAssertion, output: string): boolean | null {
  switch (assertion.kind) {
    case 'contains':
      return includes(output, assertion);
    case 'not-contains':
      return !includes(output, assertion);
    case 'equals':
      return output === assertion.value;
    case 'regex':
    case 'not-regex': {
      const pattern = compiled(assertion.pattern);
      return pattern === null ? null : pattern.test(output) === (assertion.kind === 'regex');
    }
    case 'is-json':
      return isJson(output);
    case 'at-most-characters':
      return output.length <= assertion.characters;
    case 'first-sentence-contains':
      return (output.split(/[.!?\n]/)[0] ?? '').includes(assertion.value);
    case 'like-gold':
    case 'rubric':
      return null;
  }
}

/** Why the content cannot become a case of this format yet, each with what to do. Empty = it can. */
export function contentProblems(content: EvalContent, format: EvalFormat): string[] {
  const problems: string[] = [];
  if (content.assertions.length === 0)
    problems.push('State what the output must be like: at least one check.');
  if (!content.redaction.isConfirmed) {
    problems.push('Look at what is replaced and confirm it: nothing from production is written unseen.');
  }
  const names = content.inputs.map(({ name }) => name);
  if (new Set(names).size < names.length) problems.push('Two inputs have the same name: give each its own.');
  for (const assertion of content.assertions) {
    if (assertion.kind === 'like-gold' && (content.gold ?? '').trim() === '') {
      problems.push('Write the desired output, or take the comparison with it away.');
    }
    if (
      (assertion.kind === 'regex' || assertion.kind === 'not-regex') &&
      compiled(assertion.pattern) === null
    ) {
      problems.push(`The regular expression ${assertion.pattern} is not valid.`);
    }
    if (isReference(assertedText(assertion, content))) {
      problems.push(
        'An expected text may not begin with file:// or package://: runners would read that file instead.',
      );
    }
  }
  if (format === 'openai-evals') problems.push(...openAiProblems(content));
  return problems;
}

function openAiProblems({ assertions }: EvalContent): string[] {
  const problems: string[] = [];
  if (assertions.length > 1) problems.push('OpenAI Evals checks one thing per case: keep one check.');
  for (const { kind } of assertions) {
    if (kind !== 'rubric' && kind !== 'like-gold' && kind !== 'contains') {
      problems.push(
        `OpenAI Evals has no class for "${kind}": use a rubric, the gold answer or "contains", or another format.`,
      );
    }
  }
  return problems;
}

/** Everything the assertion puts into a file as text to compare with. */
export function assertedText(assertion: EvalAssertion, { gold }: Pick<EvalContent, 'gold'>): string {
  switch (assertion.kind) {
    case 'contains':
    case 'not-contains':
    case 'equals':
    case 'first-sentence-contains':
      return assertion.value;
    case 'regex':
    case 'not-regex':
      return assertion.pattern;
    case 'rubric':
      return assertion.criteria;
    case 'like-gold':
      return gold ?? '';
    case 'is-json':
    case 'at-most-characters':
      return '';
  }
}

/** A value that a runner takes for the name of a file or a package to load. */
export function isReference(text: string): boolean {
  return /^\s*(?:file|package):/i.test(text);
}

/** "INC-20260509-1" and 2 become "inc-20260509-1-2". */
export function evalCaseId(incidentId: string, sequence: number): string {
  return `${incidentId.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${sequence}`;
}

function includes(output: string, { value, ignoreCase }: { value: string; ignoreCase: boolean }): boolean {
  return ignoreCase ? output.toLowerCase().includes(value.toLowerCase()) : output.includes(value);
}

function compiled(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern);
  } catch {
    return null;
  }
}

function isJson(output: string): boolean {
  try {
    JSON.parse(output);
    return true;
  } catch {
    return false;
  }
}
