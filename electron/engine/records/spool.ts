import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RecordEntry } from './kind.ts';
import type { RecordsLog } from './records-log.ts';

const SPOOL_FILE = 'spool.db';

/** Entries that are written together. The id stays the same however often it is tried. */
export type Batch = { readonly id: string; readonly entries: readonly RecordEntry[] };

/** Where batches wait on this machine's disk while the team's database is away. Survives kill -9 like the record file itself. */
export type Spool = {
  /** Of this data directory, for good: who carries out a rollback. */
  readonly engineId: string;
  /** What an earlier run left, oldest first. */
  readonly waiting: readonly Batch[];
  keep(batch: Batch): void;
  drop(id: string): void;
  /** A batch the database will never take stays in the file, out of the queue. */
  setAside(id: string, why: string): void;
  /** How many were set aside. */
  asideCount(): number;
  close(): void;
};

/** Opens the spool of a data directory. On a disk that refuses, batches wait in memory alone and the log says so. */
export function openSpool(dataDir: string, log: RecordsLog): Spool {
  let handle: DatabaseSync | null = null;
  const attempt = <T>(what: string, otherwise: T, work: (db: DatabaseSync) => T): T => {
    try {
      return handle ? work(handle) : otherwise;
    } catch (error) {
      log.warn({ error: String(error) }, `spool: ${what} failed, kept in memory alone`);
      return otherwise;
    }
  };
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const opened = new DatabaseSync(join(dataDir, SPOOL_FILE));
    opened.exec('pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 250');
    opened.exec(
      `create table if not exists spool (seq integer primary key autoincrement, id text unique not null, entries text not null, aside text);
       create table if not exists engine (id text not null)`,
    );
    handle = opened;
  } catch (error) {
    log.warn({ error: String(error) }, 'spool: cannot be opened, what waits is kept in memory alone');
  }
  const engineId = attempt('reading', randomUUID(), (db) => {
    const known = db.prepare('select id from engine').get()?.['id'];
    if (typeof known === 'string') return known;
    const fresh = randomUUID();
    db.prepare('insert into engine values (?)').run(fresh);
    return fresh;
  });
  const waiting = attempt('reading', [], (db) =>
    db
      .prepare('select id, entries from spool where aside is null order by seq')
      .all()
      .map((row): Batch => ({
        id: String(row['id']),
        entries: JSON.parse(String(row['entries'])) as RecordEntry[],
      })),
  );
  return {
    engineId,
    waiting,
    keep: ({ id, entries }) =>
      attempt('writing', undefined, (db) => {
        db.prepare('insert into spool (id, entries) values (?, ?)').run(id, JSON.stringify(entries));
      }),
    drop: (id) =>
      attempt('clearing', undefined, (db) => {
        db.prepare('delete from spool where id = ?').run(id);
      }),
    setAside: (id, why) =>
      attempt('setting aside', undefined, (db) => {
        db.prepare('update spool set aside = ? where id = ?').run(why, id);
      }),
    asideCount: () =>
      attempt('counting', 0, (db) =>
        Number(db.prepare('select count(*) as n from spool where aside is not null').get()?.['n'] ?? 0),
      ),
    close: () => handle?.close(),
  };
}
