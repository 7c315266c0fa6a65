import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { CaseFacts } from '#shared/domain/evals/content.ts';
import type { EvalAssertion, EvalFormat } from '#shared/model/eval-case.ts';
import { caseFiles, caseLine, isCaseIn } from './suite-files.ts';

const PATHS: Record<EvalFormat, string> = {
  promptfoo: 'evals/cases/incidents.yaml',
  deepeval: 'evals/incidents.json',
  'openai-evals': 'registry/data/support/samples.jsonl',
  inspect: 'evals/incidents.jsonl',
};
const FORMATS = Object.keys(PATHS) as EvalFormat[];

const facts = (text: string, options: { id?: string; assertions?: EvalAssertion[] } = {}): CaseFacts => ({
  id: options.id ?? 'inc-20260509-1-1',
  incidentId: 'INC-20260509-1',
  promptId: 'support',
  badVersion: 'v18',
  content: {
    name: 'greets by name',
    suiteId: 'support',
    inputs: [
      { name: 'user_message', text },
      { name: 'plan', text: 'gold' },
    ],
    badOutput: text,
    gold: 'Dear Alex, I looked at it.',
    assertions: options.assertions ?? [{ kind: 'rubric', criteria: 'Greets by name', threshold01: 0.7 }],
    redaction: { replaced: {}, kept: {}, isConfirmed: true },
    source: null,
  },
});

/** A checkout in memory: what is written is read the next time. */
function checkout() {
  const files = new Map<string, string>();
  return {
    files,
    async write(which: CaseFacts, format: EvalFormat, target?: string) {
      const suite = { path: PATHS[format], ...(target === undefined ? {} : { target }) };
      const preview = await caseFiles(which, suite, format, async (path) => files.get(path) ?? null);
      for (const { path, after } of preview.files) files.set(path, after);
      return preview;
    },
  };
}

describe.each(FORMATS)('%s', (format) => {
  it('writes the same bytes every time, and nothing new when it is written again', async () => {
    const [first, second] = [checkout(), checkout()];
    await first.write(facts('Where is it?'), format);
    await second.write(facts('Where is it?'), format);
    expect([...first.files]).toEqual([...second.files]);
    const again = await first.write(facts('Where is it?'), format);
    expect(again.files.every(({ before, after }) => before === after)).toBe(true);
    for (const text of first.files.values()) {
      expect(text.endsWith('\n')).toBe(true);
      expect(text).not.toContain('\r');
    }
    expect([...first.files]).toMatchSnapshot();
  });

  it('keeps earlier cases where they are; the same id takes the place of its own', async () => {
    const { files, write } = checkout();
    await write(facts('one', { id: 'inc-1' }), format);
    await write(facts('two', { id: 'inc-2' }), format);
    await write(facts('one, in other words', { id: 'inc-1' }), format);
    const text = files.get(PATHS[format]) ?? '';
    expect(text.indexOf('inc-1')).toBeLessThan(text.indexOf('inc-2'));
    expect(text).toContain('one, in other words');
    expect(isCaseIn(text, format, 'inc-2')).toBe(true);
    expect(isCaseIn(text, format, 'inc-3')).toBe(false);
    expect(caseLine(text, format, 'inc-2')).toBe(format === 'openai-evals' ? 1 : 0);
  });

  it('gives any text of production back to the reader of its format', async () => {
    const read = (text: string): unknown =>
      format === 'promptfoo'
        ? parse(text)
        : format === 'deepeval'
          ? JSON.parse(text)
          : text
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line) as unknown);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const { files, write } = checkout();
        await write(facts(text), format);
        const [entry] = read(files.get(PATHS[format]) ?? '') as [Record<string, unknown>];
        const shown = {
          promptfoo: () => (entry['vars'] as Record<string, unknown>)['user_message'],
          deepeval: () => entry['input'],
          'openai-evals': () => (entry['input'] as { content: string }[])[0]?.content,
          inspect: () => entry['input'],
        }[format]();
        // Openings of templates are escaped for Promptfoo alone (held in promptfoo.test.ts).
        if (format === 'promptfoo' && /\{[{%#]/.test(text)) return;
        expect(shown).toBe(format === 'promptfoo' || format === 'deepeval' ? text : `plan: gold\n${text}`);
      }),
    );
  });
});

/** The part of Promptfoo's published config-schema.json that a test list meets: nothing else is allowed beside it. */
const publishedAssertion = z.strictObject({
  type: z
    .string()
    .transform((type) => type.replace(/^not-/, ''))
    .pipe(
      z.enum(['contains', 'icontains', 'equals', 'regex', 'is-json', 'javascript', 'similar', 'llm-rubric']),
    ),
  value: z.unknown().optional(),
  threshold: z.number().optional(),
});
const publishedTest = z.strictObject({
  description: z.string(),
  vars: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.unknown()),
  assert: z.array(publishedAssertion),
});

it('writes for Promptfoo what its published schema allows, for every check', async () => {
  const assertions: EvalAssertion[] = [
    { kind: 'contains', value: 'a', ignoreCase: true },
    { kind: 'not-contains', value: 'a', ignoreCase: false },
    { kind: 'equals', value: '2026-05-09' },
    { kind: 'regex', pattern: '^a{2,}$' },
    { kind: 'not-regex', pattern: 'x' },
    { kind: 'is-json' },
    { kind: 'at-most-characters', characters: 10 },
    { kind: 'like-gold', threshold01: 0.8 },
  ];
  const { files, write } = checkout();
  await write(facts('yes', { id: 'inc-1', assertions }), 'promptfoo');
  const more: EvalAssertion[] = [
    { kind: 'first-sentence-contains', value: 'a' },
    { kind: 'rubric', criteria: 'a', threshold01: 0.5 },
  ];
  await write(facts('no', { id: 'inc-2', assertions: more }), 'promptfoo');
  const tests = z.array(publishedTest).parse(parse(files.get(PATHS.promptfoo) ?? ''));
  expect(tests.map((test) => test.assert.length)).toEqual([8, 2]);
});

it('refuses what a format cannot say, and what would become code', async () => {
  const { write } = checkout();
  const json: EvalAssertion[] = [{ kind: 'is-json' }];
  expect((await write(facts('x', { assertions: json }), 'openai-evals')).problems[0]).toContain(
    'no class for "is-json"',
  );
  const code = await write(facts('x'), 'deepeval', 'app:run); import os #');
  expect(code.problems[0]).toContain('names no function');
  expect(code.files).toEqual([]);
  expect((await write(facts('x'), 'inspect', 'a"b')).problems[0]).toContain('is no path');
  const reference: EvalAssertion[] = [{ kind: 'contains', value: 'file:///etc/passwd', ignoreCase: false }];
  expect((await write(facts('x', { assertions: reference }), 'promptfoo')).problems[0]).toContain('file://');
});

it('does not mix two ways of judging in one OpenAI eval', async () => {
  const { write } = checkout();
  await write(facts('x', { id: 'inc-1' }), 'openai-evals');
  const contains: EvalAssertion[] = [{ kind: 'contains', value: 'Dear', ignoreCase: false }];
  const mixed = await write(facts('y', { id: 'inc-2', assertions: contains }), 'openai-evals');
  expect(mixed.problems.join()).toContain('judged in another way');
});

it('leaves code that the team has changed alone', async () => {
  const { files, write } = checkout();
  await write(facts('x'), 'inspect');
  files.set('evals/incidents_task.py', '# ours\n');
  const preview = await write(facts('y'), 'inspect');
  expect(preview.files.map(({ path }) => path)).toEqual(['evals/incidents.jsonl']);
});
