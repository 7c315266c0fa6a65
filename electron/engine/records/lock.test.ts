import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../incidents/test-bench.ts';
import { acquireLock, readHolder, type LockHolder } from './lock.ts';

let dataDir = '';
beforeEach(() => {
  dataDir = temporaryFolder();
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const me: LockHolder = { pid: process.pid, host: 'desktop', startedAtMs: 0, address: null };

/** Another process that tries to take the lock; resolves with its first line. */
async function other() {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'lock-holder.ts'), dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, says: line.toString('utf8').trim() };
}

describe('the lock of a data directory', () => {
  it('is held by one process, names it to the second, and is freed by kill -9', async () => {
    const { child, says } = await other();
    expect(says).toBe('held');
    const second = acquireLock(dataDir, me);
    expect(second.ok).toBe(false);
    if (second.ok) return;
    expect(second.heldBy).toMatchObject({ pid: child.pid, host: 'web', address: 'http://127.0.0.1:4100' });
    expect(second.message).toContain(
      `already open in browser mode (process ${child.pid}, since 2026-05-09T14:00:00Z)`,
    );
    expect(second.message).toContain('Open it at http://127.0.0.1:4100');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const third = acquireLock(dataDir, me);
    expect(third.ok).toBe(true);
    if (third.ok) third.lock.release();
  });

  it('refuses a second process while this one holds it, and lets it in after release', async () => {
    const first = acquireLock(dataDir, me);
    if (!first.ok) throw new Error(first.message);
    first.lock.announce({ ...me, address: 'http://127.0.0.1:4200' });
    const refused = await other();
    expect(refused.says).toContain('already open in the desktop app');
    expect(refused.says).toContain('http://127.0.0.1:4200');
    await once(refused.child, 'exit');
    first.lock.release();
    first.lock.release();
    expect(readHolder(dataDir)).toBeNull();
    const { child, says } = await other();
    expect(says).toBe('held');
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});
