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

  it('overlooks the few that stand on the wrong side', () => {
    const late = ['Hi. Number?', ...Array.from({ length: 9 }, () => 'It left today.')];
    const rated = ['It left today.', ...Array.from({ length: 9 }, () => 'Hi. Number?'), 'Hey! Read it.'];
    expect(tellingCheck(rated, late)).toEqual({ kind: 'not-regex', pattern: String.raw`^(?:Hey|Hi)\b` });
  });

  it('is of another kind once one was refused', () => {
    const good = ['I have sent it.', 'You are right. I have started the refund.'];
    const refused = [{ kind: 'not-regex', pattern: 'x' }] as const;
    expect(tellingCheck(['Sure!'], good)?.kind).toBe('not-regex');
    expect(tellingCheck(['Sure!'], good, refused)).toEqual({
      kind: 'contains',
      value: 'have',
      ignoreCase: false,
    });
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
