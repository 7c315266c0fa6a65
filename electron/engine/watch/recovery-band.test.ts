import { describe, expect, it } from 'vitest';
import { rollbackSchema } from '#shared/model/rollback.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import { flipOf } from './recovery-band.ts';

const lamp = (atMs: number | null) => ({ state: 'yes' as const, atMs, afterMs: null, detail: '' });

function rollback(
  operationId: string,
  state: Rollback['state'],
  atMs: number,
  undoes: string | null = null,
): Rollback {
  return rollbackSchema.parse({
    operationId,
    incidentId: 'INC-1',
    promptId: 'support',
    lever: 'flag',
    source: 'flag-board',
    key: 'k',
    environment: 'production',
    operation:
      undoes === null ? { kind: 'serve-control', version: 'v17' } : { kind: 'restore', snapshotId: 's' },
    fromVersion: 'v18',
    toVersion: undoes === null ? 'v17' : 'v18',
    reason: null,
    actor: 'ana',
    state,
    stateDetail: '',
    pressedAtMs: atMs - 1_000,
    settledAtMs: atMs,
    revisionShown: null,
    before: null,
    after: null,
    snapshotId: null,
    lamps: { accepted: lamp(atMs - 500), readBack: lamp(atMs), inTraffic: lamp(null) },
    notices: [],
    history: [],
    undoes,
  });
}

describe('the flip', () => {
  it('is when control was read back in effect', () => {
    expect(flipOf([rollback('op-1', 'seen-in-traffic', 60_000)])).toBe(60_000);
    expect(flipOf([rollback('op-1', 'in-effect', 60_000), rollback('op-2', 'in-effect', 90_000)])).toBe(
      90_000,
    );
  });

  it('is not there while the outcome is open, after a refusal, and after an undo', () => {
    expect(flipOf([])).toBeNull();
    expect(flipOf([rollback('op-1', 'unknown', 60_000), rollback('op-2', 'refused', 70_000)])).toBeNull();
    expect(
      flipOf([rollback('op-1', 'in-effect', 60_000), rollback('op-2', 'in-effect', 90_000, 'op-1')]),
    ).toBeNull();
  });
});
