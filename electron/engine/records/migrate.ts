import { copyFileSync, existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sql, type Kysely, type Transaction } from 'kysely';
import { MIGRATIONS, type Migration } from './migrations.ts';
import type { RecordTables } from './tables.ts';

/** The store was written by a newer Fusebox. Nothing was opened for writing. */
export class RecordsTooNewError extends Error {
  constructor(path: string, found: number, known: number) {
    super(
      `The records in ${path} were written by a newer Fusebox (schema ${found}; this one knows up to ${known}). ` +
        'Update Fusebox, or start it with another data directory. Nothing was changed.',
    );
    this.name = 'RecordsTooNewError';
  }
}

/**
 * Reads the schema version without opening the file for writing. 0 = a new or empty file.
 * Throws RecordsTooNewError, or node:sqlite's error when the file is damaged.
 */
export function schemaVersion(path: string, known = lastKnown()): number {
  if (!existsSync(path)) return 0;
  const handle = new DatabaseSync(path, { readOnly: true });
  try {
    const check = handle.prepare('pragma quick_check(1)').get();
    const verdict = check ? Object.values(check)[0] : null;
    if (verdict !== 'ok') throw new DamagedRecordsError(`${path}: ${String(verdict)}`);
    const table = handle
      .prepare("select name from sqlite_master where type = 'table' and name = 'migrations'")
      .get();
    if (!table) return 0;
    const row = handle.prepare('select max(id) as id from migrations').get();
    const found = Number(row?.['id'] ?? 0);
    if (found > known) throw new RecordsTooNewError(path, found, known);
    return found;
  } finally {
    handle.close();
  }
}

/** SQLite's own check found the file damaged. */
export class DamagedRecordsError extends Error {
  constructor(detail: string) {
    super(`damaged record file: ${detail}`);
    this.name = 'DamagedRecordsError';
  }
}

const lastKnown = () => MIGRATIONS.at(-1)?.id ?? 0;

/**
 * Brings the store to the newest schema: every migration in one transaction with its own row, so that a kill in between
 * resumes at the right place. A file with content is copied beside itself first. Where several engines may do this at once, `lock`
 * lets one at a time. Throws RecordsTooNewError.
 */
export async function migrate(
  db: Kysely<RecordTables>,
  options: {
    /** The file, null for a database. */
    path: string | null;
    fromVersion?: number;
    lock?: (trx: Transaction<RecordTables>) => Promise<void>;
    nowMs: () => number;
    migrations?: readonly Migration[];
  },
): Promise<void> {
  const migrations = options.migrations ?? MIGRATIONS;
  const applied = options.fromVersion === 0 ? [] : await appliedIds(db);
  const newest = Math.max(0, ...applied);
  const known = migrations.at(-1)?.id ?? 0;
  if (newest > known) throw new RecordsTooNewError(options.path ?? 'the team database', newest, known);
  const pending = migrations.filter(({ id }) => !applied.includes(id));
  if (pending.length === 0) return;
  if (options.path !== null && applied.length > 0) {
    await sql`pragma wal_checkpoint(truncate)`.execute(db);
    copyFileSync(options.path, `${options.path}.before-schema-${pending[0]?.id ?? 0}`);
  }
  await db.transaction().execute(async (trx) => {
    await options.lock?.(trx);
    await trx.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
      .execute();
  });
  for (const migration of pending) {
    await db.transaction().execute(async (trx) => {
      await options.lock?.(trx);
      const { id, name } = migration;
      // Another engine may have been faster.
      const row = await trx.selectFrom('migrations').select('id').where('id', '=', id).executeTakeFirst();
      if (row) return;
      await migration.up(trx);
      await trx.insertInto('migrations').values({ id, name, applied_at_ms: options.nowMs() }).execute();
    });
  }
}

async function appliedIds(db: Kysely<RecordTables>): Promise<number[]> {
  const tables = await db.introspection.getTables();
  if (!tables.some(({ name }) => name === 'migrations')) return [];
  return (await db.selectFrom('migrations').select('id').execute()).map(({ id }) => Number(id));
}
