/**
 * SQL of one commit. All times are inlined as whole numbers (never text from outside), because DuckDB prunes row groups by
 * constants only. `staged_*` and the other working tables are temporary and rebuilt by each commit.
 */
import { columnsSql, FEEDBACK_COLUMNS, POINT_COLUMNS, ROLLED_COLUMNS, SPAN_COLUMNS } from './columns.ts';
import { FLAG_OF_STREAM, FLAGS } from './rows.ts';

/** Longest time between the first and a later span of one conversation; a later span opens a new conversation. */
export const CONVERSATION_MS = 6 * 3600_000;
/** How long feedback that names a span waits for it before its trace or conversation id may be used instead. */
export const SPAN_GRACE_MS = 5_000;

export type Range = { readonly fromMs: number; readonly toMs: number };
const between = (column: string, range: Range) => `${column} BETWEEN ${range.fromMs} AND ${range.toMs}`;

const STAGES = {
  staged_spans: columnsSql(SPAN_COLUMNS),
  staged_conversations: columnsSql(ROLLED_COLUMNS),
  staged_feedback: columnsSql(FEEDBACK_COLUMNS),
  staged_points: columnsSql(POINT_COLUMNS),
} as const;
export type StageTable = keyof typeof STAGES;

export function stageSql(table: StageTable): string {
  return `CREATE OR REPLACE TEMP TABLE ${table} (${STAGES[table]})`;
}

/** A span sent again has the same start: only stored spans of that time need to be looked at. */
export function insertSpansSql(range: Range, receivedMs: number): string {
  return `
INSERT INTO spans BY NAME SELECT s.*, ${receivedMs} AS received_ms FROM staged_spans s WHERE NOT EXISTS (
  SELECT 1 FROM spans p WHERE ${between('p.start_ms', range)} AND p.start_ms = s.start_ms AND p.span_key = s.span_key)`;
}

/** Orders ratings by time, the worse one last among equals; csatRankOf of roll-up.ts says the same. */
const CSAT_RANK_SQL = 'f.at_ms * 1024 + round(100 - f.csat)::BIGINT';

/** A staged conversation is the stored one when they begin at most CONVERSATION_MS apart. */
function isSameSql(range: Range): string {
  const reach = { fromMs: range.fromMs - CONVERSATION_MS, toMs: range.toMs + CONVERSATION_MS };
  return `c.conversation_key = r.conversation_key AND ${between('c.start_ms', reach)}
  AND c.start_ms - r.start_ms BETWEEN ${-CONVERSATION_MS} AND ${CONVERSATION_MS}`;
}

/** Merges the batch into conversations that the store knows. */
export function updateConversationsSql(range: Range): string {
  const first = (column: string) =>
    `${column} = CASE WHEN r.first_rank < c.first_rank THEN r.${column} ELSE c.${column} END`;
  const either = (column: string) => `${column} = c.${column} OR r.${column}`;
  return `
UPDATE conversations AS c SET ${['version', 'sha', 'cohort', 'worker'].map(first).join(', ')},
  ${['is_error', ...FLAGS].map(either).join(', ')},
  start_ms = least(c.start_ms, r.start_ms), first_rank = least(c.first_rank, r.first_rank),
  end_ms = CASE
    WHEN c.version = r.version THEN greatest(c.end_ms, r.end_ms)
    WHEN r.first_rank < c.first_rank THEN r.end_ms
    WHEN c.version = r.other_version THEN greatest(c.end_ms, r.other_end_ms)
    ELSE c.end_ms END,
  csat = CASE WHEN r.csat_rank > coalesce(c.csat_rank, -1) THEN r.csat ELSE c.csat END,
  csat_rank = greatest(c.csat_rank, r.csat_rank)
FROM staged_conversations r WHERE ${isSameSql(range)}`;
}

/** The others are new. `areAllNew`: the update before found none, so none need to be looked for. */
export function insertConversationsSql(range: Range, areAllNew: boolean): string {
  const isNew = areAllNew ? '' : `WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE ${isSameSql(range)})`;
  return `
INSERT INTO conversations BY NAME SELECT r.* EXCLUDE (other_version, other_end_ms) FROM staged_conversations r ${isNew}
ORDER BY r.start_ms`;
}

export function insertFeedbackSql(range: Range, receivedMs: number): string {
  return `
INSERT INTO feedback SELECT f.*, ${receivedMs}, 0, NULL, NULL FROM staged_feedback f WHERE NOT EXISTS (
  SELECT 1 FROM feedback p WHERE ${between('p.at_ms', range)} AND p.at_ms = f.at_ms AND p.feedback_key = f.feedback_key)`;
}

export function insertPointsSql(range: Range): string {
  return `
INSERT INTO metric_points SELECT * FROM staged_points s WHERE NOT EXISTS (
  SELECT 1 FROM metric_points p WHERE ${between('p.at_ms', range)} AND p.at_ms = s.at_ms AND p.point_key = s.point_key)`;
}

/** Where to look for the spans of feedback. `spans` may be the stored ones of a time range or those of this batch. */
export type FeedbackSearch = {
  readonly spans: { readonly kind: 'stored'; readonly range: Range } | { readonly kind: 'staged' };
  readonly feedback: 'staged' | 'waiting' | 'overdue';
  readonly nowMs: number;
};

/** Finds the conversations of feedback: by span, else response, else (when no span can be expected) trace, else conversation id. */
export function findFeedbackSql({ spans, feedback, nowMs }: FeedbackSearch): string {
  const overdue = `received_ms <= ${nowMs - SPAN_GRACE_MS}`;
  const chosen = {
    staged: 'state = 0 AND feedback_key IN (SELECT feedback_key FROM staged_feedback)',
    waiting: 'state < 2',
    overdue: isOverdueSql(nowMs),
  }[feedback];
  const source = spans.kind === 'staged' ? 'staged_spans' : 'spans';
  const within = spans.kind === 'staged' ? 'true' : between('s.start_ms', spans.range);
  const canFallBack = `((f.span_key IS NULL AND f.response_key IS NULL) OR f.${overdue})`;
  const level = (rank: number, key: string, extra: string) => `
  SELECT f.feedback_key, f.at_ms, ${rank} AS level, s.conversation_key, s.prompt, s.start_ms FROM f JOIN ${source} s ON s.${key} = f.${key}
  WHERE ${within} AND (f.prompt IS NULL OR f.prompt = s.prompt) AND ${extra}`;
  return `
CREATE OR REPLACE TEMP TABLE hits AS
WITH f AS MATERIALIZED (SELECT * FROM feedback WHERE ${chosen}),
h AS (${[
    level(1, 'span_key', 'true'),
    level(2, 'response_key', 'true'),
    level(3, 'trace_key', canFallBack),
    level(4, 'thread_key', canFallBack),
  ].join('\n  UNION ALL')})
SELECT feedback_key, conversation_key, any_value(prompt) AS prompt,
  coalesce(max(start_ms) FILTER (WHERE start_ms <= at_ms), min(start_ms)) AS span_ms
FROM (SELECT * FROM h QUALIFY level = min(level) OVER (PARTITION BY feedback_key))
GROUP BY feedback_key, conversation_key`;
}

/** Feedback counts in the conversation it was given on, once per signal or canary, whenever it arrives. */
export const APPLY_FEEDBACK_SQL = `
CREATE OR REPLACE TEMP TABLE told AS
SELECT c.rowid AS row_id, min(h.conversation_key) AS conversation_key, any_value(c.start_ms) AS start_ms,
  ${Object.entries(FLAG_OF_STREAM)
    .map(([stream, flag]) => `bool_or(f.is_event AND f.signal = '${stream}') AS ${flag}`)
    .join(', ')},
  arg_max(f.csat, ${CSAT_RANK_SQL}) AS csat, max(${CSAT_RANK_SQL}) AS csat_rank
FROM hits h JOIN feedback f ON f.feedback_key = h.feedback_key AND f.state < 2
JOIN conversations c ON c.conversation_key = h.conversation_key AND h.span_ms - c.start_ms BETWEEN 0 AND ${CONVERSATION_MS}
GROUP BY c.rowid;
UPDATE conversations SET ${FLAGS.map((flag) => `${flag} = conversations.${flag} OR t.${flag}`).join(', ')},
  csat = CASE WHEN t.csat_rank > coalesce(conversations.csat_rank, -1) THEN t.csat ELSE conversations.csat END,
  csat_rank = greatest(conversations.csat_rank, t.csat_rank)
FROM told t WHERE conversations.rowid = t.row_id;
UPDATE feedback SET state = 2, conversation_key = o.conversation_key, prompt = o.prompt, lag_ms = feedback.at_ms - o.start_ms
FROM (
  SELECT h.feedback_key, arg_min(h.conversation_key, h.conversation_key) AS conversation_key,
    arg_min(h.prompt, h.conversation_key) AS prompt, arg_min(t.start_ms, h.conversation_key) AS start_ms
  FROM hits h JOIN told t ON t.conversation_key = h.conversation_key GROUP BY h.feedback_key
) o WHERE feedback.feedback_key = o.feedback_key AND feedback.state < 2`;

/** New feedback whose span had its time to arrive. */
export const isOverdueSql = (nowMs: number) => `state = 0 AND received_ms <= ${nowMs - SPAN_GRACE_MS}`;

/** Feedback searched everywhere in vain: from here on only new spans are compared with it. */
export function markSearchedSql(nowMs: number): string {
  return `UPDATE feedback SET state = 1 WHERE ${isOverdueSql(nowMs)}`;
}
