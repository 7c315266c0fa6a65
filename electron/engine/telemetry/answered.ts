import type { RateStreamId } from '#shared/model/detection.ts';
import type { AnsweredBy, EvidenceReader, FailedMinute, WorkerCounts } from './kind.ts';
import { type Flag, FLAG_OF_STREAM } from './rows.ts';
import type { TelemetryStore } from './store.ts';

const MINUTE_MS = 60_000;
const STREAMS = Object.entries(FLAG_OF_STREAM) as [RateStreamId, Flag][];

type AnsweredReader = Pick<EvidenceReader, 'answeredBy' | 'failedMinutes' | 'workerCounts'>;

/** Whole numbers are inlined, because DuckDB prunes by constants. */
function startedIn({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): string {
  if (!Number.isFinite(fromMs) || !Number.isFinite(toMs))
    throw new RangeError('a window must have finite ends');
  return `start_ms >= ${Math.floor(fromMs)} AND start_ms < ${Math.floor(toMs)} AND prompt = $prompt`;
}

/** Who answered, who failed, and where: for what lies outside the prompt. */
export function createAnsweredReader(store: Pick<TelemetryStore, 'read'>): AnsweredReader {
  return {
    async answeredBy({ prompt, window }) {
      const rows = await store.read(
        `SELECT version, model, min(start_ms)::DOUBLE AS first_ms, max(start_ms)::DOUBLE AS last_ms, count(*)::DOUBLE AS turns
         FROM spans WHERE ${startedIn(window)} AND model IS NOT NULL GROUP BY version, model ORDER BY first_ms, version, model`,
        { prompt },
      );
      return rows.map((row): AnsweredBy => ({
        version: String(row.version),
        model: String(row.model),
        firstSeenMs: Number(row.first_ms),
        lastSeenMs: Number(row.last_ms),
        turns: Number(row.turns),
      }));
    },

    async failedMinutes({ prompt, window }) {
      const rows = await store.read(
        `SELECT (start_ms // ${MINUTE_MS})::DOUBLE AS minute, version, error_type, count(*)::DOUBLE AS turns
         FROM spans WHERE ${startedIn(window)} GROUP BY minute, version, error_type ORDER BY minute, version, error_type`,
        { prompt },
      );
      const minutes = new Map<
        string,
        { startMs: number; version: string; turns: number; failed: Record<string, number> }
      >();
      for (const row of rows) {
        const [startMs, version, turns] = [
          Number(row.minute) * MINUTE_MS,
          String(row.version),
          Number(row.turns),
        ];
        const key = `${startMs}\n${version}`;
        const minute = minutes.get(key) ?? { startMs, version, turns: 0, failed: {} };
        minutes.set(key, minute);
        minute.turns += turns;
        if (row.error_type !== null && row.error_type !== undefined)
          minute.failed[String(row.error_type)] = turns;
      }
      return [...minutes.values()] satisfies FailedMinute[];
    },

    async workerCounts({ prompt, window, version }) {
      const counts = STREAMS.map(([stream, flag]) => `count(*) FILTER (${flag})::DOUBLE AS ${stream}`).join(
        ', ',
      );
      const rows = await store.read(
        `SELECT worker, count(*)::DOUBLE AS conversations, ${counts} FROM conversations
         WHERE ${startedIn(window)} AND version = $version GROUP BY worker ORDER BY worker`,
        { prompt, version },
      );
      return rows.map((row): WorkerCounts => ({
        worker: String(row.worker),
        conversations: Number(row.conversations),
        events: Object.fromEntries(STREAMS.map(([stream]) => [stream, Number(row[stream])])),
      }));
    },
  };
}
