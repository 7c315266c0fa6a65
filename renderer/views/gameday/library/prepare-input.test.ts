import { describe, expect, it } from 'vitest';
import { readNames, readSeed } from './prepare-input.ts';

describe('what is typed before a drill', () => {
  it('takes a whole seed, or none', () => {
    expect(readSeed(' 42 ')).toEqual({ ok: true, value: 42 });
    expect(readSeed('')).toEqual({ ok: true, value: undefined });
    for (const bad of ['-1', '1.5', 'x', '2147483648', '1e3']) expect(readSeed(bad).ok).toBe(false);
  });

  it('takes names by line, comma or semicolon, each once', () => {
    expect(readNames('ana, ben\nben;cleo\n')).toEqual({ ok: true, value: ['ana', 'ben', 'cleo'] });
    expect(readNames(' \n')).toEqual({ ok: true, value: [] });
    expect(readNames('x'.repeat(81)).ok).toBe(false);
    expect(readNames(Array.from({ length: 21 }, (_, at) => `p${at}`).join()).ok).toBe(false);
  });
});
