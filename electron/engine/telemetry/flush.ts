import type { DuckDBConnection } from '@duckdb/node-api';
import { appendRows, FEEDBACK_COLUMNS, POINT_COLUMNS, SPAN_COLUMNS } from './columns.ts';
import {
  APPLY_FEEDBACK_SQL,
  findFeedbackSql,
  type FeedbackSearch,
  INSERT_CONVERSATIONS_SQL,
  insertFeedbackSql,
  insertPointsSql,
  insertSpansSql,
  isOverdueSql,
  markSearchedSql,
  type Range,
  rollUpSql,
  STAGE_SQL,
  UPDATE_KNOWN_SQL,
} from './flush-sql.ts';
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

async function stage(
  connection: DuckDBConnection,
  batch: Pick<Mapped, 'spans' | 'feedback' | 'points'>,
  pause: () => Promise<void>,
): Promise<void> {
  await connection.run(STAGE_SQL);
  const fill = async <T>(
    table: string,
    columns: Parameters<typeof appendRows<T>>[1],
    rows: readonly T[],
  ): Promise<void> => {
    if (rows.length === 0) return;
    const appender = await connection.createAppender(table, 'main', 'temp');
    try {
      await appendRows(appender, columns, rows, pause);
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  };
  await fill('staged_spans', SPAN_COLUMNS, batch.spans);
  await fill('staged_feedback', FEEDBACK_COLUMNS, batch.feedback);
  await fill('staged_points', POINT_COLUMNS, batch.points);
}

/** Writes one batch inside the caller's transaction: rows, conversations, and the feedback that can be attributed by now. */
export async function writeBatch(
  connection: DuckDBConnection,
  batch: Mapped,
  nowMs: number,
  pause: () => Promise<void>,
): Promise<Written> {
  const spans = once(batch.spans, (row) => row.spanKey);
  const feedback = once(batch.feedback, (row) => row.feedbackKey);
  const points = once(batch.points, (row) => row.pointKey);
  await stage(connection, { spans, feedback, points }, pause);

  const written = { spans: 0, feedback: 0, points: 0 };
  if (spans.length > 0) {
    const range = rangeOf(spans, (row) => row.startMs);
    written.spans = (await connection.run(insertSpansSql(range))).rowsChanged;
    if (written.spans > 0) {
      await connection.run(rollUpSql(range));
      if ((await countOf(connection, 'SELECT count(*) FROM known')) > 0)
        await connection.run(UPDATE_KNOWN_SQL);
      await connection.run(INSERT_CONVERSATIONS_SQL);
    }
  }
  const now = Math.floor(nowMs);
  if (feedback.length > 0) {
    const range = rangeOf(feedback, (row) => row.atMs);
    written.feedback = (await connection.run(insertFeedbackSql(range, now))).rowsChanged;
    if (written.feedback > 0) {
      const near = { fromMs: range.fromMs - NEAR_MS, toMs: range.toMs + NEAR_MS };
      await search(connection, { spans: { kind: 'stored', range: near }, feedback: 'staged', nowMs: now });
    }
  }
  if (written.spans > 0) {
    const waiting = await countOf(connection, 'SELECT count(*) FROM feedback WHERE state < 2');
    if (waiting > 0) await search(connection, { spans: { kind: 'staged' }, feedback: 'waiting', nowMs: now });
  }
  if (points.length > 0) {
    const range = rangeOf(points, (row) => row.atMs);
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
