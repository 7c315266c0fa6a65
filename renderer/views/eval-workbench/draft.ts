import { redact, redactionRecord, type Redacted } from '#shared/domain/evals/redact.ts';
import {
  evalAssertionSchema,
  evalContentSchema,
  type EvalAssertion,
  type EvalAssertionKind,
  type EvalContent,
  type EvalInput,
  type PersonalKind,
  type RedactionRecord,
} from '#shared/model/eval-case.ts';
import type { Sample } from '#shared/model/evidence.ts';

/** A case while it is written. `inputs` and `badOutput` are as picked; they leave the page only as `contentOf` gives them. */
export type Draft = {
  readonly inputs: readonly EvalInput[];
  readonly badOutput: string;
  /** Names to replace wherever they stand, separated by commas. */
  readonly names: string;
  /** Originals that stay. */
  readonly keep: readonly string[];
  readonly isConfirmed: boolean;
  readonly name: string;
  readonly suiteId: string;
  readonly gold: string;
  readonly assertions: readonly EvalAssertion[];
  readonly source: EvalContent['source'];
  /** What was replaced before this page had the texts. */
  readonly earlier: RedactionRecord['replaced'];
};

export const EMPTY_DRAFT: Draft = {
  inputs: [{ name: 'user_message', text: '' }],
  badOutput: '',
  names: '',
  keep: [],
  isConfirmed: false,
  name: '',
  suiteId: '',
  gold: '',
  assertions: [],
  source: null,
  earlier: {},
};

/** The texts as they would be kept: each input, then the bad output. */
export function redactedTexts({ inputs, badOutput, names, keep }: Draft): Redacted[] {
  const texts = [...inputs.map(({ text }) => text), badOutput];
  return redact(texts, { names: names.split(',').map((name) => name.trim()), keep });
}

/** What is saved, previewed and written. */
export function contentOf(draft: Draft): EvalContent {
  const texts = redactedTexts(draft);
  const record = redactionRecord(texts, draft.isConfirmed);
  return {
    name: draft.name.trim(),
    suiteId: draft.suiteId,
    inputs: draft.inputs.map(({ name }, index) => ({ name, text: texts[index]?.text ?? '' })),
    badOutput: texts.at(-1)?.text ?? '',
    gold: draft.gold === '' ? null : draft.gold,
    assertions: [...draft.assertions],
    redaction: { ...record, replaced: sum(draft.earlier, record.replaced) },
    source: draft.source,
  };
}

/** For a look at the files before it is complete: without the checks that say nothing yet. */
export function previewOf(draft: Draft): EvalContent {
  const content = contentOf(draft);
  return {
    ...content,
    name: content.name === '' ? 'not named yet' : content.name,
    assertions: content.assertions.filter((assertion) => evalAssertionSchema.safeParse(assertion).success),
  };
}

/** Back from what is kept. What still looks personal in confirmed texts was kept by somebody. */
export function draftOf(content: EvalContent): Draft {
  const { inputs, badOutput, redaction } = content;
  const found = redact([...inputs.map(({ text }) => text), badOutput], { names: [], keep: [] });
  return {
    inputs,
    badOutput,
    names: '',
    keep: redaction.isConfirmed ? found.flatMap(({ spans }) => spans.map(({ original }) => original)) : [],
    isConfirmed: redaction.isConfirmed,
    name: content.name,
    suiteId: content.suiteId,
    gold: content.gold ?? '',
    assertions: content.assertions,
    source: content.source,
    earlier: redaction.replaced,
  };
}

/** A conversation from production as the start of a case: nothing of it is confirmed. */
export function withSample(draft: Draft, sample: Sample): Draft {
  return {
    ...draft,
    inputs: [
      { name: draft.inputs[0]?.name ?? 'user_message', text: sample.input ?? '' },
      ...draft.inputs.slice(1),
    ],
    badOutput: sample.output ?? '',
    keep: [],
    isConfirmed: false,
    earlier: {},
    source: { traceId: sample.traceId, atMs: sample.atMs },
  };
}

/** Why it cannot be kept yet, as the next thing to do; null = it can. */
export function whatIsMissing(draft: Draft): string | null {
  if (draft.inputs.every(({ text }) => text.trim() === '') && draft.badOutput.trim() === '') {
    return 'Pick a bad output, or type one.';
  }
  if (!draft.isConfirmed) return 'Look at what is replaced and confirm it.';
  if (draft.name.trim() === '') return 'Give the case a name.';
  const parsed = evalContentSchema.safeParse(contentOf(draft));
  const [issue] = parsed.error?.issues ?? [];
  return issue ? `${issue.path.join(' ')}: ${issue.message}` : null;
}

/** Kept in the browser while it is not in the record: redacted, as everything that is kept. */
export function storedText(draft: Draft): string {
  return textOf(contentOf(draft));
}

/** The same text for the same content, whatever order its keys came in. */
export function textOf(content: EvalContent): string {
  return JSON.stringify(content, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

/** Null when it is none. */
export function fromStoredText(text: string): Draft | null {
  if (text === '') return null;
  try {
    const content = JSON.parse(text) as EvalContent;
    const isWhole = Array.isArray(content.inputs) && Array.isArray(content.assertions);
    return isWhole ? draftOf(content) : null;
  } catch {
    return null;
  }
}

export const ASSERTION_WORDS: Record<EvalAssertionKind, string> = {
  contains: 'contains',
  'not-contains': 'does not contain',
  'first-sentence-contains': 'first sentence contains',
  equals: 'is exactly',
  regex: 'matches the expression',
  'not-regex': 'does not match the expression',
  'is-json': 'is JSON',
  'at-most-characters': 'is at most this long',
  'like-gold': 'says the same as the desired output',
  rubric: 'meets a rubric, judged by a model',
};

export function newAssertion(kind: EvalAssertionKind): EvalAssertion {
  switch (kind) {
    case 'contains':
    case 'not-contains':
      return { kind, value: '', ignoreCase: false };
    case 'equals':
    case 'first-sentence-contains':
      return { kind, value: '' };
    case 'regex':
    case 'not-regex':
      return { kind, pattern: '' };
    case 'is-json':
      return { kind };
    case 'at-most-characters':
      return { kind, characters: 1000 };
    case 'like-gold':
      return { kind, threshold01: 0.8 };
    case 'rubric':
      return { kind, criteria: '', threshold01: 0.7 };
  }
}

function sum(a: RedactionRecord['replaced'], b: RedactionRecord['replaced']): RedactionRecord['replaced'] {
  const both: Partial<Record<PersonalKind, number>> = { ...a };
  for (const [kind, count] of Object.entries(b) as [PersonalKind, number][]) {
    both[kind] = (both[kind] ?? 0) + count;
  }
  return both;
}
