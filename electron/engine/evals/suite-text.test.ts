import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  ensureYamlKeys,
  hasEntry,
  lineOf,
  spliceJsonLines,
  spliceJsonList,
  spliceYamlList,
} from './suite-text.ts';

const isCase = (id: string) => (entry: unknown) => (entry as { id?: unknown } | null)?.id === id;
const textOf = (spliced: ReturnType<typeof spliceYamlList>): string => {
  if (!spliced.ok) throw new Error(spliced.problem);
  return spliced.text;
};
const KINDS = [
  { name: 'YAML', splice: spliceYamlList, read: (text: string) => parse(text) as unknown[] },
  { name: 'JSON', splice: spliceJsonList, read: (text: string) => JSON.parse(text) as unknown[] },
  {
    name: 'JSON Lines',
    splice: spliceJsonLines,
    read: (text: string) =>
      text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as unknown),
  },
] as const;

const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '- x',
    '# y',
    'a: b',
    '"',
    '\n\n',
    '2026-05-09',
    'yes',
    'null',
    '~',
    '\u2028',
    '\u007f',
    '\ud800',
    '---',
    '...',
  ),
);

describe.each(KINDS)('a suite in $name', ({ splice, read }) => {
  it('gives back exactly what was written, whatever the text, and the same bytes every time', () => {
    fc.assert(
      fc.property(fc.uniqueArray(hostile, { minLength: 1, maxLength: 5 }), (texts) => {
        let file: string | null = null;
        const entries = texts.map((text, index) => ({
          id: `c${index}`,
          vars: { text },
          list: [{ value: text }],
        }));
        for (const entry of entries) file = textOf(splice(file, entry, isCase(entry.id)));
        expect(read(file ?? '')).toEqual(entries);
        expect(file?.endsWith('\n')).toBe(true);
        // Written again: nothing changes.
        for (const entry of entries) expect(textOf(splice(file, entry, isCase(entry.id)))).toBe(file);
        // Replaced: in its place, the others untouched.
        const other = { id: 'c0', vars: { text: 'new' }, list: [] };
        expect(read(textOf(splice(file, other, isCase('c0'))))).toEqual([other, ...entries.slice(1)]);
      }),
    );
  });
});

describe('what others wrote into the file', () => {
  const THEIRS = `# Our suite. Ask Pia before you change it.
- description: 'first'   # keep me
  vars: {a: 1, b: 0x10}
  assert:
    - type: contains
      value: >-
        folded
        text

# about the second
- id: mine
  vars:
    text: old
# about the third
- {id: third, vars: {text: 1.0}}
`;

  it('stays byte for byte when a case is added', () => {
    const after = textOf(spliceYamlList(THEIRS, { id: 'new' }, isCase('new')));
    expect(after).toBe(`${THEIRS}- id: "new"\n`);
  });

  it('stays byte for byte around the case that is replaced, comments too', () => {
    const after = textOf(spliceYamlList(THEIRS, { id: 'mine', vars: { text: 'a\nb' } }, isCase('mine')));
    expect(after).toBe(
      THEIRS.replace('- id: mine\n  vars:\n    text: old\n', '- id: "mine"\n  vars:\n    text: "a\\nb"\n'),
    );
  });

  it('keeps the indentation and the line ends of the list', () => {
    const crlf = '  - id: a\r\n  - id: b\r\n';
    const after = textOf(spliceYamlList(crlf, { id: 'c', x: { y: 1 } }, isCase('c')));
    expect(after).toBe(`${crlf}  - id: "c"\r\n    x:\r\n      y: 1\r\n`);
  });

  it('keeps numbers of a JSON list as they are written', () => {
    const theirs = '[ {"id": "a", "n": 1.0, "big": 12345678901234567890}\n]\n';
    const after = textOf(spliceJsonList(theirs, { id: 'b' }, isCase('b')));
    expect(after).toContain('{"id": "a", "n": 1.0, "big": 12345678901234567890}');
    expect(JSON.parse(after)).toHaveLength(2);
  });

  it.each([
    ['a map', 'tests: []\n', 'no list of cases'],
    ['broken YAML', '- a: [\n', 'cannot be read'],
    ['two documents', '- a\n---\n- b\n', 'not exactly one'],
  ])('is refused when it is %s', (_what, before, says) => {
    const spliced = spliceYamlList(before, { id: 'x' }, isCase('x'));
    expect(spliced).toMatchObject({ ok: false });
    expect(!spliced.ok && spliced.problem).toContain(says);
  });

  it('is refused when a line is no JSON', () => {
    expect(spliceJsonLines('{"id":1}\n{oops\n', { id: 'x' }, isCase('x'))).toMatchObject({
      ok: false,
      problem: 'line 2 is no JSON',
    });
  });

  it('gets only the keys it lacks', () => {
    const theirs = 'a: {x: 1} # ours\n';
    expect(textOf(ensureYamlKeys(theirs, { a: { x: 2 }, b: 3 }))).toBe('a: {x: 1} # ours\nb: 3\n');
    expect(textOf(ensureYamlKeys(theirs, { a: 5 }))).toBe(theirs);
  });
});

it('finds the place of a case', () => {
  expect(lineOf('{"id":"a"}\n\n{"id":"b"}\n', isCase('b'))).toBe(1);
  expect(hasEntry('- id: a\n- id: b\n', isCase('b'))).toBe(true);
  expect(hasEntry('{"id":"a"}\n{"id":"b"}\n', isCase('c'))).toBe(false);
});
