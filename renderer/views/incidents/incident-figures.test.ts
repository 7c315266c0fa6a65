import { describe, expect, it } from 'vitest';
import type { Incident } from '#shared/model/incident.ts';
import { mergeIncidents, stageWords, timeToDetectMs, timeToRollbackMs } from './incident-figures.ts';

const incident = (over: Partial<Incident>): Incident =>
  ({ id: 'INC-1', status: 'open', declaredAtMs: 1_000, shippedAtMs: null, steps: [], ...over }) as Incident;
const step = (id: string, state: string, doneAtMs: number | null) =>
  ({ id, state, doneAtMs, startedAtMs: 0, targetMs: 0, note: null }) as Incident['steps'][number];

describe('incident figures', () => {
  it('has no time to rollback where nothing was rolled back', () => {
    expect(timeToRollbackMs(incident({}))).toBeNull();
    expect(timeToRollbackMs(incident({ steps: [step('rollback', 'skipped', 9_000)] }))).toBeNull();
    expect(timeToRollbackMs(incident({ steps: [step('rollback', 'done', 9_000)] }))).toBe(8_000);
  });

  it('has no time to detect where it is not known when the version shipped', () => {
    expect(timeToDetectMs(incident({}))).toBeNull();
    expect(timeToDetectMs(incident({ shippedAtMs: 400 }))).toBe(600);
  });

  it('names the step under way', () => {
    expect(stageWords(incident({ steps: [step('decide', 'active', null)] }))).toBe('deciding');
    expect(stageWords(incident({ status: 'closed', steps: [step('eval', 'active', null)] }))).toBe('closed');
  });

  it('lets the feed win over what was pulled, open ones first', () => {
    const merged = mergeIncidents(
      [incident({ id: 'old', status: 'closed', declaredAtMs: 5_000 }), incident({ id: 'a', status: 'open' })],
      [
        incident({ id: 'a', status: 'closed', declaredAtMs: 1_000 }),
        incident({ id: 'b', declaredAtMs: 500 }),
      ],
    );
    expect(merged.map(({ id, status }) => `${id} ${status}`)).toEqual(['b open', 'old closed', 'a closed']);
  });
});
