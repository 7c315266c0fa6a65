import { describe, expect, it } from 'vitest';
import { parseThemeChoice, resolveTheme } from './theme-choice.ts';

const plain = { prefersLight: false, prefersContrast: false };

describe('resolveTheme', () => {
  it('is dark until someone chooses, even where the system is light', () => {
    expect(resolveTheme(null, { prefersLight: true, prefersContrast: false })).toBe('dark');
  });

  it('gives more contrast where the system asks for it and nobody chose otherwise', () => {
    const wishes = { prefersLight: true, prefersContrast: true };
    expect(resolveTheme(null, wishes)).toBe('contrast');
    expect(resolveTheme('system', wishes)).toBe('contrast');
    expect(resolveTheme('light', wishes)).toBe('light');
  });

  it('follows the system when asked to', () => {
    expect(resolveTheme('system', { ...plain, prefersLight: true })).toBe('light');
    expect(resolveTheme('system', plain)).toBe('dark');
  });

  it('ignores a stored value that is no choice', () => {
    expect(parseThemeChoice('solarized')).toBeNull();
    expect(parseThemeChoice('contrast')).toBe('contrast');
  });
});
