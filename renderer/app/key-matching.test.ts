import { describe, expect, it } from 'vitest';
import { keyWords, matchKey, type KeyPress } from './key-matching.ts';

const action = (id: string, keys: string) => ({ id, title: id, keys, run: () => undefined });
const actions = [
  action('roll-back', 'r'),
  action('board', 'g b'),
  action('palette', 'mod+k'),
  action('help', '?'),
];
const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrl: false,
  meta: false,
  alt: false,
  isTyping: false,
  ...more,
});
const idOf = (match: ReturnType<typeof matchKey>) => (match.kind === 'run' ? match.action.id : match.kind);

describe('matchKey', () => {
  it('finds single keys, sequences and chords', () => {
    expect(idOf(matchKey(press('r'), '', actions, true))).toBe('roll-back');
    expect(matchKey(press('g'), '', actions, true)).toEqual({ kind: 'pending', typed: 'g' });
    expect(idOf(matchKey(press('b'), 'g', actions, true))).toBe('board');
    expect(idOf(matchKey(press('k', { ctrl: true }), '', actions, true))).toBe('palette');
    expect(idOf(matchKey(press('k', { meta: true }), '', actions, true))).toBe('palette');
  });

  it('does nothing while text is typed, except for chords', () => {
    expect(idOf(matchKey(press('r', { isTyping: true }), '', actions, true))).toBe('none');
    expect(idOf(matchKey(press('k', { ctrl: true, isTyping: true }), '', actions, true))).toBe('palette');
  });

  it('keeps to chords where single keys are switched off', () => {
    expect(idOf(matchKey(press('r'), '', actions, false))).toBe('none');
    expect(idOf(matchKey(press('?'), '', actions, false))).toBe('none');
    expect(idOf(matchKey(press('k', { ctrl: true }), '', actions, false))).toBe('palette');
  });

  it('takes a key that ends no sequence for itself', () => {
    expect(idOf(matchKey(press('r'), 'g', actions, true))).toBe('roll-back');
    expect(idOf(matchKey(press('q'), 'g', actions, true))).toBe('none');
  });

  it('leaves other modifiers to the browser', () => {
    expect(idOf(matchKey(press('r', { ctrl: true }), '', actions, true))).toBe('none');
    expect(idOf(matchKey(press('r', { alt: true }), '', actions, true))).toBe('none');
  });
});

it('keyWords writes keys as a person reads them', () => {
  expect(keyWords('g b', false)).toBe('G B');
  expect(keyWords('mod+k', false)).toBe('Ctrl K');
  expect(keyWords('mod+k', true)).toBe('⌘ K');
});
