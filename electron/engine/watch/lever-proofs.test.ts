import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DrillReport } from '#shared/model/drill.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import { createFakeClock } from '../fake-clock.ts';
import { quietLog, temporaryFolder, workspaceDesk } from '../incidents/test-bench.ts';
import type { Records, RollbackRecord } from '../records/kind.ts';
import { openRecords } from '../records/open-records.ts';
import { createLeverProofs } from './lever-proofs.ts';

const lamp = { state: 'yes' as const, atMs: 1, afterMs: 48_000, detail: '' };
const flip = (operationId: string, pressedAtMs: number, over: Partial<Rollback> = {}) =>
  ({
    operationId,
    promptId: 'support',
    incidentId: null,
    lever: 'flag',
    actor: 'ana',
    undoes: null,
    pressedAtMs,
    settledAtMs: pressedAtMs + 5_000,
    state: 'seen-in-traffic',
    operation: { kind: 'serve-control', version: 'v17' },
    lamps: { accepted: lamp, readBack: lamp, inTraffic: lamp },
    ...over,
  }) as Rollback;
const stored = (rollback: Rollback) => ({
  kind: 'rollback' as const,
  value: { rollback, machine: {} } as RollbackRecord,
});
const drill = (
  drillId: string,
  startedAtMs: number,
  castPromptId: string | null,
  outcome: DrillReport['outcome'] = 'finished',
) => {
  const title = 'Monday morning';
  const who = { facilitator: 'fay', participants: ['ben'] };
  const report = { drillId, scenarioId: 's', title, ...who, castPromptId, outcome, startedAtMs };
  const value = { report: { ...report, endedAtMs: startedAtMs + 9 } as DrillReport, facts: [] };
  return { kind: 'drill' as const, value };
};

let dataDir = '';
let records: Records;
beforeEach(async () => {
  dataDir = temporaryFolder();
  records = await openRecords({ dataDir, clock: createFakeClock(), log: quietLog });
});
afterEach(async () => {
  await records.close();
  rmSync(dataDir, { recursive: true });
});
const book = (from: Pick<Records, 'rollbacks' | 'drills' | 'problem'> = records) =>
  createLeverProofs({ records: from, workspace: workspaceDesk(), log: quietLog });

describe('when a killswitch was last proven', () => {
  it('is not known before the record was read, and never where there is nothing', async () => {
    const proofs = book();
    expect(proofs.of('support')).toBeNull();
    await proofs.read();
    expect(proofs.of('support')).toEqual({ killswitch: null, practice: null });
  });

  it('is the newest real flip that was seen in traffic; a drill is a fact of its own', async () => {
    await records.write([
      stored(flip('first', 1_000)),
      stored(flip('proof', 2_000)),
      stored(flip('undo', 3_000, { undoes: 'proof', operation: { kind: 'restore', snapshotId: 's' } })),
      stored(flip('ramp', 4_000, { operation: { kind: 'set-share', version: 'v18', share01: 0 } })),
      stored(flip('not-seen', 5_000, { state: 'in-effect' })),
      stored(flip('other', 6_000, { promptId: 'other' })),
      drill('D1', 1_000, 'support'),
      drill('D2', 2_000, 'support', 'aborted'),
      drill('D3', 3_000, 'other'),
      drill('D4', 4_000, null),
    ]);
    const proofs = book();
    await proofs.read();
    expect(proofs.of('support')).toMatchObject({
      killswitch: { operationId: 'proof', by: 'ana', atMs: 2_000, tookMs: 48_000 },
      practice: { drillId: 'D1', by: ['ben'], atMs: 1_009 },
    });
  });

  it('hears of a flip at once, also before the record was read, and keeps the newest', async () => {
    const proofs = book();
    proofs.heard(flip('early', 9_000));
    await records.write([stored(flip('old', 1_000))]);
    await proofs.read();
    expect(proofs.of('support')?.killswitch?.operationId).toBe('early');
    proofs.heard(flip('now', 10_000));
    proofs.heard(flip('late news', 3_000));
    proofs.heard(flip('sent', 11_000, { state: 'sent' }));
    expect(proofs.of('support')?.killswitch?.operationId).toBe('now');
  });

  it('is not claimed to be never while the record cannot be read', async () => {
    const proofs = book({
      rollbacks: () => Promise.resolve([]),
      drills: () => Promise.resolve([]),
      problem: () => 'the disk is away',
    });
    await proofs.read();
    expect(proofs.of('support')).toBeNull();
  });
});
