import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PolicyAction } from '#shared/model/detection.ts';
import { createFakeClock } from '../fake-clock.ts';
import { quietLog, temporaryFolder } from '../incidents/test-bench.ts';
import { RecordConflictError } from './conflicts.ts';
import type { RecordEntry, Records } from './kind.ts';
import { openRecords, RECORD_FILE } from './open-records.ts';

let dataDir: string;
let records: Records;
beforeEach(async () => {
  dataDir = temporaryFolder();
  records = await openRecords({ dataDir, clock: createFakeClock(), log: quietLog });
});
afterEach(async () => {
  await records.close();
  rmSync(dataDir, { recursive: true });
});

const policyAction = (id: string, state: PolicyAction['state'], announcedAtMs: number): RecordEntry => ({
  kind: 'policy-action',
  value: {
    action: {
      id,
      promptId: 'support',
      kind: 'killswitch',
      state,
      because: 'x',
      announcedAtMs,
      actsAtMs: announcedAtMs + 60_000,
      vetoedBy: null,
      operationId: null,
      outcome: null,
    },
    candidate: 'v18',
    incidentId: null,
    vetoMs: 60_000,
    engineId: null,
    lastAlarmAtMs: announcedAtMs,
    revisionShown: null,
  },
});

describe('policy actions', () => {
  it('are those since a time, and whatever is not over', async () => {
    await records.write([policyAction('old', 'done', 10), policyAction('waits', 'announced', 20)]);
    await records.write([policyAction('new', 'vetoed', 2_000)]);
    const young = await records.policyActions({ sinceMs: 1_000 });
    expect(young.map(({ action }) => action.id)).toEqual(['waits', 'new']);
  });

  it('let a veto stand, whoever comes later, and take none of what is begun', async () => {
    const refused = (state: PolicyAction['state'], id: string) =>
      expect(records.write([policyAction(id, state, 2_000)])).rejects.toThrow(RecordConflictError);
    await records.write([policyAction('stopped', 'announced', 2_000)]);
    await records.write([policyAction('stopped', 'vetoed', 2_000)]);
    await refused('acting', 'stopped');
    await refused('done', 'stopped');
    await records.write([policyAction('begun', 'acting', 2_000)]);
    await refused('vetoed', 'begun');
    // After a restart.
    await records.write([policyAction('begun', 'announced', 2_000)]);
    const found = await records.policyActions({ sinceMs: 0 });
    expect(found.map(({ action }) => [action.id, action.state])).toEqual([
      ['begun', 'announced'],
      ['stopped', 'vetoed'],
    ]);
  });

  it('of before engines were told apart are nobody’s', async () => {
    await records.write([policyAction('early', 'announced', 10)]);
    const db = new DatabaseSync(join(dataDir, RECORD_FILE));
    db.exec("update policy_actions set body = json_remove(body, '$.engineId')");
    db.close();
    expect((await records.policyActions({ sinceMs: 0 }))[0]?.engineId).toBeNull();
  });
});
