import { setImmediate as breathe } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Clock } from '../clock.ts';
import {
  type DatabaseOptions,
  DEFAULT_DATABASE_OPTIONS,
  openDatabase,
  reopenDatabase,
  type TelemetryLog,
} from './database.ts';
import { searchOverdueFeedback, writeBatch, type WriterMemory, type Written } from './flush.ts';
import { applyRetention, type RetentionLimits } from './retention.ts';
import { emptyMapped, type Mapped } from './rows.ts';
import { createSightings, type Sightings } from './sightings.ts';

/** The database cannot take rows right now (disk full, file gone). Nothing of the batch was kept. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super(`The telemetry store could not write: ${(cause as Error).message}`, { cause });
    this.name = 'StoreUnavailable';
  }
}

/** Reads cast every column to one of these (BIGINT to DOUBLE), so that nothing else comes out. */
export type StoreRow = Readonly<Record<string, string | number | boolean | null | undefined>>;

export type TelemetryStore = {
  /**
   * Queues the rows; resolves once they are committed to disk (or were there already). Rejects with StoreUnavailable,
   * then none of them is kept. Batches of several callers share one commit.
   */
  submit(rows: Mapped): Promise<Written>;
  /** Rows waiting for a commit, for backpressure. */
  queuedRows(): number;
  read(sql: string, values?: Record<string, string>): Promise<StoreRow[]>;
  readonly sightings: Sightings;
  /** Feedback whose conversation could not be found at once; run now and then. */
  searchOverdueFeedback(): Promise<void>;
  applyRetention(limits: RetentionLimits): Promise<void>;
  /** What went wrong at opening, in plain words; null when nothing did. */
  readonly problem: string | null;
  readonly path: string;
  /** Commits what is queued, checkpoints and closes. */
  close(): Promise<void>;
};

type Waiting = {
  readonly rows: Mapped;
  readonly done: (written: Written) => void;
  readonly failed: (error: unknown) => void;
};

/** Rows of one commit: enough to make its fixed cost small, few enough that nobody waits long for it. */
const COMMIT_ROWS = 16_384;

function sizeOf(rows: Mapped): number {
  return rows.spans.length + rows.feedback.length + rows.points.length;
}

function joined(waiting: readonly Waiting[]): Mapped {
  const [only] = waiting;
  if (waiting.length === 1 && only) return only.rows;
  const all = emptyMapped();
  for (const { rows } of waiting) {
    for (const span of rows.spans) all.spans.push(span);
    for (const feedback of rows.feedback) all.feedback.push(feedback);
    for (const point of rows.points) all.points.push(point);
  }
  return all;
}

/** DuckDB gave this instance up (a failed write-ahead log, for one): only a new one can go on. */
function isFatal(error: unknown): boolean {
  return /invalidated|FATAL|INTERNAL/.test(String(error));
}

/**
 * The telemetry store: one writer, so that batches are committed one after another, and two reading connections that see
 * committed rows only.
 */
export async function openStore(input: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: TelemetryLog;
  readonly options?: DatabaseOptions;
  readonly onCommit?: (written: Written) => void;
}): Promise<TelemetryStore> {
  const { dataDir, clock, log } = input;
  const options = input.options ?? DEFAULT_DATABASE_OPTIONS;
  const opened = await openDatabase(dataDir, clock.nowMs(), log, options);
  let instance: DuckDBInstance = opened.instance;
  let writer: DuckDBConnection = await instance.connect();
  let readers: DuckDBConnection[] = [await instance.connect(), await instance.connect()];
  let isBroken = false;
  let isOpen = true;
  const memory: WriterMemory = { hasWaitingFeedback: null };
  let isClosed = false;
  let nextReader = 0;

  let queue: Waiting[] = [];
  let queuedRows = 0;
  /** The writer's turn: commits and upkeep run one after another. */
  let turn: Promise<unknown> = Promise.resolve();

  async function read(sql: string, values?: Record<string, string>): Promise<StoreRow[]> {
    nextReader = (nextReader + 1) % readers.length;
    const connection = readers[nextReader];
    if (!connection) throw new Error('The telemetry store is closed.');
    const result = await connection.runAndReadAll(sql, values);
    return result.getRowObjectsJS() as StoreRow[];
  }

  async function reopen(): Promise<void> {
    if (isOpen) for (const one of [writer, ...readers, instance]) one.closeSync();
    isOpen = false;
    instance = await reopenDatabase(opened.path, options);
    isOpen = true;
    writer = await instance.connect();
    readers = [await instance.connect(), await instance.connect()];
    isBroken = false;
  }

  /** Runs `work` in one transaction on the writer; rolls back and reports StoreUnavailable when it fails. */
  async function inTransaction<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    try {
      if (isBroken) await reopen();
      await writer.run('BEGIN');
      const result = await work(writer);
      await writer.run('COMMIT');
      return result;
    } catch (error) {
      isBroken ||= isFatal(error);
      memory.hasWaitingFeedback = null;
      log.error({ err: error }, 'a telemetry commit failed');
      // After a failed COMMIT there is no transaction left to roll back: its own error would hide the first.
      await writer.run('ROLLBACK').catch(() => undefined);
      throw new StoreUnavailable(error);
    }
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  const sightings = createSightings(read);

  async function commitQueued(): Promise<void> {
    // Requests that arrive together share one commit.
    await breathe();
    const batch: Waiting[] = [];
    let rows = 0;
    for (let next = queue[0]; next && (batch.length === 0 || rows < COMMIT_ROWS); next = queue[0]) {
      queue.shift();
      batch.push(next);
      rows += sizeOf(next.rows);
    }
    if (batch.length === 0) return;
    try {
      const all = joined(batch);
      const written = await inTransaction((connection) =>
        writeBatch(connection, all, { nowMs: clock.nowMs(), pause: breathe, memory }),
      );
      sightings.note(all.spans);
      for (const waiting of batch) waiting.done(written);
      input.onCommit?.(written);
    } catch (error) {
      for (const waiting of batch) waiting.failed(error);
    } finally {
      queuedRows -= rows;
    }
    if (queue.length > 0) void inTurn(commitQueued);
  }

  return {
    submit(rows) {
      if (isClosed) return Promise.reject(new StoreUnavailable(new Error('it is closed')));
      return new Promise((done, failed) => {
        queue.push({ rows, done, failed });
        queuedRows += sizeOf(rows);
        if (queue.length === 1) void inTurn(commitQueued);
      });
    },
    queuedRows: () => queuedRows,
    read,
    sightings,
    searchOverdueFeedback: () =>
      inTurn(() => inTransaction((connection) => searchOverdueFeedback(connection, clock.nowMs()))),
    applyRetention: (limits) =>
      inTurn(async () => {
        if (isBroken) await reopen();
        await applyRetention(writer, limits, clock.nowMs(), log);
      }),
    problem: opened.problem,
    path: opened.path,
    async close() {
      if (isClosed) return;
      isClosed = true;
      while (queue.length > 0) await inTurn(() => Promise.resolve());
      await turn;
      if (!isOpen) return;
      await writer
        .run('CHECKPOINT')
        .catch((error: unknown) => log.warn({ err: error }, 'no checkpoint at closing'));
      for (const connection of [writer, ...readers]) connection.closeSync();
      readers = [];
      queue = [];
      instance.closeSync();
    },
  };
}
