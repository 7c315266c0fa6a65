import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Rollback } from '#shared/model/rollback.ts';
import { createFakeClock } from '../fake-clock.ts';
import { openRecords } from '../records/open-records.ts';
import { createIncidents } from './create-incidents.ts';
import { faultLever, startFaultProvider } from './fault-provider.ts';
import {
  emptyEvidence,
  leverDesk,
  operationId,
  quietLog,
  sourceDesk,
  temporaryFolder,
  workspaceDesk,
} from './test-bench.ts';

let provider: Awaited<ReturnType<typeof startFaultProvider>>;
beforeAll(async () => {
  provider = await startFaultProvider();
});
afterAll(() => provider.close());
beforeEach(() => provider.reset());

/** Presses in another process that dies as told; resolves when it is gone. */
async function crash(dataDir: string, id: string, moment: 'before' | 'after', count: number) {
  const child = run(dataDir, id, moment, count);
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal === 'SIGKILL';
}

function run(dataDir: string, id: string, moment: string, count: number): ChildProcess {
  const runner = join(import.meta.dirname, 'crash-runner.ts');
  return spawn(process.execPath, [runner, dataDir, provider.url, moment, String(count), id], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Opens what the dead process left, lets it settle, and says what became of the operation; null = it was never begun. */
async function reopen(dataDir: string, id: string): Promise<Rollback | null> {
  const clock = createFakeClock(Date.now());
  const records = await openRecords({ dataDir, clock, log: quietLog });
  const { rollbacks, incidents } = await createIncidents({
    records,
    clock,
    workspace: workspaceDesk(),
    sources: sourceDesk({ flags: faultLever(provider.url, 5_000) }),
    levers: leverDesk(),
    evidence: emptyEvidence(),
    live: { publish: () => undefined },
    log: quietLog,
  });
  try {
    expect(incidents.openFor('support')?.trigger.sentence).toBe('crash test');
    if (!(await records.rollback(id))) return null;
    await rollbacks.recover();
    let latest = await rollbacks.get(id);
    for (let turn = 0; turn < 2_000 && latest.settledAtMs === null; turn += 1) {
      await clock.advance(2_000);
      // The reads are real HTTP: let them come home before time moves on.
      await new Promise((resolve) => setImmediate(resolve));
      latest = await rollbacks.get(id);
    }
    const verdict = await records.verifyAudit();
    expect(verdict.firstBad).toBeNull();
    expect(verdict.openIntents).toEqual([]);
    return latest;
  } finally {
    const stopped = rollbacks.stop();
    await clock.advance(20_000);
    await stopped;
    await records.close();
  }
}

describe('kill -9 of the engine', () => {
  it.each(['before', 'after'] as const)(
    'at every record write of a press, just %s it: the intent is kept, read back, and nothing is sent again',
    async (moment) => {
      const states: string[] = [];
      for (let count = 1; count < 40; count += 1) {
        provider.reset();
        const dataDir = temporaryFolder();
        const id = operationId();
        const isKilled = await crash(dataDir, id, moment, count);
        const { writes, flag } = provider;
        const rollback = await reopen(dataDir, id);
        expect(provider.writes, `writes after a crash ${moment} write ${count}`).toBe(writes);
        rmSync(dataDir, { recursive: true });
        if (rollback) {
          expect(rollback.state).toBe(flag.on ? 'not-in-effect' : 'in-effect');
          expect(rollback.notices.some((notice) => notice.state === 'sending')).toBe(false);
          states.push(rollback.history.findLast((entry) => !entry.detail.includes('restarted'))?.state ?? '');
        } else {
          expect(writes).toBe(0);
        }
        if (!isKilled) break;
      }
      expect(states.length).toBeGreaterThanOrEqual(5);
    },
    240_000,
  );

  it('while the provider hangs after applying: read back as in effect, not sent again', async () => {
    const dataDir = temporaryFolder();
    const id = operationId();
    provider.setFault('apply-then-hang');
    const child = run(dataDir, id, 'after', 1_000);
    provider.onWrite(() => child.kill('SIGKILL'));
    await once(child, 'exit');
    expect(provider.writes).toBe(1);
    const rollback = await reopen(dataDir, id);
    expect(rollback?.state).toBe('in-effect');
    expect(rollback?.history.map((entry) => entry.state)).toEqual([
      'armed',
      'intent-recorded',
      'sent',
      'reading-back',
      'in-effect',
    ]);
    expect(provider.writes).toBe(1);
    rmSync(dataDir, { recursive: true });
  }, 60_000);

  it('while the provider hangs before applying: watched, then not in effect, not sent again', async () => {
    const dataDir = temporaryFolder();
    const id = operationId();
    provider.setFault('hang-before');
    const child = run(dataDir, id, 'after', 1_000);
    provider.onWrite(() => child.kill('SIGKILL'));
    await once(child, 'exit');
    const rollback = await reopen(dataDir, id);
    expect(rollback?.state).toBe('not-in-effect');
    expect(provider.writes).toBe(1);
    rmSync(dataDir, { recursive: true });
  }, 60_000);
});
