import { z } from 'zod';
import type { ArmId, Increment } from '#shared/domain/detection/kind.ts';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { RateStreamId } from '#shared/model/detection.ts';
import { STREAM_IDS } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';

/** What a source shows now about one bucket, arm and cohort: totals, where an increment is what they grew by. */
export type ShownRow = Increment;

/**
 * Remembers what was fed to the detector of each bucket, and turns what a source shows now into increments. So a conversation counts once
 * however often it is looked at, late reports become increments of the bucket in which their conversation began, and a look that was
 * missed (sleep, restart) is made up for by the next.
 */
export type Ledger = {
  /** Increments since the last look at these buckets. `rows` are all rows of the window, `untilMs` the end of the tick they are fed in. */
  take(rows: readonly ShownRow[], window: Window, untilMs: number): Increment[];
  state(): LedgerState;
};

const RATE_STREAMS = STREAM_IDS.filter((stream) => stream !== 'csat');
const ARMS: readonly ArmId[] = ['candidate', 'control'];

const count = z.number().int().min(0);
export const ledgerStateSchema = z.object({
  cohorts: z.array(z.string()),
  /** Bucket (in ticks), arm, cohort, conversations, events by rate stream, [score, count] pairs flattened. */
  rows: z.array(z.tuple([count, z.literal([0, 1]), count, count, z.array(count), z.array(count)])),
  /** Fed, but gone from where they were: name, count, until. */
  debts: z.array(z.tuple([z.string(), z.number(), z.number()])),
});
export type LedgerState = z.infer<typeof ledgerStateSchema>;

/** How far back reports are taken. The detector keeps what it needs for late counts for as long. */
export const LOOK_BACK_MS = 2 * 3_600_000;
/**
 * A conversation that turns out to have begun earlier (or on another version) leaves one bucket and joins another, perhaps one that is
 * only looked at once a minute. For this long what left is held against what joins, so that it is not fed twice.
 */
const DEBT_MS = 3 * 60_000;

type Fed = {
  readonly bucketMs: number;
  readonly arm: ArmId;
  readonly cohort: string;
  conversations: number;
  events: Map<RateStreamId, number>;
  ratings: Map<number, number>;
  /** As the reader handed it out: the same again has not changed. */
  readonly ratingsShown?: ShownRow['ratings'];
  readonly eventsShown?: ShownRow['events'];
};

export function createLedger(saved?: LedgerState): Ledger {
  const fed = new Map<string, Fed>();
  const debts = new Map<string, { count: number; untilMs: number }>();
  if (saved) restore(saved);

  function restore({ cohorts, rows, debts: owed }: LedgerState): void {
    for (const [tick, arm, cohort, conversations, events, scores] of rows) {
      const entry: Fed = {
        bucketMs: tick * TICK_MS,
        arm: ARMS[arm] ?? 'control',
        cohort: cohorts[cohort] ?? '',
        conversations,
        events: new Map(
          RATE_STREAMS.flatMap((stream, index) => (events[index] ? [[stream, events[index]]] : [])),
        ),
        ratings: new Map(),
      };
      for (let index = 0; index + 1 < scores.length; index += 2) {
        entry.ratings.set(scores[index] ?? 0, scores[index + 1] ?? 0);
      }
      fed.set(keyOf(entry), entry);
    }
    for (const [name, owing, untilMs] of owed) debts.set(name, { count: owing, untilMs });
  }

  function owe(name: string, owing: number, nowMs: number): void {
    if (owing <= 0) return;
    const before = debts.get(name)?.count ?? 0;
    debts.set(name, { count: before + owing, untilMs: nowMs + DEBT_MS });
  }

  /** What of `grown` is news; the rest settles a debt. */
  function settle(name: string, grown: number): number {
    const debt = debts.get(name);
    if (!debt || grown <= 0) return Math.max(0, grown);
    const paid = Math.min(debt.count, grown);
    debt.count -= paid;
    if (debt.count === 0) debts.delete(name);
    return grown - paid;
  }

  function shrunk(entry: Fed, now: Fed, nowMs: number): void {
    const whose = `${entry.arm}/${entry.cohort}`;
    owe(`conversations/${whose}`, entry.conversations - now.conversations, nowMs);
    for (const [stream, before] of entry.events) {
      owe(`${stream}/${whose}`, before - (now.events.get(stream) ?? 0), nowMs);
    }
    for (const [score, before] of entry.ratings) {
      owe(`csat/${whose}`, before - (now.ratings.get(score) ?? 0), nowMs);
    }
  }

  function grown(now: Fed, before: Fed | undefined): Increment | null {
    const whose = `${now.arm}/${now.cohort}`;
    const conversations = settle(`conversations/${whose}`, now.conversations - (before?.conversations ?? 0));
    const events: Partial<Record<RateStreamId, number>> = {};
    for (const [stream, shown] of now.events) {
      const news = settle(`${stream}/${whose}`, shown - (before?.events.get(stream) ?? 0));
      if (news > 0) events[stream] = news;
    }
    const ratings: [number, number][] = [];
    for (const [score, shown] of now.ratings) {
      const news = settle(`csat/${whose}`, shown - (before?.ratings.get(score) ?? 0));
      if (news > 0) ratings.push([score, news]);
    }
    if (conversations === 0 && ratings.length === 0 && Object.keys(events).length === 0) return null;
    return { cohort: now.cohort, arm: now.arm, bucketMs: now.bucketMs, conversations, events, ratings };
  }

  return {
    take(rows, window, untilMs) {
      const shown = new Map(
        rows.map((row) => {
          const key = keyOf(row);
          return [key, fedOf(row, fed.get(key))];
        }),
      );
      for (const [name, { untilMs: endsMs }] of debts) if (endsMs < untilMs) debts.delete(name);
      // First what left a bucket, then what joined one: a move within one look nets to nothing.
      for (const [key, entry] of fed) {
        if (entry.bucketMs < window.fromMs || entry.bucketMs >= window.toMs) continue;
        const now = shown.get(key);
        if (now === entry) continue;
        shrunk(entry, now ?? emptied(entry), untilMs);
        if (!now) fed.delete(key);
      }
      const increments: Increment[] = [];
      for (const [key, now] of [...shown].toSorted(([, a], [, b]) => a.bucketMs - b.bucketMs)) {
        if (now === fed.get(key)) continue;
        const increment = grown(now, fed.get(key));
        fed.set(key, now);
        if (increment) increments.push(increment);
      }
      for (const [key, { bucketMs }] of fed) if (bucketMs < untilMs - LOOK_BACK_MS) fed.delete(key);
      return increments;
    },
    state() {
      const cohorts = [...new Set([...fed.values()].map(({ cohort }) => cohort))];
      const index = new Map(cohorts.map((cohort, at) => [cohort, at]));
      return {
        cohorts,
        rows: [...fed.values()].map((entry) => [
          entry.bucketMs / TICK_MS,
          entry.arm === 'candidate' ? 0 : 1,
          index.get(entry.cohort) ?? 0,
          entry.conversations,
          RATE_STREAMS.map((stream) => entry.events.get(stream) ?? 0),
          [...entry.ratings].flat(),
        ]),
        debts: [...debts].map(([name, debt]) => [name, debt.count, debt.untilMs]),
      };
    },
  };
}

function keyOf({ bucketMs, arm, cohort }: { bucketMs: number; arm: ArmId; cohort: string }): string {
  return `${bucketMs}/${arm}/${cohort}`;
}

/** The row as it is kept; one that a reader hands out unchanged is the one that is kept already. */
function fedOf(row: ShownRow, before: Fed | undefined): Fed {
  const isSame =
    before?.ratingsShown === row.ratings &&
    before.eventsShown === row.events &&
    before.conversations === row.conversations;
  if (isSame) return before;
  return {
    ratingsShown: row.ratings,
    eventsShown: row.events,
    bucketMs: row.bucketMs,
    arm: row.arm,
    cohort: row.cohort,
    conversations: row.conversations,
    events: new Map(
      RATE_STREAMS.flatMap((stream) => (row.events[stream] ? [[stream, row.events[stream]]] : [])),
    ),
    ratings: new Map(row.ratings),
  };
}

function emptied(entry: Fed): Fed {
  return { ...entry, conversations: 0, events: new Map(), ratings: new Map() };
}
