import { describe, expect, it } from 'vitest';
import type { SourceHealth } from '#shared/model/source.ts';
import { sourceStateNow, sourceWords } from './health-words.ts';

const source: SourceHealth = {
  id: 'prom',
  title: 'Prometheus',
  connector: 'prometheus',
  kinds: ['metrics'],
  state: 'fresh',
  refreshIntervalMs: 10_000,
  lastAttemptMs: 100_000,
  lastOkMs: 100_000,
  dataUpToMs: null,
  latencyMs: 12,
  lastError: null,
  nextAttemptMs: null,
  baseUrl: null,
  leastPrivilegeHint: null,
  counters: {},
};

describe('source health', () => {
  it('turns stale by itself when nothing is heard', () => {
    expect(sourceStateNow(source, 119_000)).toBe('fresh');
    expect(sourceStateNow(source, 121_000)).toBe('stale');
    expect(sourceWords(source, 121_000)).toBe('stale, 21 s');
  });

  it('says down with the age of the last answer, and never with an age it does not have', () => {
    expect(sourceWords({ ...source, state: 'failing' }, 160_000)).toBe('down, last 1 min ago');
    expect(sourceWords({ ...source, state: 'failing', lastOkMs: null }, 160_000)).toBe(
      'down, never answered',
    );
    expect(sourceWords({ ...source, state: 'never', lastOkMs: null }, 160_000)).toBe('no answer yet');
  });
});

it('does not call a source stale for the time its message travels while the clock runs at 10x', () => {
  expect(sourceStateNow(source, 140_000, 10)).toBe('fresh');
  expect(sourceStateNow(source, 148_000, 10)).toBe('stale');
});
