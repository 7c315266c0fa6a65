import type { BadRecord } from '#shared/model/wave2.ts';
import { CONVERSATION_MS } from './flush-sql.ts';
import type { EvidenceReader, ServedQuery } from './kind.ts';
import type { TelemetryStore } from './store.ts';

const MAX_TRACES = 50;
const MAX_TYPES = 20;
const SAMPLE_LENGTH = 300;

type ServedReader = Pick<EvidenceReader, 'served' | 'servedByCohort' | 'errorTypes' | 'keptSinceMs'>;

/** Times and counts are inlined as whole numbers, as everywhere in this store; names are parameters. */
const whole = (value: number) => {
  if (!Number.isFinite(value)) throw new RangeError('a time or a count must be a finite number');
  return Math.floor(value);
};

/** Which spans are the version's. A SHA may be cut on either side; one shorter than 7 would match by chance. */
const IS_VERSION = `(version = $version OR (length($sha) >= 7 AND length(sha) >= 7 AND (starts_with(sha, $sha) OR starts_with($sha, sha))))`;

const startedIn = ({ window }: ServedQuery) =>
  `start_ms >= ${whole(window.fromMs)} AND start_ms < ${whole(window.toMs)} AND prompt = $prompt`;

/**
 * One row per conversation that the version had a part in. The conversation's own row knows of errors that were reported later, and on
 * which version it began. Nothing here lists traces: that is dear, and asked for one page of rows alone.
 */
function servedSql(query: ServedQuery, isWithText = false): string {
  return `WITH turns AS MATERIALIZED (
    SELECT conversation_key, min(start_ms) AS start_ms, max(end_ms) AS end_ms,
      arg_min(conversation, start_ms) AS conversation, arg_min(cohort, start_ms) AS cohort, arg_min(worker, start_ms) AS worker,
      arg_min(version, start_ms) AS version, max(sha) AS sha, bool_or(downstream) AS downstream,
      min(coalesce(error_type, error)) FILTER (is_error) AS error_type
      ${isWithText ? ', bool_or(contains(trace_id, $text) OR contains(lower(conversation), $text)) AS is_named' : ''}
    FROM spans WHERE ${startedIn(query)} AND ${IS_VERSION}
    GROUP BY conversation_key),
  whole AS (
    SELECT conversation_key, bool_or(downstream) AS downstream, arg_min(version, start_ms) AS began_on
    FROM conversations
    WHERE start_ms >= ${whole(query.window.fromMs) - CONVERSATION_MS} AND start_ms < ${whole(query.window.toMs)}
      AND prompt = $prompt AND conversation_key IN (SELECT conversation_key FROM turns)
    GROUP BY conversation_key),
  served AS (
    SELECT t.* EXCLUDE (downstream), t.downstream OR coalesce(w.downstream, false) AS has_error,
      coalesce(w.began_on, t.version) AS began_on
    FROM turns t LEFT JOIN whole w USING (conversation_key))`;
}

const namesOf = ({ prompt, version, sha }: ServedQuery) => ({ prompt, version, sha: sha ?? '' });

/** What one version had a part in: for the repair of what it left behind. */
export function createServedReader(store: Pick<TelemetryStore, 'read'>): ServedReader {
  return {
    async served(query) {
      const { filter, offset, limit } = query;
      const isWithText = filter.text !== '';
      const conditions = [
        filter.cohort === null ? null : 'cohort = $cohort',
        filter.worker === null ? null : 'worker = $worker',
        filter.hasError === null ? null : filter.hasError ? 'has_error' : 'NOT has_error',
        isWithText ? 'is_named' : null,
      ].filter((condition) => condition !== null);
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      const served = servedSql(query, isWithText);
      const values = {
        ...namesOf(query),
        ...(filter.cohort === null ? {} : { cohort: filter.cohort }),
        ...(filter.worker === null ? {} : { worker: filter.worker }),
        ...(isWithText ? { text: filter.text.toLowerCase() } : {}),
      };
      const [rows, [count]] = await Promise.all([
        store.read(
          `${served},
           page AS MATERIALIZED (
             SELECT * FROM served ${where} ORDER BY start_ms, conversation_key LIMIT ${whole(limit)} OFFSET ${whole(offset)}),
           traces AS (
             SELECT conversation_key, count(DISTINCT trace_id)::DOUBLE AS traces,
               array_to_string(list_sort(list(DISTINCT trace_id))[1:${MAX_TRACES}], ' ') AS trace_ids
             FROM spans
             WHERE ${startedIn(query)} AND ${IS_VERSION} AND conversation_key IN (SELECT conversation_key FROM page)
             GROUP BY conversation_key)
           SELECT conversation, trace_ids, traces, sha, began_on, cohort, worker, has_error, error_type,
             start_ms::DOUBLE AS start_ms, end_ms::DOUBLE AS end_ms
           FROM page JOIN traces USING (conversation_key) ORDER BY start_ms, conversation_key`,
          values,
        ),
        store.read(`${served} SELECT count(*)::DOUBLE AS total FROM served ${where}`, values),
      ]);
      return {
        total: Number(count?.total ?? 0),
        rows: rows.map((row): BadRecord => ({
          conversation: String(row.conversation),
          traceIds: String(row.trace_ids).split(' '),
          traces: Number(row.traces),
          sha: row.sha === null || row.sha === undefined ? null : String(row.sha),
          beganOn: String(row.began_on),
          cohort: String(row.cohort),
          worker: String(row.worker),
          startMs: Number(row.start_ms),
          endMs: Number(row.end_ms),
          hasError: row.has_error === true,
          errorType: row.error_type === null || row.error_type === undefined ? null : String(row.error_type),
        })),
      };
    },

    async servedByCohort(query) {
      const rows = await store.read(
        `${servedSql(query)}
         SELECT cohort, count(*)::DOUBLE AS conversations, (count(*) FILTER (has_error))::DOUBLE AS errors,
           (count(*) FILTER (began_on <> version))::DOUBLE AS began_elsewhere,
           to_json(list_sort(list(DISTINCT worker)))::VARCHAR AS workers, min(start_ms)::DOUBLE AS first_ms, max(end_ms)::DOUBLE AS last_ms
         FROM served GROUP BY cohort ORDER BY conversations DESC, cohort`,
        namesOf(query),
      );
      return rows.map((row) => ({
        cohort: String(row.cohort),
        conversations: Number(row.conversations),
        errors: Number(row.errors),
        beganElsewhere: Number(row.began_elsewhere),
        workers: JSON.parse(String(row.workers)) as string[],
        firstMs: Number(row.first_ms),
        lastMs: Number(row.last_ms),
      }));
    },

    async errorTypes(query) {
      const { window, sinceMs } = query;
      const [fromMs, toMs] = [whole(window.fromMs), whole(window.toMs)];
      const inWindow = `(start_ms >= ${fromMs} AND start_ms < ${toMs} AND ${IS_VERSION})`;
      const since = sinceMs === null ? 'false' : `start_ms >= ${whole(sinceMs)}`;
      const rows = await store.read(
        `SELECT coalesce(error_type, left(error, 120), 'error') AS type, left(arg_max(error, start_ms), ${SAMPLE_LENGTH}) AS sample,
           (count(*) FILTER (${inWindow}))::DOUBLE AS in_window, (count(*) FILTER (${since}))::DOUBLE AS since_flip
         FROM spans WHERE start_ms >= ${fromMs} AND prompt = $prompt AND is_error AND (${inWindow} OR ${since})
         GROUP BY type ORDER BY since_flip + in_window DESC, type LIMIT ${MAX_TYPES}`,
        namesOf(query),
      );
      return rows.map((row) => ({
        type: String(row.type),
        sample: String(row.sample ?? ''),
        count: Number(row.in_window),
        sinceFlip: Number(row.since_flip),
      }));
    },

    async keptSinceMs(prompt) {
      const [row] = await store.read(
        `SELECT min(start_ms)::DOUBLE AS oldest_ms FROM conversations WHERE prompt = $prompt`,
        { prompt },
      );
      return row?.oldest_ms === null || row?.oldest_ms === undefined ? null : Number(row.oldest_ms);
    },
  };
}
