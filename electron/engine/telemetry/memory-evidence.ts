import type { Sample, Window, WorkerShare } from '#shared/model/evidence.ts';
import { SIGNAL_IDS, type SignalId } from '#shared/model/signal.ts';
import { arrivedOf } from './arrivals.ts';
import { bucketsOf, isLowCsat, OTHER, shownVersions, whole } from './answers.ts';
import type { ArrivedConversation, EvidenceReader, VersionCounts } from './kind.ts';
import { createMemoryAnswered } from './memory-answered.ts';
import { createMemoryServed } from './memory-served.ts';
import { createMemoryStore, type MemoryPrompt } from './memory-store.ts';
import { compare, type Talk } from './memory-slots.ts';
import type { Mapped, SpanRow } from './rows.ts';
import { emptyTally, readingsOf, type Tally } from './tally.ts';

/** What one call stored; duplicates were there already. */
export type MemoryEvidence = EvidenceReader & {
  /** Takes what a request was mapped to. `receivedMs` is when it arrived. */
  accept(rows: Mapped, receivedMs: number): void;
};

const wholeWindow = ({ fromMs, toMs }: Window): Window => ({
  fromMs: whole(fromMs, 'fromMs'),
  toMs: whole(toMs, 'toMs'),
});

const isBadFor = (talk: Talk, signal: SignalId): boolean => {
  if (signal === 'csat') return isLowCsat(talk.csat);
  return signal === 'complaints' ? talk.complaint : talk[signal];
};
const isBad = (talk: Talk) => talk.isError || SIGNAL_IDS.some((signal) => isBadFor(talk, signal));

/** The span that shows most: on the conversation's version, failed, with an output, the last one. */
function tellingSpan(talk: Talk): SpanRow {
  const rank = (span: SpanRow) =>
    Number(span.version === talk.first.version) * 4 + Number(span.isError) * 2 + Number(span.output !== null);
  return talk.spans.reduce((best, span) => {
    const difference = rank(span) - rank(best) || span.startMs - best.startMs;
    return difference > 0 || (difference === 0 && span.spanKey < best.spanKey) ? span : best;
  }, talk.first);
}

function sampleOf(talk: Talk): Sample {
  const span = tellingSpan(talk);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    conversation: talk.conversation,
    atMs: span.startMs,
    version: span.version,
    cohort: span.cohort,
    worker: span.worker,
    input: span.input,
    output: span.output,
    flags: SIGNAL_IDS.filter((signal) => isBadFor(talk, signal)),
    csat: talk.csat,
    error: span.error,
    link: null,
  };
}

function arrivalOf(talk: Talk): ArrivedConversation {
  const { startMs, endMs, csat, first, spans, spansReceivedMs, reports } = talk;
  return arrivedOf({
    startMs,
    version: first.version,
    cohort: first.cohort,
    worker: first.worker,
    endMs,
    flags: talk,
    csat,
    turns: spans.map((span, index) => ({
      endMs: span.endMs,
      receivedMs: spansReceivedMs[index] ?? span.endMs,
      flags: { complaint: span.complaint, safety: span.safety, downstream: span.downstream },
      hasCsat: span.csat !== null,
    })),
    reports: reports.map(({ row, receivedMs }) => ({
      signal: row.signal,
      isEvent: row.isEvent,
      saidMs: row.atMs,
      receivedMs,
    })),
  });
}

function workersOf(talks: readonly Talk[], expectedVersion: string | null): WorkerShare[] {
  const workers = new Map<
    string,
    { counts: Map<string, { count: number; lastStartMs: number }>; lastSeenMs: number }
  >();
  for (const { first, startMs, endMs } of talks) {
    const known = workers.get(first.worker) ?? { counts: new Map(), lastSeenMs: 0 };
    workers.set(first.worker, known);
    known.lastSeenMs = Math.max(known.lastSeenMs, endMs);
    const line = known.counts.get(first.version) ?? { count: 0, lastStartMs: -1 };
    known.counts.set(first.version, line);
    line.count += 1;
    line.lastStartMs = Math.max(line.lastStartMs, startMs);
  }
  return [...workers]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([worker, { counts, lastSeenMs }]) => {
      const rows = [...counts].toSorted(([a, x], [b, y]) => y.count - x.count || compare(a, b));
      let newest = { version: null as string | null, atMs: -1 };
      for (const [version, { lastStartMs }] of rows)
        if (lastStartMs > newest.atMs) newest = { version, atMs: lastStartMs };
      return {
        worker,
        versions: rows.map(([version, { count }]) => ({ version, conversations: count })),
        lastVersion: newest.version,
        lastSeenMs,
        isStale: expectedVersion !== null && rows.some(([version]) => version !== expectedVersion),
      };
    });
}

/**
 * The evidence reader over rows in memory: the same answers as the store gives from the same rows, without a database, for the worlds of
 * drills that stand still between steps and for tests. Nothing is ever thrown away. One thing it leaves out: a conversation that goes on
 * more than six hours after its start stays one here.
 */
export function createMemoryEvidence(
  settings: { readonly sampled: boolean } = { sampled: false },
): MemoryEvidence {
  const store = createMemoryStore();

  const versionTotals = (at: MemoryPrompt, window: Window): Map<string, number> => {
    const byVersion = new Map<string, Tally>();
    at.slots.tally(window, (version) => version, byVersion);
    return new Map([...byVersion].map(([version, { conversations }]) => [version, conversations]));
  };
  /** Counts of each bucket, cut by the window. */
  function eachBucket(
    at: MemoryPrompt,
    window: Window,
    bucketMs: number,
    startsMs: readonly number[],
    groupOf: (version: string, cohort: string) => string | null,
  ): Map<string, Tally>[] {
    return startsMs.map((startMs) => {
      const tallies = new Map<string, Tally>();
      const part = {
        fromMs: Math.max(startMs, window.fromMs),
        toMs: Math.min(startMs + bucketMs, window.toMs),
      };
      at.slots.tally(part, groupOf, tallies);
      return tallies;
    });
  }

  return {
    ...createMemoryServed((prompt) => store.of(prompt)),
    ...createMemoryAnswered((prompt) => store.of(prompt)),
    accept: (rows, receivedMs) => store.accept(rows, receivedMs),

    async distribution({ prompt, window, bucketMs }) {
      const { firstMs, startsMs } = bucketsOf(window, bucketMs);
      const at = store.of(prompt);
      const cut = wholeWindow(window);
      const { shown, nameOf } = shownVersions(versionTotals(at, cut));
      const buckets = eachBucket(at, cut, bucketMs, startsMs, nameOf);
      const lastEndMs = (startsMs.at(-1) ?? firstMs) + bucketMs;
      return {
        window,
        bucketMs,
        startsMs,
        versions: shown.map((version) => ({
          version,
          sha: version === OTHER ? null : at.shaOf(version),
          counts: buckets.map((tallies) => tallies.get(version)?.conversations ?? 0),
        })),
        lastBucketPartial: lastEndMs > window.toMs || at.dataUpToMs === null || at.dataUpToMs < lastEndMs,
        dataUpToMs: at.dataUpToMs,
        sampled: settings.sampled,
      };
    },

    async counts({ prompt, window }) {
      const at = store.of(prompt);
      const lines = new Map<string, Tally>();
      const names = new Map<string, { version: string; cohort: string }>();
      at.slots.tally(
        wholeWindow(window),
        (version, cohort) => {
          const key = `${version}\n${cohort}`;
          if (!names.has(key)) names.set(key, { version, cohort });
          return key;
        },
        lines,
      );
      const counts = [...names].map(([key, { version, cohort }]): VersionCounts => {
        const tally = lines.get(key) ?? emptyTally();
        const readings = readingsOf(tally);
        return { version, sha: at.shaOf(version), cohort, conversations: tally.conversations, readings };
      });
      return counts.toSorted((a, b) => compare(a.version, b.version) || compare(a.cohort, b.cohort));
    },

    async series({ prompt, window, bucketMs, cohort }) {
      const { startsMs } = bucketsOf(window, bucketMs);
      const at = store.of(prompt);
      const cut = wholeWindow(window);
      const isShown = (one: string) => cohort === 'all' || one === cohort;
      const totals = new Map<string, Tally>();
      at.slots.tally(cut, (version, one) => (isShown(one) ? version : null), totals);
      const { shown, nameOf } = shownVersions(
        new Map([...totals].map(([version, { conversations }]) => [version, conversations])),
      );
      const buckets = eachBucket(at, cut, bucketMs, startsMs, (version, one) =>
        isShown(one) ? nameOf(version) : null,
      );
      const versions = shown.map((version) => {
        const line = buckets.map((tallies) => tallies.get(version) ?? emptyTally());
        return {
          version,
          conversations: line.map(({ conversations }) => conversations),
          readings: line.map(readingsOf),
        };
      });
      return { startsMs, versions };
    },

    ticks: async ({ prompt, window }) => store.of(prompt).slots.ticks(window),

    arrivals: async ({ prompt, window }) =>
      store
        .of(prompt)
        .slots.talksIn(wholeWindow(window))
        .toSorted(
          (a, b) => a.startMs - b.startMs || compareKeys(a.first.conversationKey, b.first.conversationKey),
        )
        .map(arrivalOf),

    workers: async ({ prompt, window, expectedVersion }) =>
      workersOf(store.of(prompt).slots.talksIn(wholeWindow(window)), expectedVersion),

    async samples({ prompt, window, version, kind, signal, limit }) {
      const isChosen = (talk: Talk) =>
        talk.first.version === version &&
        (kind === 'good' ? !isBad(talk) : signal === null ? isBad(talk) : isBadFor(talk, signal));
      return store
        .of(prompt)
        .slots.talksIn(wholeWindow(window))
        .filter(isChosen)
        .toSorted(
          (a, b) => b.startMs - a.startMs || compareKeys(a.first.conversationKey, b.first.conversationKey),
        )
        .slice(0, whole(limit, 'limit'))
        .map(sampleOf);
    },

    versionTimes: async (prompt) => store.of(prompt).versionTimes(),

    async cohorts(prompt, window) {
      const byCohort = new Map<string, Tally>();
      store.of(prompt).slots.tally(wholeWindow(window), (_version, cohort) => cohort, byCohort);
      return [...byCohort]
        .toSorted(([a, x], [b, y]) => y.conversations - x.conversations || compare(a, b))
        .map(([cohort]) => cohort);
    },

    dataUpToMs: async (prompt) => (prompt === null ? store.dataUpToMs() : store.of(prompt).dataUpToMs),
    unversionedShare01: async ({ prompt, window }) =>
      store.of(prompt).unversionedShare01(wholeWindow(window)),
    reportLagsMs: async (prompt, limit) => store.of(prompt).lagsMs(whole(limit, 'limit')),
  };
}

const compareKeys = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
