import { describe, expect, it } from 'vitest';
import type { Verification } from '#shared/model/incident.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import { withChangedLever } from '#shared/domain/verification/changed-lever.ts';
import { changedSince } from './changed-since.ts';

const lamp = (atMs: number | null) => ({ state: 'yes' as const, atMs, afterMs: null, detail: '' });
const flip = {
  operationId: 'op-1',
  undoes: null,
  pressedAtMs: 1_000,
  settledAtMs: null,
  state: 'seen-in-traffic',
  source: 'unleash',
  key: 'flag',
  toVersion: 'v17',
  operation: { kind: 'serve-control', version: 'v17' },
  lamps: { accepted: lamp(null), readBack: lamp(2_000), inTraffic: lamp(null) },
} as Rollback;
const lever = (readAtMs: number, good01: number): LeverState =>
  ({
    source: 'unleash',
    key: 'flag',
    lastChangedBy: 'bob',
    readAtMs,
    intended: [
      { version: 'v17', share01: good01 },
      { version: 'v18', share01: 1 - good01 },
    ],
  }) as LeverState;

describe('changedSince', () => {
  it('sees that somebody put the bad version back after the read-back', () => {
    expect(changedSince(flip, lever(9_000, 0.5))?.readAtMs).toBe(9_000);
  });
  it('leaves a flip alone that stands, or that was read before', () => {
    expect(changedSince(flip, lever(9_000, 1))).toBeNull();
    expect(changedSince(flip, lever(1_500, 0.5))).toBeNull();
  });
  it('says nothing about another lever, an undo, or a flip that is not in effect', () => {
    expect(changedSince(flip, { ...lever(9_000, 0.5), key: 'other' })).toBeNull();
    expect(changedSince({ ...flip, undoes: 'op-0' }, lever(9_000, 0.5))).toBeNull();
    expect(changedSince({ ...flip, state: 'unknown' }, lever(9_000, 0.5))).toBeNull();
    expect(changedSince(flip, { ...lever(9_000, 0.5), intended: [] })).toBeNull();
  });
});

describe('withChangedLever', () => {
  it('names who changed the flag, blames no worker and takes a passed distribution back', () => {
    const check = (id: 'distribution' | 'complaints') => ({
      id,
      title: id,
      targetMs: 1,
      state: 'passed' as const,
      detail: '',
      advice: null,
      progress01: 1,
      passedAtMs: 5,
    });
    const before = {
      checks: [check('distribution'), check('complaints')],
      verdict: 'not-propagated',
      sentence: '2 workers still serve v18',
      staleWorkers: ['worker-1', 'worker-2'],
      wave2: { suspected: true, sentence: 'x' },
    } as unknown as Verification;
    const after = withChangedLever(before, lever(9_000, 0.5), 'v17');
    expect(after).toMatchObject({ verdict: 'not-propagated', staleWorkers: [], wave2: { suspected: false } });
    expect(after.sentence).toContain('changed again by bob');
    expect(after.checks.map(({ state, passedAtMs }) => [state, passedAtMs])).toEqual([
      ['failed', null],
      ['passed', 5],
    ]);
  });
});
