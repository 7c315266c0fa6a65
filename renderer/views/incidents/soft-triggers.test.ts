import { describe, expect, it } from 'vitest';
import type { Alarm } from '#shared/model/detection.ts';
import { promptStatusSchema, type PromptStatus } from '#shared/model/prompt.ts';
import { softTriggersOf } from './soft-triggers.tsx';

const alarm = (change: Partial<Alarm>): Alarm => ({
  atMs: 1,
  class: 'watch',
  signal: 'complaints',
  cohort: 'all',
  basis: 'comparison',
  rule: 'one-at-watch',
  sigma: 2.2,
  evidence: 60,
  alsoSignal: null,
  effect: null,
  onset: null,
  sentence: '',
  resolvedAtMs: null,
  ...change,
});
const prompt = (id: string, alarms: Alarm[], openIncidentId: string | null = null): PromptStatus =>
  promptStatusSchema.parse({
    id,
    title: id,
    service: 's',
    owner: null,
    reviewers: [],
    environment: 'production',
    control: 'v17',
    candidate: 'v18',
    versions: [],
    serving: [],
    shareWindowMs: 1,
    conversationsPerHour: null,
    lastSeenMs: null,
    lever: null,
    leverError: null,
    signals: [],
    alarms,
    sparks: [],
    readiness: { ok: true, findings: [] },
    cohorts: [],
    openIncidentId,
    links: [],
  });

describe('soft triggers', () => {
  it('are the WATCH lines that stand, newest first, one per prompt and signal', () => {
    const found = softTriggersOf([
      prompt('a', [
        alarm({ atMs: 5 }),
        alarm({ atMs: 3, cohort: 'acme' }),
        alarm({ atMs: 4, signal: 'csat' }),
      ]),
      prompt('b', [alarm({ atMs: 9 })]),
    ]);
    expect(found.map(({ prompt: { id }, alarm: { atMs } }) => [id, atMs])).toEqual([
      ['b', 9],
      ['a', 5],
      ['a', 4],
    ]);
  });

  it('are none once resolved, about a split, a page, or where an incident is open', () => {
    expect(
      softTriggersOf([
        prompt('a', [alarm({ resolvedAtMs: 2 }), alarm({ signal: 'split' }), alarm({ class: 'page' })]),
        prompt('b', [alarm({})], 'INC-1'),
      ]),
    ).toEqual([]);
  });
});
