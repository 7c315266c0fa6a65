import { expect, it } from 'vitest';
import type { SourceHealth, SourceState } from '#shared/model/source.ts';
import { connectionsSentence } from './connections-sentence.ts';

const source = (state: SourceState, lastOkMs: number | null = 100_000) =>
  ({ state, lastOkMs, refreshIntervalMs: 10_000 }) as SourceHealth;

it('counts what answers and names what does not', () => {
  expect(connectionsSentence([source('fresh'), source('fresh')], 105_000)).toBe('2 of 2 answer.');
  expect(connectionsSentence([source('fresh'), source('failing'), source('never', null)], 105_000)).toBe(
    '1 of 3 answer, 1 down, 1 not heard from yet.',
  );
});

it('does not count a source that was switched off, and sees silence by itself', () => {
  expect(connectionsSentence([source('off'), source('fresh')], 105_000)).toBe('1 of 1 answer.');
  expect(connectionsSentence([source('fresh')], 130_000)).toBe('0 of 1 answer, 1 late.');
});
