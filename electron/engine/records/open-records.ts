import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Clock } from '../clock.ts';
import { verifyChain } from './audit.ts';
import { createHistoryReader } from './history-reader.ts';
import { readEvalCases } from './eval-store.ts';
import type { AuditEntry, RecordEntry, Records } from './kind.ts';
import { createPending } from './pending.ts';
import { postgresPlace } from './postgres-place.ts';
import type { RecordsLog } from './records-log.ts';
import { sqlitePlace } from './sqlite-place.ts';
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

/** A team's database: its connection string, asked for at every connection. */
export type TeamRecord = { readonly url: () => Promise<string> };

/**
 * Opens (or creates) the record store of a data directory, or a team's. A damaged file is set aside under another name, never
 * deleted, and a new one begun; a place that cannot be written keeps everything here until it can. Throws RecordsTooNewError alone:
 * what was found is left untouched.
 */
export async function openRecords(options: {
  dataDir: string;
  clock: Clock;
  log: RecordsLog;
  team?: TeamRecord | null;
}): Promise<Records> {
  const { dataDir, clock, log } = options;
  const { team = null } = options;
  const place = team
    ? postgresPlace({ url: team.url, clock })
    : sqlitePlace({ path: join(dataDir, RECORD_FILE), clock, log });
  const machine = hostname();
  const pending = createPending();
  const closing = new AbortController();
  let db: Kysely<RecordTables> | null = null;
  let trouble: string | null = null;
  let isFlushing = false;
  /** Writes happen one after the other, in the order they were asked for. */
  let tail: Promise<void> = Promise.resolve();

  async function persist(entries: readonly RecordEntry[]): Promise<void> {
    db ??= await place.connect();
    await db.transaction().execute(async (trx) => {
      await place.begin(trx);
      await applyEntries(trx, entries, machine);
    });
  }

  /** Writes what waits, oldest first; false as soon as one fails again. */
  async function flush(): Promise<boolean> {
    for (let batch = pending.first(); batch; batch = pending.first()) {
      try {
        await persist(batch);
      } catch (error) {
        if (!place.isTrouble(error)) throw error;
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
    trouble = place.troubleText(text, pending.size);
    if (place.drop()) db = null;
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
        if (!place.isTrouble(error)) throw error;
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
      if (!place.isTrouble(error)) throw error;
      noteTrouble(error);
      return otherwise;
    }
  }

  try {
    db = await place.connect();
  } catch (error) {
    if (!place.isTrouble(error)) throw error;
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
    problem: () => trouble ?? place.damage(),
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
