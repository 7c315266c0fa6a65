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

/** DuckDB writes a histogram of whole numbers as `{20=1, 75=3}`, ascending. */
function ratingsOf(histogram: StoreRow[string]): [number, number][] {
  if (typeof histogram !== 'string') return [];
  return [...histogram.matchAll(/(\d+)=(\d+)/g)].map(([, score, count]) => [Number(score), Number(count)]);
}

function eventsOf(row: StoreRow): TickRow['events'] {
  const events: Partial<Record<RateStreamId, number>> = {};
  for (const [stream] of STREAMS) {
    const count = Number(row[stream]);
    if (count > 0) events[stream] = count;
  }
  return events;
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
    `SELECT (start_ms // ${TICK_MS})::DOUBLE AS tick, version, cohort, count(*)::DOUBLE AS conversations, ${EVENT_COUNTS},
       histogram(round(csat)::INTEGER)::VARCHAR AS ratings
     FROM conversations WHERE start_ms >= ${fromMs} AND start_ms < ${toMs} AND prompt = $prompt
     GROUP BY tick, version, cohort ORDER BY tick, version, cohort`,
    { prompt },
  );
  return rows.map((row) => ({
    bucketMs: Number(row.tick) * TICK_MS,
    version: String(row.version),
    cohort: String(row.cohort),
    conversations: Number(row.conversations),
    events: eventsOf(row),
    ratings: ratingsOf(row.ratings),
  }));
}
