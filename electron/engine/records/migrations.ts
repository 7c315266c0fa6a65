import { copyFileSync, existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { RecordTables } from './tables.ts';

type Migration = {
  readonly id: number;
  readonly name: string;
  up(trx: Transaction<RecordTables>): Promise<void>;
};

/** In order; ids are never reused. Column types are those SQLite and PostgreSQL share. */
export const MIGRATIONS: readonly Migration[] = [
  {
    id: 1,
    name: 'incidents, rollbacks, snapshots, operations, audit',
    async up(trx) {
      await trx.schema
        .createTable('incidents')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('declared_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createIndex('incidents_by_status')
        .on('incidents')
        .columns(['status', 'declared_at_ms'])
        .execute();
      await trx.schema
        .createTable('timeline')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('incident_id', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('recorded_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('by_whom', 'text', (column) => column.notNull())
        .addColumn('text', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createIndex('timeline_by_incident')
        .on('timeline')
        .columns(['incident_id', 'at_ms'])
        .execute();
      await trx.schema
        .createTable('rollbacks')
        .addColumn('operation_id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('incident_id', 'text')
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('pressed_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('settled_at_ms', 'bigint')
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createIndex('rollbacks_by_prompt')
        .on('rollbacks')
        .columns(['prompt_id', 'pressed_at_ms'])
        .execute();
      await trx.schema.createIndex('rollbacks_by_incident').on('rollbacks').column('incident_id').execute();
      await trx.schema
        .createTable('snapshots')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('taken_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createTable('operations')
        .addColumn('operation_id', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('result', 'text', (column) => column.notNull())
        .execute();
      await trx.schema
        .createTable('audit')
        .addColumn('seq', 'bigint', (column) => column.primaryKey())
        .addColumn('prev_hash', 'text', (column) => column.notNull())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('monotonic_ms', 'double precision', (column) => column.notNull())
        .addColumn('machine', 'text', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('via', 'text', (column) => column.notNull())
        .addColumn('operation_id', 'text')
        .addColumn('phase', 'text', (column) => column.notNull())
        .addColumn('what', 'text', (column) => column.notNull())
        .addColumn('before', 'text', (column) => column.notNull())
        .addColumn('after', 'text', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 2,
    name: 'policy actions',
    async up(trx) {
      await trx.schema
        .createTable('policy_actions')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('prompt_id', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('announced_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .execute();
    },
  },
];

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
 * resumes at the right place. A store with content is copied beside itself first.
 */
export async function migrate(
  db: Kysely<RecordTables>,
  options: { path: string; fromVersion: number; nowMs: () => number; migrations?: readonly Migration[] },
): Promise<void> {
  const migrations = options.migrations ?? MIGRATIONS;
  const pending = migrations.filter((migration) => migration.id > options.fromVersion);
  if (pending.length === 0) return;
  if (options.fromVersion > 0) {
    await sql`pragma wal_checkpoint(truncate)`.execute(db);
    copyFileSync(options.path, `${options.path}.before-schema-${pending[0]?.id ?? 0}`);
  }
  await db.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  for (const migration of pending) {
    await db.transaction().execute(async (trx) => {
      await migration.up(trx);
      await trx
        .insertInto('migrations')
        .values({ id: migration.id, name: migration.name, applied_at_ms: options.nowMs() })
        .execute();
    });
  }
}
