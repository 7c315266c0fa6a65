/** The tables that the appender fills: column names, types and how a row fills them, in one place each. */
import type { DuckDBAppender } from '@duckdb/node-api';
import { endOf, otherEndOf, type RolledRow } from './roll-up.ts';
import { FLAGS, type FeedbackRow, type PointRow, type SpanRow } from './rows.ts';

type Column<T> = {
  readonly name: string;
  readonly type: 'BIGINT' | 'VARCHAR' | 'BOOLEAN' | 'DOUBLE';
  readonly append: (appender: DuckDBAppender, row: T) => void;
};

function bigint<T>(name: string, of: (row: T) => bigint | number | null): Column<T> {
  return {
    name,
    type: 'BIGINT',
    append: (appender, row) => {
      const value = of(row);
      if (value === null) appender.appendNull();
      else appender.appendBigInt(typeof value === 'bigint' ? value : BigInt(value));
    },
  };
}

function varchar<T>(name: string, of: (row: T) => string | null): Column<T> {
  return {
    name,
    type: 'VARCHAR',
    append: (appender, row) => {
      const value = of(row);
      if (value === null) appender.appendNull();
      else appender.appendVarchar(value);
    },
  };
}

function boolean<T>(name: string, of: (row: T) => boolean): Column<T> {
  return { name, type: 'BOOLEAN', append: (appender, row) => appender.appendBoolean(of(row)) };
}

function double<T>(name: string, of: (row: T) => number | null): Column<T> {
  return {
    name,
    type: 'DOUBLE',
    append: (appender, row) => {
      const value = of(row);
      if (value === null) appender.appendNull();
      else appender.appendDouble(value);
    },
  };
}

/** What samples show. Canaries are counted per conversation only: their columns are in `conversations`. */
export const SPAN_COLUMNS: readonly Column<SpanRow>[] = [
  bigint('start_ms', (row) => row.startMs),
  bigint('end_ms', (row) => row.endMs),
  bigint('span_key', (row) => row.spanKey),
  bigint('trace_key', (row) => row.traceKey),
  bigint('response_key', (row) => row.responseKey),
  bigint('thread_key', (row) => row.threadKey),
  bigint('conversation_key', (row) => row.conversationKey),
  varchar('prompt', (row) => row.prompt),
  varchar('version', (row) => row.version),
  varchar('sha', (row) => row.sha),
  varchar('cohort', (row) => row.cohort),
  varchar('worker', (row) => row.worker),
  varchar('conversation', (row) => row.conversation),
  varchar('trace_id', (row) => row.traceId),
  varchar('span_id', (row) => row.spanId),
  boolean('is_error', (row) => row.isError),
  varchar('error', (row) => row.error),
  varchar('error_type', (row) => row.errorType),
  varchar('model', (row) => row.model),
  boolean('complaint', (row) => row.complaint),
  boolean('safety', (row) => row.safety),
  boolean('downstream', (row) => row.downstream),
  double('csat', (row) => row.csat),
  varchar('input', (row) => row.input),
  varchar('output', (row) => row.output),
];

export const ROLLED_COLUMNS: readonly Column<RolledRow>[] = [
  bigint('start_ms', (row) => row.startMs),
  bigint('end_ms', endOf),
  bigint('conversation_key', (row) => row.conversationKey),
  varchar('prompt', (row) => row.prompt),
  varchar('version', (row) => row.first.version),
  varchar('sha', (row) => row.first.sha),
  varchar('cohort', (row) => row.first.cohort),
  varchar('worker', (row) => row.first.worker),
  varchar('conversation', (row) => row.conversation),
  bigint('first_rank', (row) => row.firstRank),
  boolean('is_error', (row) => row.isError),
  ...FLAGS.map((flag) => boolean<RolledRow>(flag, (row) => row[flag])),
  double('csat', (row) => row.csat),
  bigint('csat_rank', (row) => row.csatRank),
  varchar('other_version', (row) => otherEndOf(row)?.version ?? null),
  bigint('other_end_ms', (row) => otherEndOf(row)?.endMs ?? null),
];

export const FEEDBACK_COLUMNS: readonly Column<FeedbackRow>[] = [
  bigint('feedback_key', (row) => row.feedbackKey),
  bigint('at_ms', (row) => row.atMs),
  varchar('signal', (row) => row.signal),
  boolean('is_event', (row) => row.isEvent),
  double('csat', (row) => row.csat),
  varchar('prompt', (row) => row.prompt),
  bigint('span_key', (row) => row.spanKey),
  bigint('response_key', (row) => row.responseKey),
  bigint('trace_key', (row) => row.traceKey),
  bigint('thread_key', (row) => row.threadKey),
];

export const POINT_COLUMNS: readonly Column<PointRow>[] = [
  bigint('point_key', (row) => row.pointKey),
  bigint('at_ms', (row) => row.atMs),
  varchar('metric', (row) => row.metric),
  varchar('attributes', (row) => row.attributes),
  double('value', (row) => row.value),
];

export function columnsSql<T>(columns: readonly Column<T>[]): string {
  return columns.map(({ name, type }) => `${name} ${type}`).join(', ');
}

/** Appends rows; `pause` is awaited now and then so that a large batch does not hold the event loop. */
export async function appendRows<T>(
  appender: DuckDBAppender,
  columns: readonly Column<T>[],
  rows: readonly T[],
  pause: () => Promise<void>,
): Promise<void> {
  for (const [index, row] of rows.entries()) {
    for (const column of columns) column.append(appender, row);
    appender.endRow();
    // The appender hands its chunk of 2048 rows on by itself; this is where to let others run.
    if (index % 2048 === 2047) await pause();
  }
}
