import { describe, expect, it } from 'vitest';
import { capText, visiblePieces } from './visible-text.ts';

describe('visiblePieces', () => {
  it('leaves ordinary text of any script alone', () => {
    const text = 'Grüße, 世界!\n\tmarhaban مرحبا';
    expect(visiblePieces(text)).toEqual([{ kind: 'plain', text }]);
  });

  it.each([
    ['\u202e', 'U+202E'],
    ['\u200b', 'U+200B'],
    ['\u2066', 'U+2066'],
    ['\ufeff', 'U+FEFF'],
    ['\u{e0041}', 'U+E0041'],
    ['\u001b', 'U+001B'],
    ['\u0000', 'U+0000'],
  ])('makes %j visible', (character, code) => {
    const pieces = visiblePieces(`a${character}b`);
    expect(pieces).toMatchObject([{ text: 'a' }, { kind: 'hidden', code }, { text: 'b' }]);
  });
});

describe('capText', () => {
  it('counts characters and never cuts one in half', () => {
    expect(capText('😀😀😀', 2)).toEqual({ shown: '😀😀', hiddenCount: 1 });
    expect(capText('abc', 3)).toEqual({ shown: 'abc', hiddenCount: 0 });
  });
});
