import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { sqliteCode } from './sqlite.ts';

const LOCK_FILE = 'engine.lock';
const HOLDER_FILE = 'holder.json';

export const lockHolderSchema = z.object({
  pid: z.number(),
  host: z.enum(['desktop', 'web', 'cli']),
  startedAtMs: z.number(),
  /** Where a second start or the command line reaches it (a loopback URL); null = not reachable from outside. */
  address: z.string().nullable(),
});
/** Who holds a data directory. Carries no secret: anyone who can read the directory may read it. */
export type LockHolder = z.infer<typeof lockHolderSchema>;

export type HeldLock = {
  readonly release: () => void;
  /** Once listening: makes the address known to a second start. */
  readonly announce: (holder: LockHolder) => void;
};
export type LockAttempt =
  | { readonly ok: true; readonly lock: HeldLock }
  | {
      readonly ok: false;
      /** Null when the holder has not written who it is yet. */
      readonly heldBy: LockHolder | null;
      /** For the person who started the second one: who has it and how to open that. */
      readonly message: string;
    };

/**
 * One engine per data directory, in whatever host. The lock is an exclusive SQLite transaction held open on a small file: the
 * operating system frees it when the process dies, kill -9 included. Throws when the directory cannot be written at all.
 */
export function acquireLock(dataDir: string, holder: LockHolder): LockAttempt {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const handle = new DatabaseSync(join(dataDir, LOCK_FILE));
  try {
    handle.exec('pragma busy_timeout = 0');
    handle.exec('begin exclusive');
  } catch (error) {
    handle.close();
    const code = sqliteCode(error);
    if (code !== SQLITE_BUSY && code !== SQLITE_LOCKED) throw error;
    const heldBy = readHolder(dataDir);
    return { ok: false, heldBy, message: messageFor(dataDir, heldBy) };
  }
  const holderPath = join(dataDir, HOLDER_FILE);
  const announce = (who: LockHolder) => {
    try {
      const temporary = `${holderPath}.${who.pid}.tmp`;
      writeFileSync(temporary, JSON.stringify(who), { mode: 0o600 });
      renameSync(temporary, holderPath);
    } catch {
      // A full disk: the lock itself is held, only its name tag is missing. Rolling back must still work.
    }
  };
  announce(holder);
  let isReleased = false;
  return {
    ok: true,
    lock: {
      announce,
      release() {
        if (isReleased) return;
        isReleased = true;
        rmSync(holderPath, { force: true });
        handle.exec('rollback');
        handle.close();
      },
    },
  };
}

/** Who holds the directory, or last held it (the file outlives a killed holder). Null when unreadable. */
export function readHolder(dataDir: string): LockHolder | null {
  try {
    return lockHolderSchema.parse(JSON.parse(readFileSync(join(dataDir, HOLDER_FILE), 'utf8')));
  } catch {
    return null;
  }
}

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

const HOST_NAMES: Record<LockHolder['host'], string> = {
  desktop: 'the desktop app',
  web: 'browser mode',
  cli: 'the command line',
};

function messageFor(dataDir: string, heldBy: LockHolder | null): string {
  if (!heldBy) return `Fusebox is already starting on ${dataDir}. Try again in a moment.`;
  const since = new Date(heldBy.startedAtMs).toISOString().replace(/\.\d+Z$/, 'Z');
  const open = heldBy.address
    ? `Open it at ${heldBy.address}`
    : heldBy.host === 'desktop'
      ? 'Switch to its window'
      : 'Wait until it has finished';
  return (
    `Fusebox is already open in ${HOST_NAMES[heldBy.host]} (process ${heldBy.pid}, since ${since}) on ${dataDir}. ` +
    `${open}, or start this one with another data directory.`
  );
}
