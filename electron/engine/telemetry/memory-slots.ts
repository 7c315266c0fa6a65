import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { RateStreamId } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { TickRow } from './kind.ts';
import { type FeedbackRow, type Flag, FLAG_OF_STREAM, FLAGS, type SpanRow } from './rows.ts';
import { emptyTally, type Tally } from './tally.ts';

/** A conversation as a table row of the store would hold it, with its spans. Changed only between `unbook` and `book`. */
export type Talk = Record<Flag, boolean> & {
  readonly prompt: string;
  readonly conversation: string;
  readonly spans: SpanRow[];
  /** When each of them was received, in the same order. */
  readonly spansReceivedMs: number[];
  readonly reports: { readonly row: FeedbackRow; readonly receivedMs: number }[];
  /** The span that gives version, SHA, cohort and worker. */
  first: SpanRow;
  startMs: number;
  endMs: number;
  isError: boolean;
  csat: number | null;
  /** Time of the rating that counts, the worse one last among equals. */
  csatRank: number;
};

const MINUTE_MS = 60_000;

type Line = {
  readonly version: string;
  readonly cohort: string;
  readonly tally: Tally;
  readonly flags: Record<Flag, number>;
  readonly scores: Map<number, number>;
};

type Slot = {
  readonly startMs: number;
  readonly talks: Talk[];
  readonly lines: Map<string, Line>;
  /** Worked out when asked for, thrown away by the next change. */
  ticks: TickRow[] | null;
};

const STREAMS = Object.entries(FLAG_OF_STREAM) as [RateStreamId, Flag][];
const noFlags = (): Record<Flag, number> =>
  Object.fromEntries(FLAGS.map((flag) => [flag, 0])) as Record<Flag, number>;

function addTo(to: Tally, from: Tally): void {
  to.conversations += from.conversations;
  to.complaints += from.complaints;
  to.safety += from.safety;
  to.downstream += from.downstream;
  to.ratings += from.ratings;
  to.csat_sum += from.csat_sum;
  to.csat_squares += from.csat_squares;
}

function countTalk(to: Tally, talk: Talk, count: 1 | -1): void {
  to.conversations += count;
  if (talk.complaint) to.complaints += count;
  if (talk.safety) to.safety += count;
  if (talk.downstream) to.downstream += count;
  if (talk.csat === null) return;
  to.ratings += count;
  to.csat_sum += count * talk.csat;
  to.csat_squares += count * talk.csat * talk.csat;
}

function ticksOf(slot: Slot): TickRow[] {
  const rows: TickRow[] = [];
  for (const { version, cohort, tally, flags, scores } of slot.lines.values()) {
    if (tally.conversations === 0) continue;
    const events: Partial<Record<RateStreamId, number>> = {};
    for (const [stream, flag] of STREAMS) if (flags[flag] > 0) events[stream] = flags[flag];
    const ratings = [...scores].filter(([, count]) => count > 0).toSorted(([a], [b]) => a - b);
    rows.push({
      bucketMs: slot.startMs,
      version,
      cohort,
      conversations: tally.conversations,
      events,
      ratings,
    });
  }
  return rows.toSorted((a, b) => compare(a.version, b.version) || compare(a.cohort, b.cohort));
}

/** As the database sorts text: by code, not by language. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Conversations of one prompt by when they started, counted as they come in: a question reads counts, and rows only at its edges. */
export type Slots = {
  book(talk: Talk): void;
  unbook(talk: Talk): void;
  /** Every conversation of the window, oldest slot first. */
  talksIn(window: Window): Talk[];
  /** Counts of the window by what `groupOf` says of each version and cohort; null = left out. */
  tally(
    window: Window,
    groupOf: (version: string, cohort: string) => string | null,
    into: Map<string, Tally>,
  ): void;
  /** The window is widened to whole ticks. */
  ticks(window: Window): TickRow[];
};

export function createSlots(): Slots {
  const slots = new Map<number, Slot>();
  /** The same counts by minute: a question about an hour reads sixty of these. */
  const minutes = new Map<number, Map<string, Line>>();
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;

  function slotAt(atMs: number): Slot {
    const startMs = Math.floor(atMs / TICK_MS) * TICK_MS;
    const known = slots.get(startMs);
    if (known) return known;
    const slot: Slot = { startMs, talks: [], lines: new Map(), ticks: null };
    slots.set(startMs, slot);
    firstMs = Math.min(firstMs, startMs);
    lastMs = Math.max(lastMs, startMs);
    return slot;
  }

  function lineOf(lines: Map<string, Line>, version: string, cohort: string): Line {
    const key = `${version}\n${cohort}`;
    const known = lines.get(key);
    if (known) return known;
    const line = { version, cohort, tally: emptyTally(), flags: noFlags(), scores: new Map() };
    lines.set(key, line);
    return line;
  }

  function minuteAt(atMs: number): Map<string, Line> {
    const startMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    const known = minutes.get(startMs);
    if (known) return known;
    const fresh = new Map<string, Line>();
    minutes.set(startMs, fresh);
    return fresh;
  }

  function count(talk: Talk, by: 1 | -1): Slot {
    const slot = slotAt(talk.startMs);
    const { version, cohort } = talk.first;
    const line = lineOf(slot.lines, version, cohort);
    countTalk(line.tally, talk, by);
    countTalk(lineOf(minuteAt(talk.startMs), version, cohort).tally, talk, by);
    for (const flag of FLAGS) if (talk[flag]) line.flags[flag] += by;
    if (talk.csat !== null) {
      const score = Math.round(talk.csat);
      line.scores.set(score, (line.scores.get(score) ?? 0) + by);
    }
    slot.ticks = null;
    return slot;
  }

  function* slotsOf({ fromMs, toMs }: Window): Generator<Slot> {
    const from = Math.max(firstMs, Math.floor(fromMs / TICK_MS) * TICK_MS);
    for (let atMs = from; atMs < toMs && atMs <= lastMs; atMs += TICK_MS) {
      const slot = slots.get(atMs);
      if (slot) yield slot;
    }
  }
  const isWhole = (slot: Slot, { fromMs, toMs }: Window) =>
    slot.startMs >= fromMs && slot.startMs + TICK_MS <= toMs;
  const isIn = (talk: Talk, { fromMs, toMs }: Window) => talk.startMs >= fromMs && talk.startMs < toMs;

  return {
    book(talk) {
      count(talk, 1).talks.push(talk);
    },
    unbook(talk) {
      const { talks } = count(talk, -1);
      // What changes is nearly always among the newest.
      talks.splice(talks.lastIndexOf(talk), 1);
    },
    talksIn(window) {
      const found: Talk[] = [];
      for (const slot of slotsOf(window)) {
        const all = isWhole(slot, window);
        for (const talk of slot.talks) if (all || isIn(talk, window)) found.push(talk);
      }
      return found;
    },
    tally(window, groupOf, into) {
      const tallyOf = (group: string) => {
        const known = into.get(group);
        if (known) return known;
        const fresh = emptyTally();
        into.set(group, fresh);
        return fresh;
      };
      const addLines = (lines: Iterable<Line>) => {
        for (const { version, cohort, tally } of lines) {
          if (tally.conversations === 0) continue;
          const group = groupOf(version, cohort);
          if (group !== null) addTo(tallyOf(group), tally);
        }
      };
      const addSlots = (part: Window) => {
        for (const slot of slotsOf(part)) {
          if (isWhole(slot, part)) {
            addLines(slot.lines.values());
            continue;
          }
          for (const talk of slot.talks) {
            if (!isIn(talk, part)) continue;
            const group = groupOf(talk.first.version, talk.first.cohort);
            if (group !== null) countTalk(tallyOf(group), talk, 1);
          }
        }
      };
      const fromMs = Math.ceil(window.fromMs / MINUTE_MS) * MINUTE_MS;
      const toMs = Math.floor(window.toMs / MINUTE_MS) * MINUTE_MS;
      if (toMs <= fromMs) {
        addSlots(window);
        return;
      }
      addSlots({ fromMs: window.fromMs, toMs: fromMs });
      for (
        let atMs = Math.max(fromMs, Math.floor(firstMs / MINUTE_MS) * MINUTE_MS);
        atMs < toMs && atMs <= lastMs;
        atMs += MINUTE_MS
      )
        addLines(minutes.get(atMs)?.values() ?? []);
      addSlots({ fromMs: toMs, toMs: window.toMs });
    },
    ticks(window) {
      const rows: TickRow[] = [];
      for (const slot of slotsOf({
        fromMs: window.fromMs,
        toMs: Math.ceil(window.toMs / TICK_MS) * TICK_MS,
      })) {
        slot.ticks ??= ticksOf(slot);
        for (const row of slot.ticks) rows.push(row);
      }
      return rows;
    },
  };
}
