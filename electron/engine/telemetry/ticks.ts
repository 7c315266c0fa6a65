import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { RateStreamId } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { TickRow } from './kind.ts';
import { type Flag, FLAG_OF_STREAM } from './rows.ts';
import type { StoreRow, TelemetryStore } from './store.ts';

const STREAMS = Object.entries(FLAG_OF_STREAM) as [RateStreamId, Flag][];

const EVENT_COUNTS = STREAMS.map(([stream, flag]) => `count(*) FILTER (${flag})::DOUBLE AS ${stream}`).join(
  ', ',
);

function windowInTicks(window: Window): { fromMs: number; toMs: number } {
  if (!Number.isFinite(window.fromMs) || !Number.isFinite(window.toMs)) {
    throw new RangeError('a window must have finite ends');
  }
  return {
    fromMs: Math.floor(window.fromMs / TICK_MS) * TICK_MS,
    toMs: Math.ceil(window.toMs / TICK_MS) * TICK_MS,
  };
}

type Growing = {
  conversations: number;
  events: Partial<Record<RateStreamId, number>>;
  ratings: [number, number][];
};

/** Rows of one bucket, version and cohort differ by their score: adds them up. */
function addScoreRow(to: Growing, row: StoreRow): void {
  const conversations = Number(row.conversations);
  to.conversations += conversations;
  for (const [stream] of STREAMS) {
    const events = Number(row[stream]);
    if (events > 0) to.events[stream] = (to.events[stream] ?? 0) + events;
  }
  if (row.score !== null) to.ratings.push([Number(row.score), conversations]);
}

/**
 * Counts per tick, version and cohort by conversation start, sorted by tick, version, cohort. The window is widened to whole ticks, so
 * that no bucket ever comes out cut. One pass over the conversations of the window.
 */
export async function readTicks(
  store: Pick<TelemetryStore, 'read'>,
  { prompt, window }: { readonly prompt: string; readonly window: Window },
): Promise<TickRow[]> {
  const { fromMs, toMs } = windowInTicks(window);
  const rows = await store.read(
    `SELECT (start_ms // ${TICK_MS})::DOUBLE AS tick, version, cohort, round(csat)::DOUBLE AS score,
       count(*)::DOUBLE AS conversations, ${EVENT_COUNTS}
     FROM conversations WHERE start_ms >= ${fromMs} AND start_ms < ${toMs} AND prompt = $prompt
     GROUP BY tick, version, cohort, score ORDER BY tick, version, cohort, score`,
    { prompt },
  );
  const ticks: (TickRow & Growing)[] = [];
  for (const row of rows) {
    const bucketMs = Number(row.tick) * TICK_MS;
    let last = ticks.at(-1);
    if (last?.bucketMs !== bucketMs || last.version !== row.version || last.cohort !== row.cohort) {
      last = {
        bucketMs,
        version: String(row.version),
        cohort: String(row.cohort),
        conversations: 0,
        events: {},
        ratings: [],
      };
      ticks.push(last);
    }
    addScoreRow(last, row);
  }
  return ticks;
}
