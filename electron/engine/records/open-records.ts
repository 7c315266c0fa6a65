import { mkdirSync, existsSync, renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock } from '../clock.ts';
import { verifyChain } from './audit.ts';
import { createHistoryReader } from './history-reader.ts';
import { readEvalCases } from './eval-store.ts';
import type { AuditEntry, RecordEntry, Records } from './kind.ts';
import { DamagedRecordsError, migrate, schemaVersion } from './migrations.ts';
import { createPending } from './pending.ts';
import { isDamaged, isStorageTrouble, openSqlite } from './sqlite.ts';
import {
  applyEntries,
  readActionItems,
  readAudit,
  readAuditHead,
  readIncident,
  readIncidents,
  readOperation,
  readPolicyActions,
  readPostmortem,
  readRollback,
  readRollbacks,
  readSnapshot,
  readTimeline,
} from './store.ts';
import type { RecordTables } from './tables.ts';

export const RECORD_FILE = 'records.db';
/** How often a write that failed is tried again. */
const FLUSH_INTERVAL_MS = 5_000;

type RecordsLog = {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
};

/**
 * Opens (or creates) the record store of a data directory. A damaged file is set aside under another name, never deleted, and a
 * new one begun; an unwritable place keeps everything in memory. Throws RecordsTooNewError alone: that file is left untouched.
 */
export async function openRecords(options: {
  dataDir: string;
  clock: Clock;
  log: RecordsLog;
}): Promise<Records> {
  const { dataDir, clock, log } = options;
  const path = join(dataDir, RECORD_FILE);
  const machine = hostname();
  const pending = createPending();
  const closing = new AbortController();
  let db: Kysely<RecordTables> | null = null;
  let damage: string | null = null;
  let trouble: string | null = null;
  let isFlushing = false;
  /** Writes happen one after the other, in the order they were asked for. */
  let tail: Promise<void> = Promise.resolve();

  async function connect(): Promise<Kysely<RecordTables>> {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    let fromVersion: number;
    try {
      fromVersion = schemaVersion(path);
    } catch (error) {
      if (!(error instanceof DamagedRecordsError) && !isDamaged(error)) throw error;
      setAside(error);
      fromVersion = 0;
    }
    const opened = openSqlite(path);
    try {
      await migrate(opened.db, { path, fromVersion, nowMs: () => clock.nowMs() });
    } catch (error) {
      await opened.db.destroy();
      throw error;
    }
    return opened.db;
  }

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

  async function persist(entries: readonly RecordEntry[]): Promise<void> {
    db ??= await connect();
    await db.transaction().execute((trx) => applyEntries(trx, entries, machine));
  }

  /** Writes what waits, oldest first; false as soon as one fails again. */
  async function flush(): Promise<boolean> {
    for (let batch = pending.first(); batch; batch = pending.first()) {
      try {
        await persist(batch);
      } catch (error) {
        if (!isStorageTrouble(error)) throw error;
        noteTrouble(error);
        return false;
      }
      pending.dropFirst();
    }
    if (trouble !== null) {
      log.info({}, 'records are written to disk again');
      trouble = null;
    }
    return true;
  }

  function noteTrouble(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    trouble =
      `Records cannot be written (${text}): ${pending.size || 1} change(s) are kept in memory and will be lost if Fusebox stops. ` +
      `Rolling back still works. Make room in ${dataDir}; writing is tried again every 5 s.`;
    log.warn({ error: text, pending: pending.size }, 'records cannot be written');
  }

  async function flushLater(): Promise<void> {
    if (isFlushing) return;
    isFlushing = true;
    try {
      while (pending.size > 0) {
        await clock.sleep(FLUSH_INTERVAL_MS, closing.signal);
        await inOrder(async () => void (await flush()));
      }
    } catch (error) {
      if (!closing.signal.aborted) log.warn({ error: String(error) }, 'flushing records stopped');
    } finally {
      isFlushing = false;
    }
  }

  function inOrder<T>(work: () => Promise<T>): Promise<T> {
    const turn = tail.then(work);
    tail = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  async function write(entries: readonly RecordEntry[]): Promise<void> {
    if (entries.length === 0) return;
    if (closing.signal.aborted) throw new Error('the record store is closed');
    await inOrder(async () => {
      if (!(await flush())) {
        pending.push(entries);
        return;
      }
      try {
        await persist(entries);
      } catch (error) {
        if (!isStorageTrouble(error)) throw error;
        pending.push(entries);
        noteTrouble(error);
      }
    });
    if (pending.size > 0) void flushLater();
  }

  /** Reads from disk, or `otherwise` when the disk cannot be read. */
  async function read<T>(query: (from: Kysely<RecordTables>) => Promise<T>, otherwise: T): Promise<T> {
    if (!db) return otherwise;
    try {
      return await query(db);
    } catch (error) {
      if (!isStorageTrouble(error)) throw error;
      noteTrouble(error);
      return otherwise;
    }
  }

  try {
    db = await connect();
  } catch (error) {
    if (!isStorageTrouble(error)) throw error;
    noteTrouble(error);
  }

  return {
    write,
    incident: async (id) => pending.incident(id) ?? (await read((from) => readIncident(from, id), null)),
    async incidents(query) {
      // One more than asked for each change that waits: it may push a stored one out of the list.
      const limit = query.limit + pending.size;
      return pending.mergeIncidents(
        await read((from) => readIncidents(from, { ...query, limit }), []),
        query,
      );
    },
    timeline: async (id) => pending.mergeTimeline(await read((from) => readTimeline(from, id), []), id),
    rollback: async (id) => pending.rollback(id) ?? (await read((from) => readRollback(from, id), null)),
    rollbacks: async (query) =>
      pending.mergeRollbacks(await read((from) => readRollbacks(from, query), []), query),
    snapshot: async (id) => pending.snapshot(id) ?? (await read((from) => readSnapshot(from, id), null)),
    operation: async (id) => (await read((from) => readOperation(from, id), null)) ?? pending.operation(id),
    policyActions: async (query) =>
      pending.mergePolicyActions(await read((from) => readPolicyActions(from, query), [])),
    postmortem: async (id) =>
      pending.postmortem(id) ?? (await read((from) => readPostmortem(from, id), null)),
    actionItems: async (query) =>
      pending.mergeActionItems(await read((from) => readActionItems(from, query), []), query),
    evalCases: async (query) =>
      pending.mergeEvalCases(await read((from) => readEvalCases(from, query), []), query),
    audit: (query) => read((from) => readAudit(from, query), []),
    async verifyAudit(anchors = []) {
      const entries: AuditEntry[] = [];
      for (;;) {
        const fromSeq = (entries.at(-1)?.seq ?? Number.MIN_SAFE_INTEGER) + 1;
        const page = await read((from) => readAudit(from, { fromSeq, limit: 5_000 }), []);
        if (page.length === 0) return verifyChain(entries, anchors);
        entries.push(...page);
      }
    },
    history: createHistoryReader(read),
    auditHead: () => read((from) => readAuditHead(from), null),
    problem: () => trouble ?? damage,
    get pendingWrites() {
      return pending.size;
    },
    async close() {
      closing.abort();
      await inOrder(async () => {
        if (pending.size > 0) await flush();
        await db?.destroy();
        db = null;
      });
    },
  };
}
