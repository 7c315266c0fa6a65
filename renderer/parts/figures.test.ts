import { expect, it } from 'vitest';
import { countFigure, shareFigure, sigmaFigure, signalFigure } from './figures.ts';

it('shareFigure says 0 % and 100 % only when it is', () => {
  expect([0, 0.0004, 0.002, 0.05, 0.42, 0.998, 0.9999, 1].map(shareFigure)).toEqual([
    '0 %',
    '< 0.1 %',
    '0.2 %',
    '5.0 %',
    '42 %',
    '99.8 %',
    '> 99.9 %',
    '100 %',
  ]);
});

it('no value is a dash, never a zero', () => {
  expect(signalFigure('complaints', null)).toBe('–');
  expect(signalFigure('complaints', 0)).toBe('0.0');
  expect(signalFigure('safety', 0.05)).toBe('0.05 %');
  expect(sigmaFigure(null)).toBe('');
});

it('countFigure', () => {
  expect([940, 18_210, 228_000, 1_300_000].map(countFigure)).toEqual(['940', '18.2 k', '228 k', '1.3 M']);
});
