import { describe, expect, it } from 'vitest';
import { holds } from '#shared/domain/evals/content.ts';
import { answersOf } from '#engine/fleet/texts.ts';
import { tellingCheck } from './telling-check.ts';

const said = (isBad: boolean) => answersOf(isBad).flatMap(({ said: texts }) => texts);

describe('a check that tells good answers from bad ones', () => {
  it('is how bad ones begin', () => {
    expect(tellingCheck(['Hi. Number?', 'Hey! Read it.'], ['It left today.', 'A refund is due.'])).toEqual({
      kind: 'not-regex',
      pattern: String.raw`^(?:Hey|Hi)\b`,
    });
  });

  it('is a word that every good answer has, where both begin alike', () => {
    const good = ['I am sorry, Mina: it left today.', 'I see, Luz. I am sorry.'];
    expect(tellingCheck(['I have no idea.', 'I am a model.'], good)).toEqual({
      kind: 'contains',
      value: 'sorry',
      ignoreCase: false,
    });
  });

  it('is the form, where that is what broke', () => {
    expect(tellingCheck(['Sure! {"net": 1}'], ['{"net":1}', '[2]'])).toEqual({ kind: 'is-json' });
  });

  it('is none where both say the same, or nothing was seen', () => {
    expect(tellingCheck(['the same'], ['the same', 'another'])).toBeNull();
    expect(tellingCheck([], ['good'])).toBeNull();
    expect(tellingCheck(['bad'], [])).toBeNull();
  });

  it('exists for what the fleet says', () => {
    const check = tellingCheck(said(true), said(false));
    expect(check).not.toBeNull();
    if (check === null) return;
    expect(said(false).map((output) => holds(check, output))).not.toContain(false);
    expect(said(true).map((output) => holds(check, output))).not.toContain(true);
  });
});
