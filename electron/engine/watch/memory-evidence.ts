import { TICK_MS } from '#shared/domain/detection/kind.ts';
import type { RateStreamId, StreamId } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';
import type { EvidenceReader, TickRow, VersionCounts } from '../telemetry/kind.ts';

/** Everything about one conversation that a test can say when it starts; reports follow with `report`. */
export type Started = {
  readonly prompt: string;
  readonly version: string;
  readonly cohort: string;
  readonly startMs: number;
  readonly hasDownstreamError?: boolean;
};

export type MemoryEvidence = EvidenceReader & {
  start(conversation: Started): void;
  /** A late report about a conversation: counts in the bucket in which that one started. */
  report(conversation: Started, stream: StreamId, score?: number): void;
};

const SLOT_MS = 5_000;
/** Mutable counts: hours of traffic go through these in seconds. `ratings` counts by score. */
type Slot = {
  conversations: number;
  events: Partial<Record<RateStreamId, number>>;
  ratings: Map<number, number>;
};

const emptySlot = (): Slot => ({ conversations: 0, events: {}, ratings: new Map() });

function addEvents(to: Slot, stream: RateStreamId, count: number): void {
  to.events[stream] = (to.events[stream] ?? 0) + count;
}

function addRatings(to: Slot, score: number, count: number): void {
  to.ratings.set(score, (to.ratings.get(score) ?? 0) + count);
}

function add(to: Slot, from: Slot): void {
  to.conversations += from.conversations;
  for (const [stream, count] of Object.entries(from.events)) addEvents(to, stream as RateStreamId, count);
  for (const [score, count] of from.ratings) addRatings(to, score, count);
}

function readingsOf(slot: Slot): Record<SignalId, ArmReading> {
  const { conversations, events } = slot;
  const csat = { kind: 'mean' as const, ratings: 0, sum: 0, sumSquares: 0 };
  for (const [score, count] of slot.ratings) {
    csat.ratings += count;
    csat.sum += score * count;
    csat.sumSquares += score * score * count;
  }
  return {
    complaints: { kind: 'rate', conversations, events: events.complaints ?? 0 },
    csat,
    safety: { kind: 'rate', conversations, events: events.safety ?? 0 },
    downstream: { kind: 'rate', conversations, events: events.downstream ?? 0 },
  };
}

/** Telemetry in memory, in slots of five seconds by conversation start: the reader that tests of the watch feed by hand. */
export function createMemoryEvidence(): MemoryEvidence {
  const lines = new Map<
    string,
    { prompt: string; version: string; cohort: string; slots: Map<number, Slot> }
  >();
  const newest = new Map<string, number>();

  function slotOf({ prompt, version, cohort, startMs }: Started): Slot {
    const key = `${prompt}\n${version}\n${cohort}`;
    const line = lines.get(key) ?? { prompt, version, cohort, slots: new Map<number, Slot>() };
    lines.set(key, line);
    const index = Math.floor(startMs / SLOT_MS);
    const slot = line.slots.get(index) ?? emptySlot();
    line.slots.set(index, slot);
    return slot;
  }

  const linesOf = (prompt: string) => [...lines.values()].filter((line) => line.prompt === prompt);
  function tally(slots: ReadonlyMap<number, Slot>, window: Window): Slot {
    const sum = emptySlot();
    const last = Math.ceil(window.toMs / SLOT_MS);
    for (let index = Math.ceil(window.fromMs / SLOT_MS); index < last; index += 1) {
      const slot = slots.get(index);
      if (slot) add(sum, slot);
    }
    return sum;
  }

  return {
    start(conversation) {
      const slot = slotOf(conversation);
      slot.conversations += 1;
      if (conversation.hasDownstreamError) addEvents(slot, 'downstream', 1);
      newest.set(conversation.prompt, Math.max(newest.get(conversation.prompt) ?? 0, conversation.startMs));
    },
    report(conversation, stream, score = 1) {
      const slot = slotOf(conversation);
      if (stream === 'csat') addRatings(slot, score, 1);
      else addEvents(slot, stream, 1);
    },

    distribution({ prompt, window, bucketMs }) {
      const totals = new Map<string, number>();
      for (const { version, slots } of linesOf(prompt)) {
        totals.set(version, (totals.get(version) ?? 0) + tally(slots, window).conversations);
      }
      return Promise.resolve({
        window,
        bucketMs,
        startsMs: [window.fromMs],
        versions: [...totals].map(([version, count]) => ({ version, sha: null, counts: [count] })),
        lastBucketPartial: true,
        dataUpToMs: newest.get(prompt) ?? null,
        sampled: false,
      });
    },
    counts({ prompt, window }) {
      const counts = linesOf(prompt).map(({ version, cohort, slots }): VersionCounts => {
        const slot = tally(slots, window);
        return { version, cohort, sha: null, conversations: slot.conversations, readings: readingsOf(slot) };
      });
      return Promise.resolve(counts.filter(({ conversations }) => conversations > 0));
    },
    series({ prompt, window, bucketMs, cohort }) {
      const firstMs = Math.floor(window.fromMs / bucketMs) * bucketMs;
      const count = Math.max(0, Math.ceil((window.toMs - firstMs) / bucketMs));
      const startsMs = Array.from({ length: count }, (_, index) => firstMs + index * bucketMs);
      const chosen = linesOf(prompt).filter((line) => cohort === 'all' || line.cohort === cohort);
      const byVersion = Map.groupBy(chosen, ({ version }) => version);
      const versions = [...byVersion].map(([version, group]) => {
        const tallies = startsMs.map((fromMs) => {
          const sum = emptySlot();
          for (const { slots } of group) add(sum, tally(slots, { fromMs, toMs: fromMs + bucketMs }));
          return sum;
        });
        return {
          version,
          conversations: tallies.map(({ conversations }) => conversations),
          readings: tallies.map(readingsOf),
        };
      });
      return Promise.resolve({ startsMs, versions });
    },
    ticks({ prompt, window }) {
      const fromMs = Math.floor(window.fromMs / TICK_MS) * TICK_MS;
      const toMs = Math.ceil(window.toMs / TICK_MS) * TICK_MS;
      const ticks = new Map<string, { row: TickRow; sum: Slot }>();
      for (const { version, cohort, slots } of linesOf(prompt)) {
        for (let startMs = fromMs; startMs < toMs; startMs += SLOT_MS) {
          const slot = slots.get(Math.floor(startMs / SLOT_MS));
          if (!slot) continue;
          const bucketMs = Math.floor(startMs / TICK_MS) * TICK_MS;
          const key = `${bucketMs}\n${version}\n${cohort}`;
          const row = { bucketMs, version, cohort, conversations: 0, events: {}, ratings: [] };
          const tick = ticks.get(key) ?? { row, sum: emptySlot() };
          ticks.set(key, tick);
          add(tick.sum, slot);
        }
      }
      const rows = [...ticks.values()].map(({ row, sum }): TickRow => ({
        ...row,
        conversations: sum.conversations,
        events: sum.events,
        ratings: [...sum.ratings].toSorted(([a], [b]) => a - b),
      }));
      return Promise.resolve(
        rows.toSorted(
          (a, b) =>
            a.bucketMs - b.bucketMs || a.version.localeCompare(b.version) || a.cohort.localeCompare(b.cohort),
        ),
      );
    },
    versionTimes(prompt) {
      const byVersion = Map.groupBy(linesOf(prompt), ({ version }) => version);
      return Promise.resolve(
        [...byVersion].map(([version, group]) => {
          const starts = group.flatMap(({ slots }) => [...slots.keys()]).map((index) => index * SLOT_MS);
          const lastMs = starts.reduce((most, atMs) => Math.max(most, atMs), 0);
          const firstSeenMs = starts.reduce((least, atMs) => Math.min(least, atMs), Number.POSITIVE_INFINITY);
          return { version, sha: null, firstSeenMs, lastStartedMs: lastMs, lastEndedMs: lastMs };
        }),
      );
    },
    cohorts: (prompt) => Promise.resolve([...new Set(linesOf(prompt).map(({ cohort }) => cohort))]),
    dataUpToMs: (prompt) => Promise.resolve(prompt === null ? null : (newest.get(prompt) ?? null)),
    unversionedShare01: () => Promise.resolve(0),
    workers: () => Promise.resolve([]),
    samples: () => Promise.resolve([]),
    reportLagsMs: () => Promise.resolve([]),
    served: () => Promise.resolve({ rows: [], total: 0 }),
    servedByCohort: () => Promise.resolve([]),
    errorTypes: () => Promise.resolve([]),
    keptSinceMs: () => Promise.resolve(null),
  };
}
