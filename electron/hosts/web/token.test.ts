import { describe, expect, it } from 'vitest';
import { createToken, isToken } from './token.ts';

describe('the token', () => {
  it('is long, fresh each time, and matches itself alone', () => {
    const token = createToken();
    expect(token.length).toBeGreaterThanOrEqual(43);
    expect(createToken()).not.toBe(token);
    expect(isToken(token, token)).toBe(true);
    for (const wrong of [undefined, '', 'x', token.slice(1), `${token} `, token.toUpperCase()])
      expect(isToken(wrong, token)).toBe(false);
  });

  it('that is empty opens nothing', () => {
    expect(isToken('', '')).toBe(false);
    expect(isToken('x', '')).toBe(false);
  });
});
