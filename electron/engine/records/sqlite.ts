import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import type { RecordTables } from './tables.ts';

/**
 * Opens a record file with `node:sqlite` behind Kysely. WAL and full sync: what was acknowledged survives kill -9 and power loss.
 * `isDisposable`: the file needs to survive nothing (a drill that is played in steps), and is not waited for.
 * Kysely's own SQLite driver wants better-sqlite3's interface; node:sqlite differs in three small ways, bridged here.
 * Kysely serialises everything on the one connection (its mutex), so a transaction is never mixed with other statements.
 */
export function openSqlite(
  path: string,
  isDisposable = false,
): { db: Kysely<RecordTables>; handle: DatabaseSync } {
  const handle = new DatabaseSync(path);
  try {
    const synchronous = isDisposable ? 'off' : 'full';
    handle.exec(`pragma journal_mode = wal; pragma synchronous = ${synchronous}; pragma busy_timeout = 250`);
  } catch (error) {
    handle.close();
    throw error;
  }
  return {
    db: new Kysely<RecordTables>({ dialect: new SqliteDialect({ database: bridge(handle) }) }),
    handle,
  };
}

/** Statements kept compiled; there are only some dozens of different ones. */
const KEPT_STATEMENTS = 200;

function bridge(handle: DatabaseSync) {
  const kept = new Map<string, StatementSync>();
  const compile = (sql: string): StatementSync => {
    const known = kept.get(sql);
    if (known) return known;
    const statement = handle.prepare(sql);
    if (kept.size < KEPT_STATEMENTS) kept.set(sql, statement);
    return statement;
  };
  return {
    close: () => handle.close(),
    prepare(sql: string) {
      // A full disk makes SQLite roll back by itself; Kysely's own rollback would then hide the real error behind a second one.
      const isNoOp = sql === 'rollback' && !handle.isTransaction;
      const statement = compile(isNoOp ? 'select 1 where 0' : sql);
      const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
      };
    },
  };
}

/** SQLite's primary result code of an error thrown by node:sqlite; null for anything else. https://www.sqlite.org/rescode.html */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : null;
}

const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
/** PERM, BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, AUTH, NOTADB: the storage, not our SQL. */
const STORAGE_CODES: ReadonlySet<number> = new Set([
  3,
  5,
  6,
  7,
  8,
  10,
  SQLITE_CORRUPT,
  13,
  14,
  15,
  23,
  SQLITE_NOTADB,
]);

/** The disk or the file is the problem (full, read-only, gone, damaged), so the same write may succeed later. */
export function isStorageTrouble(error: unknown): boolean {
  const code = sqliteCode(error);
  if (code !== null) return STORAGE_CODES.has(code);
  return (
    error instanceof Error &&
    'code' in error &&
    ['ENOSPC', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'ENOTDIR', 'EDQUOT'].includes(String(error.code))
  );
}

/** The file itself is damaged or no SQLite file at all. */
export function isDamaged(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}
