import type { RateStreamId } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import { whole } from './answers.ts';
import { CONVERSATION_MS } from './flush-sql.ts';
import type { Arrival, ArrivedConversation } from './kind.ts';
import { type Flag, FLAG_OF_STREAM } from './rows.ts';
import type { StoreRow, TelemetryStore } from './store.ts';

const STREAMS = Object.entries(FLAG_OF_STREAM) as [RateStreamId, Flag][];

/** A conversation as it is counted now, with the turns and reports it came from. */
export type ArrivalFacts = {
  readonly startMs: number;
  readonly version: string;
  readonly cohort: string;
  readonly worker: string;
  /** End of its last turn on its version. */
  readonly endMs: number;
  readonly flags: Readonly<Record<Flag, boolean>>;
  readonly csat: number | null;
  readonly turns: readonly {
    readonly endMs: number;
    readonly receivedMs: number;
    /** What the turn itself said; canaries are not kept per turn by the store. */
    readonly flags: Readonly<Partial<Record<Flag, boolean>>>;
    readonly hasCsat: boolean;
  }[];
  readonly reports: readonly {
    readonly signal: string;
    readonly isEvent: boolean;
    readonly saidMs: number;
    readonly receivedMs: number;
  }[];
};

/** When what is counted about a conversation was said and became known: the earliest of each stream, the last rating. */
export function arrivedOf(facts: ArrivalFacts): ArrivedConversation {
  const turns = facts.turns.toSorted((a, b) => a.receivedMs - b.receivedMs || a.endMs - b.endMs);
  const known: Arrival = {
    saidMs: turns[0]?.endMs ?? facts.endMs,
    knownMs: turns[0]?.receivedMs ?? facts.endMs,
  };
  const last = turns.findLast(({ endMs }) => endMs === facts.endMs);
  const end: Arrival = {
    saidMs: facts.endMs,
    knownMs: Math.max(known.knownMs, last?.receivedMs ?? facts.endMs),
  };
  // A report that came before its conversation counted when that came.
  const fromTurn = ({ endMs, receivedMs }: ArrivalFacts['turns'][number]): Arrival => ({
    saidMs: endMs,
    knownMs: receivedMs,
  });
  const fromReport = ({ saidMs, receivedMs }: ArrivalFacts['reports'][number]): Arrival => ({
    saidMs,
    knownMs: Math.max(receivedMs, known.knownMs),
  });
  const shown: Partial<Record<RateStreamId, Arrival>> = {};
  for (const [stream, flag] of STREAMS) {
    if (!facts.flags[flag]) continue;
    const arrivals = [
      ...turns.filter((turn) => turn.flags[flag]).map(fromTurn),
      ...facts.reports.filter(({ signal, isEvent }) => isEvent && signal === stream).map(fromReport),
    ];
    shown[stream] = arrivals.toSorted((a, b) => a.knownMs - b.knownMs || a.saidMs - b.saidMs)[0] ?? end;
  }
  const rated = [
    ...turns.filter(({ hasCsat }) => hasCsat).map(fromTurn),
    ...facts.reports.filter(({ signal }) => signal === 'csat').map(fromReport),
  ].toSorted((a, b) => a.saidMs - b.saidMs || b.knownMs - a.knownMs);
  const { startMs, version, cohort, worker, csat } = facts;
  const rating = csat === null ? null : { score: Math.round(csat), ...(rated.at(-1) ?? end) };
  return { startMs, version, cohort, worker, known, end, shown, rating };
}

const isTrue = (value: StoreRow[string]) => value === true;

/** Every conversation of the window with its turns and reports, oldest first. Three passes; for a recording, not for a screen. */
export async function readArrivals(
  store: Pick<TelemetryStore, 'read'>,
  { prompt, window }: { readonly prompt: string; readonly window: Window },
): Promise<ArrivedConversation[]> {
  const [fromMs, toMs] = [whole(window.fromMs, 'fromMs'), whole(window.toMs, 'toMs')];
  const flags = Object.values(FLAG_OF_STREAM);
  const chosen = `SELECT conversation_key, start_ms, end_ms, version, cohort, worker, csat, ${flags.join(', ')}
    FROM conversations WHERE start_ms >= ${fromMs} AND start_ms < ${toMs} AND prompt = $prompt`;
  const conversations = await store.read(
    `SELECT conversation_key::VARCHAR AS key, c.* EXCLUDE (conversation_key, start_ms, end_ms),
       start_ms::DOUBLE AS start_ms, end_ms::DOUBLE AS end_ms
     FROM (${chosen}) c ORDER BY start_ms, conversation_key`,
    { prompt },
  );
  const turns = await store.read(
    `SELECT c.conversation_key::VARCHAR AS key, c.start_ms::DOUBLE AS began_ms, s.end_ms::DOUBLE AS end_ms,
       coalesce(s.received_ms, s.end_ms)::DOUBLE AS received_ms, s.complaint, s.safety, s.downstream, s.csat IS NOT NULL AS rated
     FROM (${chosen}) c JOIN spans s ON s.conversation_key = c.conversation_key
     WHERE s.start_ms BETWEEN ${fromMs} AND ${toMs + CONVERSATION_MS}
       AND s.start_ms BETWEEN c.start_ms AND c.start_ms + ${CONVERSATION_MS}`,
    { prompt },
  );
  const reports = await store.read(
    `SELECT c.conversation_key::VARCHAR AS key, c.start_ms::DOUBLE AS began_ms, f.signal, f.is_event,
       f.at_ms::DOUBLE AS at_ms, f.received_ms::DOUBLE AS received_ms
     FROM (${chosen}) c JOIN feedback f ON f.conversation_key = c.conversation_key
     WHERE f.state = 2 AND f.at_ms - f.lag_ms - c.start_ms BETWEEN 0 AND ${CONVERSATION_MS}`,
    { prompt },
  );
  const keyOf = (row: StoreRow, startMs: StoreRow[string]) => `${String(row.key)} ${Number(startMs)}`;
  const turnsOf = Map.groupBy(turns, (row) => keyOf(row, row.began_ms));
  const reportsOf = Map.groupBy(reports, (row) => keyOf(row, row.began_ms));
  return conversations.map((row) =>
    arrivedOf({
      startMs: Number(row.start_ms),
      version: String(row.version),
      cohort: String(row.cohort),
      worker: String(row.worker),
      endMs: Number(row.end_ms),
      flags: Object.fromEntries(flags.map((flag) => [flag, isTrue(row[flag])])) as Record<Flag, boolean>,
      csat: row.csat === null || row.csat === undefined ? null : Number(row.csat),
      turns: (turnsOf.get(keyOf(row, row.start_ms)) ?? []).map((turn) => ({
        endMs: Number(turn.end_ms),
        receivedMs: Number(turn.received_ms),
        flags: {
          complaint: isTrue(turn.complaint),
          safety: isTrue(turn.safety),
          downstream: isTrue(turn.downstream),
        },
        hasCsat: isTrue(turn.rated),
      })),
      reports: (reportsOf.get(keyOf(row, row.start_ms)) ?? []).map((report) => ({
        signal: String(report.signal),
        isEvent: isTrue(report.is_event),
        saidMs: Number(report.at_ms),
        receivedMs: Number(report.received_ms),
      })),
    }),
  );
}
