import type { DuckDBConnection } from '@duckdb/node-api';
import { appendRows, FEEDBACK_COLUMNS, POINT_COLUMNS, ROLLED_COLUMNS, SPAN_COLUMNS } from './columns.ts';
import {
  APPLY_FEEDBACK_SQL,
  findFeedbackSql,
  type FeedbackSearch,
  insertConversationsSql,
  insertFeedbackSql,
  insertPointsSql,
  insertSpansSql,
  isOverdueSql,
  markSearchedSql,
  type Range,
  stageSql,
  type StageTable,
  updateConversationsSql,
} from './flush-sql.ts';
import { rollUp } from './roll-up.ts';
import type { Mapped } from './rows.ts';

/** What one commit stored; duplicates were there already (or twice in the batch). Counts are of the whole commit. */
export type Written = {
  readonly spans: number;
  readonly feedback: number;
  readonly points: number;
  readonly duplicates: number;
};

/** Feedback is first looked for among the spans of the last hour before it. */
const NEAR_MS = 3600_000;

function rangeOf<T>(rows: readonly T[], at: (row: T) => number): Range {
  let fromMs = Number.MAX_SAFE_INTEGER;
  let toMs = 0;
  for (const row of rows) {
    fromMs = Math.min(fromMs, at(row));
    toMs = Math.max(toMs, at(row));
  }
  return { fromMs, toMs };
}

function once<T>(rows: readonly T[], keyOf: (row: T) => bigint): T[] {
  const seen = new Set<bigint>();
  return rows.filter((row) => {
    const key = keyOf(row);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

async function countOf(connection: DuckDBConnection, sql: string): Promise<number> {
  const result = await connection.runAndReadAll(sql);
  return Number(result.getRowsJS()[0]?.[0] ?? 0);
}

async function search(connection: DuckDBConnection, where: FeedbackSearch): Promise<void> {
  await connection.run(findFeedbackSql(where));
  if ((await countOf(connection, 'SELECT count(*) FROM hits')) > 0) await connection.run(APPLY_FEEDBACK_SQL);
}

async function stage<T>(
  connection: DuckDBConnection,
  table: StageTable,
  columns: Parameters<typeof appendRows<T>>[1],
  rows: readonly T[],
  pause: () => Promise<void>,
): Promise<void> {
  await connection.run(stageSql(table));
  const appender = await connection.createAppender(table, 'main', 'temp');
  try {
    await appendRows(appender, columns, rows, pause);
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

/** What the writer remembers between commits. */
export type WriterMemory = {
  /** Whether stored feedback still waits for its conversation; null = not known. */
  hasWaitingFeedback: boolean | null;
};

async function refreshWaiting(connection: DuckDBConnection, memory: WriterMemory): Promise<void> {
  const waiting = await countOf(connection, 'SELECT count(*) FROM feedback WHERE state < 2');
  memory.hasWaitingFeedback = waiting > 0;
}

/** Writes one batch inside the caller's transaction: rows, conversations, and the feedback that can be attributed by now. */
export async function writeBatch(
  connection: DuckDBConnection,
  batch: Mapped,
  context: {
    readonly nowMs: number;
    readonly pause: () => Promise<void>;
    readonly memory: WriterMemory;
  },
): Promise<Written> {
  const { nowMs, pause, memory } = context;
  const now = Math.floor(nowMs);
  const spans = once(batch.spans, (row) => row.spanKey);
  const feedback = once(batch.feedback, (row) => row.feedbackKey);
  const points = once(batch.points, (row) => row.pointKey);

  const written = { spans: 0, feedback: 0, points: 0 };
  if (spans.length > 0) {
    const range = rangeOf(spans, (row) => row.startMs);
    await stage(connection, 'staged_spans', SPAN_COLUMNS, spans, pause);
    written.spans = (await connection.run(insertSpansSql(range, now))).rowsChanged;
    if (written.spans > 0) {
      // Spans that were there already change nothing: every merge gives the same when it is repeated.
      await stage(connection, 'staged_conversations', ROLLED_COLUMNS, rollUp(spans), pause);
      const updated = (await connection.run(updateConversationsSql(range))).rowsChanged;
      await connection.run(insertConversationsSql(range, updated === 0));
    }
  }
  if (memory.hasWaitingFeedback === null) await refreshWaiting(connection, memory);
  if (feedback.length > 0) {
    const range = rangeOf(feedback, (row) => row.atMs);
    await stage(connection, 'staged_feedback', FEEDBACK_COLUMNS, feedback, pause);
    written.feedback = (await connection.run(insertFeedbackSql(range, now))).rowsChanged;
    if (written.feedback > 0) {
      const near = { fromMs: range.fromMs - NEAR_MS, toMs: range.toMs + NEAR_MS };
      await search(connection, { spans: { kind: 'stored', range: near }, feedback: 'staged', nowMs: now });
      await refreshWaiting(connection, memory);
    }
  }
  if (written.spans > 0 && memory.hasWaitingFeedback) {
    await search(connection, { spans: { kind: 'staged' }, feedback: 'waiting', nowMs: now });
    await refreshWaiting(connection, memory);
  }
  if (points.length > 0) {
    const range = rangeOf(points, (row) => row.atMs);
    await stage(connection, 'staged_points', POINT_COLUMNS, points, pause);
    written.points = (await connection.run(insertPointsSql(range))).rowsChanged;
  }
  const offered = batch.spans.length + batch.feedback.length + batch.points.length;
  return { ...written, duplicates: offered - written.spans - written.feedback - written.points };
}

/** Looks for the conversations of feedback that is past its grace among all stored spans; each is searched for once. */
export async function searchOverdueFeedback(connection: DuckDBConnection, nowMs: number): Promise<void> {
  const now = Math.floor(nowMs);
  const overdue = await countOf(connection, `SELECT count(*) FROM feedback WHERE ${isOverdueSql(now)}`);
  if (overdue === 0) return;
  const everything = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  await search(connection, {
    spans: { kind: 'stored', range: everything },
    feedback: 'overdue',
    nowMs: now,
  });
  await connection.run(markSearchedSql(now));
}
