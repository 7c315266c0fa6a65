import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { readActionItems, readPostmortem } from './aftermath-rows.ts';
import type { Clock } from '../clock.ts';
import { anyAborted } from '../live/any-aborted.ts';
import { applyBatch, forgetOldBatches } from './apply-batch.ts';
import { verifyChain } from './audit.ts';
import { readAudit, readAuditHead } from './audit-rows.ts';
import { createHistoryReader } from './history-reader.ts';
import { readDrillBundles, readDrills } from './drill-store.ts';
import { readEvalCases } from './eval-store.ts';
import type { AuditEntry, ChangedElsewhere, RecordEntry, Records } from './kind.ts';
import { createPending } from './pending.ts';
import { readPolicyActions } from './policy-rows.ts';
import { postgresPlace } from './postgres-place.ts';
import { followOthers, passOn, tellOthers } from './postgres-feed.ts';
import type { RecordsLog } from './records-log.ts';
import { type Batch, openSpool } from './spool.ts';
import { sqlitePlace } from './sqlite-place.ts';
import {
  readIncident,
  readIncidents,
  readOperation,
  readRollback,
  readRollbacks,
  readSnapshot,
  readTimeline,
} from './store.ts';
import type { RecordTables } from './tables.ts';

export const RECORD_FILE = 'records.db';
/** How often a write that failed is tried again. */
const FLUSH_INTERVAL_MS = 5_000;
const RETRY_SHARED_MS = 1_000;
/** What a team's database may take, in real time; then it counts as away. */
const CONNECT_DEADLINE_MS = 4_000;
const WRITE_DEADLINE_MS = 3_000;
const READ_DEADLINE_MS = 3_000;
/** For what goes over many incidents or the whole trail. */
const LONG_READ_DEADLINE_MS = 20_000;
/** Talk that waits for a slow database; more of it is old by the time it is heard. */
const MAX_TALKING = 100;
/** A rollback is watched for some two minutes: unsettled after this, its engine is gone. */
const ORPHANED_AFTER_MS = 5 * 60_000;

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
  /** Nothing of it needs to survive a crash. */
  isDisposable?: boolean;
}): Promise<Records> {
  const { dataDir, clock, log } = options;
  const { team = null, isDisposable = false } = options;
  const place = team
    ? postgresPlace({ url: team.url, clock })
    : sqlitePlace({ path: join(dataDir, RECORD_FILE), clock, log, isDisposable });
  const machine = hostname();
  const pending = createPending();
  const spool = team ? openSpool(dataDir, log) : null;
  for (const batch of spool?.waiting ?? []) pending.push(batch);
  const listeners: ((changed: ChangedElsewhere) => void)[] = [];
  const tellListeners: ((text: string) => void)[] = [];
  const closing = new AbortController();
  let db: Kysely<RecordTables> | null = null;
  let trouble: string | null = null;
  let isFlushing = false;
  /** What is told to other engines and not kept, and how much of it waits. */
  let talk: Promise<void> = Promise.resolve();
  let talking = 0;
  /** Writes happen one after the other, in the order they were asked for. */
  let tail: Promise<void> = Promise.resolve();

  const report = (changed: ChangedElsewhere) => {
    for (const listener of listeners) listener(changed);
  };

  async function persist(batch: Batch, isReplay: boolean): Promise<void> {
    const applied = await inTime(WRITE_DEADLINE_MS + (db ? 0 : CONNECT_DEADLINE_MS), async () => {
      db ??= await place.connect();
      return db.transaction().execute(async (trx) => {
        await place.begin(trx);
        const engineId = spool?.engineId ?? null;
        const done = await applyBatch(trx, batch, { machine, engineId, nowMs: clock.nowMs(), isReplay });
        if (engineId !== null) await tellOthers(trx, engineId, done.changed);
        return done;
      });
    });
    if (applied.otherwise.length > 0) {
      report({ incidents: applied.otherwise, rollbacks: [], all: false });
    }
  }

  /** A team's database that does not answer is treated as one that is away. */
  async function inTime<T>(ms: number, work: () => Promise<T>): Promise<T> {
    if (!place.isShared) return work();
    const late = clock.deadline(ms);
    const working = work();
    working.catch(() => undefined);
    const timedOut = anyAborted([late]).then(() =>
      Promise.reject(new Error(`timeout: no answer within ${ms / 1_000} s`)),
    );
    timedOut.catch(() => undefined);
    return Promise.race([working, timedOut]);
  }

  /** Writes what waits, oldest first; false as soon as one fails again. */
  async function flush(): Promise<boolean> {
    const wasAway = place.isShared && trouble !== null;
    try {
      if (wasAway) await inTime(CONNECT_DEADLINE_MS, probe);
    } catch (error) {
      if (!place.isTrouble(error)) throw error;
      noteTrouble(error);
      return false;
    }
    for (let batch = pending.first(); batch; batch = pending.first()) {
      try {
        await persist(batch, true);
        spool?.drop(batch.id);
      } catch (error) {
        if (place.isTrouble(error)) {
          noteTrouble(error);
          return false;
        }
        if (!spool) throw error;
        // It would be refused for ever: it is kept in its file, and what comes after it goes on.
        log.warn({ batch: batch.id, error: String(error) }, 'a change that waited was refused, set aside');
        spool.setAside(batch.id, String(error));
      }
      pending.dropFirst();
    }
    if (trouble !== null) {
      log.info({}, 'records are written again');
      trouble = null;
      if (wasAway) report({ incidents: [], rollbacks: [], all: true });
    }
    return true;
  }

  async function probe(): Promise<void> {
    db ??= await place.connect();
    await sql`select 1`.execute(db);
  }

  function noteTrouble(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    trouble = place.troubleText(text, pending.size);
    if (place.drop()) db = null;
    log.warn({ error: text, pending: pending.size }, 'records cannot be written');
    if (place.isShared) void flushLater();
  }

  const isWaiting = () => pending.size > 0 || (place.isShared && trouble !== null);
  async function flushLater(): Promise<void> {
    if (isFlushing) return;
    isFlushing = true;
    try {
      while (isWaiting()) {
        await clock.sleep(place.isShared ? RETRY_SHARED_MS : FLUSH_INTERVAL_MS, closing.signal);
        await inOrder(async () => void (await flush()));
      }
    } catch (error) {
      if (!closing.signal.aborted) log.warn({ error: String(error) }, 'flushing records stopped');
    } finally {
      isFlushing = false;
    }
  }

  /** On disk here, or in memory where even that is not to be had, until the place takes it. */
  function keep(batch: Batch): void {
    spool?.keep(batch);
    pending.push(batch);
    if (trouble !== null && place.isShared)
      trouble = trouble.replace(/\d+ change\(s\)/, `${pending.size} change(s)`);
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
    const batch: Batch = { id: randomUUID(), entries };
    await inOrder(async () => {
      // A database that is away is asked again by the loop alone: nobody shall wait for it at every step of a rollback.
      if ((place.isShared && trouble !== null) || !(await flush())) {
        keep(batch);
        return;
      }
      try {
        await persist(batch, false);
      } catch (error) {
        if (!place.isTrouble(error)) throw error;
        noteTrouble(error);
        keep(batch);
      }
    });
    if (pending.size > 0) void flushLater();
  }

  /** Reads from disk, or `otherwise` when the disk cannot be read. */
  async function read<T>(
    query: (from: Kysely<RecordTables>) => Promise<T>,
    otherwise: T,
    deadlineMs = READ_DEADLINE_MS,
  ): Promise<T> {
    const from = db;
    if (!from) return otherwise;
    try {
      return await inTime(deadlineMs, () => query(from));
    } catch (error) {
      if (!place.isTrouble(error)) throw error;
      noteTrouble(error);
      return otherwise;
    }
  }

  try {
    db = await inTime(CONNECT_DEADLINE_MS, () => place.connect());
    if (place.isShared) await forgetOldBatches(db, clock.nowMs());
  } catch (error) {
    if (!place.isTrouble(error)) throw error;
    noteTrouble(error);
  }

  const following =
    team && spool
      ? followOthers({
          url: team.url,
          engineId: spool.engineId,
          clock,
          log,
          signal: closing.signal,
          onChange: report,
          onTold: (text) => tellListeners.forEach((listener) => listener(text)),
        })
      : Promise.resolve();
  if (pending.size > 0) void flushLater();

  function refusedProblem(): string | null {
    const count = spool?.asideCount() ?? 0;
    if (count === 0) return null;
    return `${count} change(s) made while the team's record was away were refused by it; they are kept in ${join(dataDir, 'spool.db')}.`;
  }

  return {
    engineId: spool?.engineId ?? null,
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
    async rollbacks(query) {
      const owner =
        spool && query.carriedBy
          ? {
              engineId: spool.engineId,
              orphanedBeforeMs: query.carriedBy === 'me' ? 0 : clock.nowMs() - ORPHANED_AFTER_MS,
            }
          : null;
      return pending.mergeRollbacks(await read((from) => readRollbacks(from, query, owner), []), query);
    },
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
    async drills(query) {
      const limit = query.limit + pending.size;
      return pending.mergeDrills(await read((from) => readDrills(from, { ...query, limit }), []), query);
    },
    drillBundles: async () => pending.mergeDrillBundles(await read(readDrillBundles, [])),
    audit: (query) => read((from) => readAudit(from, query), []),
    async verifyAudit(anchors = []) {
      const entries: AuditEntry[] = [];
      for (;;) {
        const fromSeq = (entries.at(-1)?.seq ?? Number.MIN_SAFE_INTEGER) + 1;
        const page = await read(
          (from) => readAudit(from, { fromSeq, limit: 5_000 }),
          [],
          LONG_READ_DEADLINE_MS,
        );
        if (page.length === 0) return verifyChain(entries, anchors);
        entries.push(...page);
      }
    },
    history: createHistoryReader((query, otherwise) => read(query, otherwise, LONG_READ_DEADLINE_MS)),
    auditHead: () => read((from) => readAuditHead(from), null),
    problem: () => trouble ?? place.damage() ?? refusedProblem(),
    onChangedElsewhere: (listener) => void listeners.push(listener),
    tell(text) {
      const from = db;
      if (!from || !spool || trouble !== null) return;
      if (talking >= MAX_TALKING) return;
      talking += 1;
      // One after the other: "gone" must not overtake "here". What is lost is said again in seconds.
      talk = talk
        .then(() => inTime(READ_DEADLINE_MS, () => passOn(from, spool.engineId, text)))
        .catch(() => undefined)
        .finally(() => {
          talking -= 1;
        });
    },
    onTold: (listener) => void tellListeners.push(listener),
    get pendingWrites() {
      return pending.size;
    },
    async close() {
      closing.abort();
      await inOrder(async () => {
        if (pending.size > 0 && !(place.isShared && trouble !== null)) await flush();
        await inTime(CONNECT_DEADLINE_MS, async () => db?.destroy()).catch(() => place.drop());
        db = null;
        spool?.close();
      });
      await following;
    },
  };
}
