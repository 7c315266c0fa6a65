import type { EvalAssertion } from '#shared/model/eval-case.ts';
import { isReference, type CaseFacts } from './content.ts';

type PromptfooAssertion = {
  readonly type: string;
  readonly value?: string;
  readonly threshold?: number;
};

/** One entry of a Promptfoo test list. Keys in the order in which they are written. */
export type PromptfooTest = {
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly assert: readonly PromptfooAssertion[];
};

/**
 * The case for Promptfoo (0.121). Without a threshold on the test itself: with one, a failing check could be outvoted by the others.
 * Every judged check carries its threshold, because without one a judge's "pass" with a score of 0.3 passes.
 */
export function promptfooTest({ id, incidentId, promptId, badVersion, content }: CaseFacts): PromptfooTest {
  return {
    description: inert(`${incidentId} ${content.name}`),
    metadata: {
      case_id: id,
      incident: incidentId,
      prompt: inert(promptId),
      bad_version: inert(badVersion ?? 'unknown'),
      bad_output: inert(content.badOutput),
    },
    vars: Object.fromEntries(
      // A value that begins with file:// is replaced by that file's content, a space in front of it is not.
      content.inputs.map(({ name, text }) => [name, templateText(isReference(text) ? ` ${text}` : text)]),
    ),
    assert: content.assertions.map((assertion) => promptfooAssertion(assertion, content.gold ?? '')),
  };
}

function promptfooAssertion(assertion: EvalAssertion, gold: string): PromptfooAssertion {
  switch (assertion.kind) {
    case 'contains':
    case 'not-contains': {
      const type = assertion.ignoreCase ? 'icontains' : 'contains';
      return {
        type: assertion.kind === 'contains' ? type : `not-${type}`,
        value: templateText(assertion.value),
      };
    }
    case 'equals':
      return { type: 'equals', value: templateText(assertion.value) };
    case 'regex':
    case 'not-regex':
      return { type: assertion.kind, value: templateText(assertion.pattern) };
    case 'is-json':
      return { type: 'is-json' };
    case 'at-most-characters':
      return { type: 'javascript', value: `output.length <= ${assertion.characters}` };
    case 'first-sentence-contains':
      return {
        type: 'javascript',
        value: String.raw`output.split(/[.!?\n]/)[0].includes(${scriptString(assertion.value)})`,
      };
    case 'like-gold':
      return { type: 'similar', value: templateText(gold), threshold: assertion.threshold01 };
    case 'rubric':
      return {
        type: 'llm-rubric',
        value: templateText(assertion.criteria),
        threshold: assertion.threshold01,
      };
  }
}

/**
 * Text as a Nunjucks template that renders to exactly this text. A raw block alone is not enough: the text may end it, and Promptfoo
 * resolves `{{ name }}` and `{{ env.NAME }}` by patterns of its own that do not know raw blocks. So no opening of a template stays.
 */
export function templateText(text: string): string {
  if (!/\{[{%#]/.test(text)) return text;
  const opened = text.replaceAll(/\{[{%#]|\{$/g, (opening) => `{% endraw %}{{ '${opening}' }}{% raw %}`);
  return `{% raw %}${opened}{% endraw %}`;
}

/** Evidence that no runner renders: openings of templates come apart, a reference to a file is none any more. */
function inert(text: string): string {
  const apart = text.replaceAll(/\{(?=[{%#])/g, '{ ');
  return isReference(apart) ? ` ${apart}` : apart;
}

/** A JavaScript string in which everything but letters, digits and blanks is written as its code. */
function scriptString(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charAt(index));
  const coded = units.map((unit) =>
    /[A-Za-z0-9 ]/.test(unit) ? unit : String.raw`\u` + unit.charCodeAt(0).toString(16).padStart(4, '0'),
  );
  return `"${coded.join('')}"`;
}
