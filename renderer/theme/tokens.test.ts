import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

/** Custom properties of one theme's block. */
function tokensOf(theme: string): Map<string, string> {
  const start = css.indexOf(`:root[data-fb-theme='${theme}'] {`);
  const body = css.slice(start, css.indexOf('}', start));
  return new Map([...body.matchAll(/(--fb-[\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1]!, m[2]!]));
}

/** Relative luminance of WCAG 2.2, from #rrggbb. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

const SURFACES = ['bg', 'panel', 'raised', 'hover', 'inset'];
const TEXTS = [
  'text',
  'text-dim',
  'text-faint',
  'control',
  'candidate',
  'danger',
  'ok',
  'warn',
  'unknown',
  'accent',
];
const STATES = ['control', 'candidate', 'danger', 'ok', 'warn', 'unknown', 'accent', 'added', 'removed'];
const LINES = ['control', 'candidate', 'danger', 'ok', 'warn', 'unknown', 'accent'].map(
  (name) => `${name}-line`,
);

describe.each(['dark', 'light', 'contrast'])('theme %s', (theme) => {
  const tokens = tokensOf(theme);
  const value = (name: string) => {
    const found = tokens.get(`--fb-${name}`);
    if (found === undefined) throw new Error(`--fb-${name} is missing in ${theme}`);
    return found;
  };

  it.each(TEXTS)('%s reads on every surface', (text) => {
    for (const surface of SURFACES) {
      expect(contrast(value(text), value(surface)), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(STATES)('%s and plain text read on its own fill', (state) => {
    for (const text of [state, 'text', 'text-dim']) {
      expect(
        contrast(value(text), value(`${state}-fill`)),
        `${text} on ${state}-fill`,
      ).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each([...LINES, 'border-strong', 'focus'])('%s is a visible line', (line) => {
    for (const surface of ['bg', 'panel', 'inset']) {
      expect(contrast(value(line), value(surface)), `${line} on ${surface}`).toBeGreaterThanOrEqual(3);
    }
  });

  it.each(['accent', 'danger'])('the words on a solid %s button read', (solid) => {
    expect(contrast(value(`on-${solid}-solid`), value(`${solid}-solid`))).toBeGreaterThanOrEqual(4.5);
  });
});
