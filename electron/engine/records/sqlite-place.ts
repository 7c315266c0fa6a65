import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { DamagedRecordsError, migrate, schemaVersion } from './migrate.ts';
import type { Place } from './place.ts';
import type { RecordsLog } from './records-log.ts';
import { isDamaged, isStorageTrouble, openSqlite } from './sqlite.ts';

/** Records in a file of this machine. A damaged file is set aside under another name, never deleted, and a new one begun. */
export function sqlitePlace(options: {
  path: string;
  clock: Clock;
  log: RecordsLog;
  isDisposable?: boolean;
}): Place {
  const { path, clock, log } = options;
  let damage: string | null = null;

  function setAside(error: unknown): void {
    const stamp = new Date(clock.nowMs()).toISOString().replaceAll(/[:.]/g, '-');
    const kept = `${path}.damaged-${stamp}`;
    renameSync(path, kept);
    for (const suffix of ['-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
    }
    damage = `The record file was damaged. It is kept as ${kept}; a new, empty one was begun.`;
    log.warn({ kept, error: String(error) }, 'record file damaged, set aside');
  }

  return {
    isShared: false,
    async connect() {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      let fromVersion: number;
      try {
        fromVersion = schemaVersion(path);
      } catch (error) {
        if (!(error instanceof DamagedRecordsError) && !isDamaged(error)) throw error;
        setAside(error);
        fromVersion = 0;
      }
      const opened = openSqlite(path, options.isDisposable ?? false);
      try {
        await migrate(opened.db, { path, fromVersion, nowMs: () => clock.nowMs() });
      } catch (error) {
        await opened.db.destroy();
        throw error;
      }
      return opened.db;
    },
    // One engine per file (lock.ts), and Kysely keeps its writes apart.
    begin: () => Promise.resolve(),
    isTrouble: isStorageTrouble,
    troubleText: (detail, waiting) =>
      `Records cannot be written (${detail}): ${waiting || 1} change(s) are kept in memory and will be lost if Fusebox stops. ` +
      `Rolling back still works. Make room in ${dirname(path)}; writing is tried again every 5 s.`,
    damage: () => damage,
    drop: () => false,
  };
}
