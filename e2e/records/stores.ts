import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Insertable } from 'kysely';
import pg from 'pg';
import { createClock, type Clock } from '#engine/clock.ts';
import { temporaryFolder } from '#engine/incidents/test-bench.ts';
import { migrate } from '#engine/records/migrate.ts';
import type { MIGRATIONS } from '#engine/records/migrations.ts';
import { openRecords } from '#engine/records/open-records.ts';
import { postgresPlace } from '#engine/records/postgres-place.ts';
import { openSqlite } from '#engine/records/sqlite.ts';
import type { RecordTables } from '#engine/records/tables.ts';
import type { AuditFact, IncidentRecord, RecordEntry, Records } from '#engine/records/kind.ts';

/** Opens records that are closed, and their folders removed, by `clean`. */
export function createShelf() {
  const opened = new Set<Records>();
  const folders: string[] = [];
  const folder = () => {
    const path = temporaryFolder();
    folders.push(path);
    return path;
  };
  return {
    folder,
    /** A file where `url` is null, else one engine's hold on the team's database. */
    async open(
      url: string | null,
      { dataDir = folder(), clock = createClock() }: { dataDir?: string; clock?: Clock } = {},
    ): Promise<Records> {
      const log = { info: () => undefined, warn: () => undefined };
      const team = url === null ? null : { url: () => Promise.resolve(url) };
      const records = await openRecords({ dataDir, clock, log, team });
      opened.add(records);
      return records;
    },
    async close(records: Records) {
      opened.delete(records);
      await records.close();
    },
    async clean() {
      for (const records of opened) await records.close();
      opened.clear();
      for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
    },
  };
}

export const fact = (what: string, change: Partial<AuditFact> = {}): RecordEntry => ({
  kind: 'audit',
  value: {
    atMs: 1_778_335_200_000,
    monotonicMs: 1.5,
    actor: 'ana',
    via: 'page',
    operationId: null,
    phase: 'fact',
    what,
    before: null,
    after: null,
    ...change,
  },
});

export const incidentRecord = (id: string, change: Partial<IncidentRecord> = {}): IncidentRecord => ({
  id,
  promptId: 'support',
  promptTitle: 'Support',
  severity: 'P2',
  status: 'open',
  trigger: { kind: 'manual', signal: null, cohort: null, sigma: null, ratio: null, sentence: 'x' },
  badVersion: null,
  badSha: null,
  goodVersion: 'v17',
  cohort: 'all',
  shippedAtMs: null,
  declaredAtMs: 1_778_335_200_000,
  declaredBy: 'ana',
  driver: null,
  triage: 'unknown',
  signals: [],
  alarm: null,
  evidence: [],
  culprit: null,
  badConversations: null,
  summary: null,
  closedAtMs: null,
  closedBy: null,
  identifiedAtMs: null,
  answers: [],
  decided: null,
  verification: null,
  references: null,
  ...change,
});

export const operation = (
  operationId: string,
  change: Partial<{ subject: string; actor: string; atMs: number }> = {},
): RecordEntry => ({
  kind: 'operation',
  value: {
    operationId,
    kind: 'incident.note',
    subject: 'INC-1',
    actor: 'ana',
    atMs: 1_778_335_200_000,
    result: { ok: true },
    ...change,
  },
});

export const line = (
  id: string,
  incidentId: string,
  text: string,
  atMs = 1_778_335_200_000,
): RecordEntry => ({
  kind: 'timeline',
  value: { id, incidentId, atMs, recordedAtMs: atMs, kind: 'note', by: 'ana', text },
});

/** The connection string of an empty database on the server. */
export async function emptyDatabase(serverUrl: string): Promise<string> {
  const name = `t${randomUUID().replaceAll('-', '')}`;
  await sqlOn(serverUrl, `create database ${name}`);
  return serverUrl.replace(/[^/]+$/, name);
}

export async function sqlOn(url: string, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

/** Brings a file or a database to the newest of the given migrations, without opening records on it; may put a row into it. */
export async function upgradeStore(options: {
  path: string;
  url: string;
  clock: Clock;
  migrations: typeof MIGRATIONS;
  also?: Insertable<RecordTables['incidents']>;
}): Promise<void> {
  const { path, url, clock, migrations, also } = options;
  const nowMs = () => clock.nowMs();
  const db =
    url === ''
      ? openSqlite(path).db
      : await postgresPlace({ url: () => Promise.resolve(url), clock, migrations }).connect();
  if (url === '') {
    await migrate(db, { path, nowMs, migrations });
  }
  if (also) await db.insertInto('incidents').values(also).execute();
  await db.destroy();
}
