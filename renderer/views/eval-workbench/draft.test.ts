import { describe, expect, it } from 'vitest';
import { evalContentSchema } from '#shared/model/eval-case.ts';
import type { Sample } from '#shared/model/evidence.ts';
import {
  contentOf,
  draftOf,
  EMPTY_DRAFT,
  fromStoredText,
  newAssertion,
  storedText,
  whatIsMissing,
  withSample,
  ASSERTION_WORDS,
} from './draft.ts';

const sample = {
  traceId: 't1',
  atMs: 5,
  input: 'Where is ORD-10442? (Mina)',
  output: 'Hey Mina! Already answered.',
} as Sample;
const picked = withSample(EMPTY_DRAFT, sample);
const whole = { ...picked, isConfirmed: true, name: 'greets', keep: ['ORD-10442'] };

describe('a case while it is written', () => {
  it('leaves the page redacted, in the browser too', () => {
    const content = contentOf(picked);
    expect(content.inputs[0]?.text).toBe('Where is ORD-00001? (Alex)');
    expect(content.badOutput).toBe('Hey Alex! Already answered.');
    expect(content.source).toEqual({ traceId: 't1', atMs: 5 });
    expect(storedText(picked)).not.toContain('Mina');
  });

  it('is asked to be confirmed anew for every conversation picked', () => {
    expect(withSample(whole, sample)).toMatchObject({ isConfirmed: false, keep: [] });
  });

  it('comes back as it was kept, with what was replaced and what a person kept', () => {
    const content = contentOf(whole);
    expect(content.redaction).toEqual({ replaced: { name: 2 }, kept: { number: 1 }, isConfirmed: true });
    const back = draftOf(content);
    expect(contentOf(back)).toEqual(content);
    expect(contentOf(fromStoredText(storedText(whole)) ?? EMPTY_DRAFT)).toEqual(content);
  });

  it('reads no draft from anything else', () => {
    expect(fromStoredText('')).toBeNull();
    expect(fromStoredText('{oops')).toBeNull();
    expect(fromStoredText('{"a":1}')).toBeNull();
  });

  it('says what is missing, one thing at a time', () => {
    expect(whatIsMissing(EMPTY_DRAFT)).toContain('Pick');
    expect(whatIsMissing(picked)).toContain('confirm');
    expect(whatIsMissing({ ...picked, isConfirmed: true })).toContain('name');
    expect(whatIsMissing(whole)).toBeNull();
    expect(whatIsMissing({ ...whole, assertions: [newAssertion('contains')] })).toContain('assertions');
  });

  it.each(Object.keys(ASSERTION_WORDS))('a new check "%s" is one of the closed list', (kind) => {
    const made = newAssertion(kind as keyof typeof ASSERTION_WORDS);
    const filled = {
      ...made,
      ...('value' in made ? { value: 'x' } : {}),
      ...('pattern' in made ? { pattern: 'x' } : {}),
      ...('criteria' in made ? { criteria: 'x' } : {}),
    };
    expect(evalContentSchema.safeParse(contentOf({ ...whole, assertions: [filled] })).success).toBe(true);
  });
});
