import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '../clock.ts';
import type { Records } from '../records/kind.ts';
import { openRecords } from '../records/open-records.ts';
import type { RollbackDesk } from '../ports.ts';
import { createIncidents } from './create-incidents.ts';
import { faultLever, startFaultProvider, type HttpFault } from './fault-provider.ts';
import {
  actor,
  emptyEvidence,
  leverDesk,
  operationId,
  quietLog,
  sourceDesk,
  temporaryFolder,
  workspaceDesk,
} from './test-bench.ts';

/** Real sockets in real time; only the two minutes of watching are hurried through. */
const clock = createClock();
const dataDir = temporaryFolder();
let provider: Awaited<ReturnType<typeof startFaultProvider>>;
let records: Records;
let rollbacks: RollbackDesk;

beforeAll(async () => {
  provider = await startFaultProvider();
  records = await openRecords({ dataDir, clock, log: quietLog });
  ({ rollbacks } = await createIncidents({
    records,
    clock,
    workspace: workspaceDesk(),
    sources: sourceDesk({ flags: faultLever(provider.url, 3_000) }),
    levers: leverDesk(),
    evidence: emptyEvidence(),
    live: { publish: () => undefined },
    log: quietLog,
  }));
});
afterAll(async () => {
  await rollbacks.stop();
  await records.close();
  await provider.close();
  rmSync(dataDir, { recursive: true });
});

async function press(fault: HttpFault, during?: () => void) {
  provider.reset();
  provider.setFault(fault);
  if (during) provider.onWrite(during);
  return rollbacks.press({
    operationId: operationId(),
    actor: actor(),
    promptId: 'support',
    incidentId: null,
    lever: 'flag',
    toVersion: 'v17',
    revisionShown: null,
    reason: null,
    held: true,
    waitMs: 200_000,
  });
}

describe('over real connections', () => {
  it('reset after applied: in effect by reading back, 40 of 40, each written once', async () => {
    for (let round = 0; round < 40; round += 1) {
      const done = await press('apply-then-reset');
      expect(done.state).toBe('in-effect');
      expect(done.history.map((entry) => entry.state)).toContain('unknown');
      expect(provider.writes).toBe(1);
    }
  });

  it('hang after applied: in effect by reading back', async () => {
    const done = await press('apply-then-hang');
    expect(done.state).toBe('in-effect');
    expect(provider.writes).toBe(1);
  });

  it('reset before applied: the same write again, which lands', async () => {
    const done = await press('reset-before', () => provider.setFault('none'));
    expect(done.state).toBe('in-effect');
    expect(provider.writes).toBe(2);
  });

  it('reset before applied, always: three writes, a full watch, then not in effect', async () => {
    const done = await press('reset-before', () => {
      if (provider.writes === 3) clock.setSpeed(100);
    });
    clock.setSpeed(1);
    expect(done.state).toBe('not-in-effect');
    expect(provider.writes).toBe(3);
    expect((done.settledAtMs ?? 0) - done.pressedAtMs).toBeGreaterThanOrEqual(119_000);
  });

  it('refused: said at once, written once', async () => {
    const done = await press('refuse');
    expect(done.state).toBe('refused');
    expect(done.stateDetail).toContain('HTTP 403');
    expect(provider.writes).toBe(1);
  });
});
