import type { Window } from '#shared/model/evidence.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { SPAN_GRACE_MS } from './flush-sql.ts';
import type { EvidenceReader } from './kind.ts';
import { compare, createSlots, type Slots, type Talk } from './memory-slots.ts';
import { type FeedbackRow, FLAG_OF_STREAM, FLAGS, type Mapped, NONE, type SpanRow } from './rows.ts';

type VersionTimes = Awaited<ReturnType<EvidenceReader['versionTimes']>>;

/** Everything known of one prompt. */
export type MemoryPrompt = {
  readonly slots: Slots;
  readonly dataUpToMs: number | null;
  shaOf(version: string): string | null;
  versionTimes(): VersionTimes;
  unversionedShare01(window: Window): number | null;
  lagsMs(limit: number): number[];
  talks(): Talk[];
  spans(): readonly SpanRow[];
};

type PromptState = {
  readonly slots: Slots;
  readonly talks: Map<string, Talk>;
  /** By whole steps of their start. */
  readonly spansByStep: Map<number, { readonly spans: SpanRow[]; unversioned: number }>;
  readonly shas: Map<string, { sha: string; atMs: number }>;
  readonly times: Map<string, { firstMs: number; lastMs: number; endMs: number }>;
  /** Start to report of reports that found their conversation, by time of the report. */
  readonly lags: { atMs: number; lagMs: number }[];
  dataUpToMs: number | null;
};

const STEP_MS = 10_000;
const IS_SIGNAL: ReadonlySet<string> = new Set(SIGNAL_IDS);

/** A versioned span goes before an unversioned one, then the earlier, ties by key: as firstRankOf of roll-up.ts orders them. */
function isEarlier(a: SpanRow, b: SpanRow): boolean {
  const unversioned = Number(a.version === NONE) - Number(b.version === NONE);
  if (unversioned !== 0) return unversioned < 0;
  if (a.startMs !== b.startMs) return a.startMs < b.startMs;
  return (a.spanKey & 0xfffffn) < (b.spanKey & 0xfffffn);
}

const rankOfCsat = (atMs: number, csat: number) => atMs * 1024 + Math.round(100 - csat);

function rate(talk: Talk, atMs: number, csat: number): void {
  const rank = rankOfCsat(atMs, csat);
  if (rank <= talk.csatRank) return;
  talk.csat = csat;
  talk.csatRank = rank;
}

function talkFrom(span: SpanRow, receivedMs: number): Talk {
  return {
    prompt: span.prompt,
    conversation: span.conversation,
    spans: [span],
    spansReceivedMs: [receivedMs],
    reports: [],
    first: span,
    startMs: span.startMs,
    endMs: span.endMs,
    isError: span.isError,
    complaint: span.complaint,
    safety: span.safety,
    downstream: span.downstream,
    fallback: span.fallback,
    escalation: span.escalation,
    correction: span.correction,
    csat: span.csat,
    csatRank: span.csat === null ? -1 : rankOfCsat(span.endMs, span.csat),
  };
}

function goesOn(talk: Talk, span: SpanRow, receivedMs: number): void {
  talk.spans.push(span);
  talk.spansReceivedMs.push(receivedMs);
  if (isEarlier(span, talk.first)) talk.first = span;
  talk.startMs = Math.min(talk.startMs, span.startMs);
  talk.endMs = 0;
  for (const one of talk.spans)
    if (one.version === talk.first.version) talk.endMs = Math.max(talk.endMs, one.endMs);
  talk.isError ||= span.isError;
  for (const flag of FLAGS) talk[flag] ||= span[flag];
  if (span.csat !== null) rate(talk, span.endMs, span.csat);
}

/** Rows by conversation, as the store's commits keep them. Feedback that finds no conversation waits for one. */
export function createMemoryStore() {
  const prompts = new Map<string, PromptState>();
  const spanTalks = new Map<bigint, Talk>();
  const index = {
    response: new Map<bigint, Set<Talk>>(),
    trace: new Map<bigint, Set<Talk>>(),
    thread: new Map<bigint, Set<Talk>>(),
  };
  const feedbackKeys = new Set<bigint>();
  let waiting: { row: FeedbackRow; receivedMs: number }[] = [];

  function stateOf(prompt: string): PromptState {
    const known = prompts.get(prompt);
    if (known) return known;
    const state: PromptState = {
      slots: createSlots(),
      talks: new Map(),
      spansByStep: new Map(),
      shas: new Map(),
      times: new Map(),
      lags: [],
      dataUpToMs: null,
    };
    prompts.set(prompt, state);
    return state;
  }

  function noteSpan(state: PromptState, span: SpanRow): void {
    const startMs = Math.floor(span.startMs / STEP_MS) * STEP_MS;
    const group = state.spansByStep.get(startMs) ?? { spans: [], unversioned: 0 };
    state.spansByStep.set(startMs, group);
    group.spans.push(span);
    if (span.version === NONE) group.unversioned += 1;
  }

  function noteTimes(state: PromptState, { first, startMs, endMs }: Talk): void {
    const known = state.times.get(first.version);
    if (known) {
      known.firstMs = Math.min(known.firstMs, startMs);
      known.lastMs = Math.max(known.lastMs, startMs);
      known.endMs = Math.max(known.endMs, endMs);
    } else state.times.set(first.version, { firstMs: startMs, lastMs: startMs, endMs });
  }

  /** Only when a conversation turned out to be another version's, or to have begun earlier. */
  function recount(state: PromptState): void {
    state.times.clear();
    for (const talk of state.talks.values()) noteTimes(state, talk);
  }

  function takeSpan(span: SpanRow, receivedMs: number): void {
    if (spanTalks.has(span.spanKey)) return;
    const state = stateOf(span.prompt);
    noteSpan(state, span);
    state.dataUpToMs = Math.max(state.dataUpToMs ?? 0, span.endMs);
    const sha = state.shas.get(span.version);
    if (span.sha !== null && (!sha || span.startMs >= sha.atMs))
      state.shas.set(span.version, { sha: span.sha, atMs: span.startMs });
    const known = state.talks.get(span.conversation);
    if (!known) {
      const talk = talkFrom(span, receivedMs);
      state.talks.set(span.conversation, talk);
      spanTalks.set(span.spanKey, talk);
      indexSpan(span, talk);
      state.slots.book(talk);
      noteTimes(state, talk);
      return;
    }
    spanTalks.set(span.spanKey, known);
    indexSpan(span, known);
    const { startMs } = known;
    const { version } = known.first;
    state.slots.unbook(known);
    goesOn(known, span, receivedMs);
    state.slots.book(known);
    if (known.startMs === startMs && known.first.version === version) noteTimes(state, known);
    else recount(state);
  }

  /** Feedback that came before its span asks again at every delivery: looked up, never searched for. */
  function indexSpan({ responseKey, traceKey, threadKey }: SpanRow, talk: Talk): void {
    for (const [kind, key] of [
      ['response', responseKey],
      ['trace', traceKey],
      ['thread', threadKey],
    ] as const) {
      if (key === null) continue;
      const talks = index[kind].get(key);
      if (talks === undefined) index[kind].set(key, new Set([talk]));
      else talks.add(talk);
    }
  }
  const talksOf = (kind: keyof typeof index, key: bigint | null): Talk[] =>
    key === null ? [] : [...(index[kind].get(key) ?? [])];

  /** By span, else response, else (when no span can be expected any more) trace, else conversation id. */
  function talksFor(row: FeedbackRow, canFallBack: boolean): readonly Talk[] {
    const direct = row.spanKey === null ? undefined : spanTalks.get(row.spanKey);
    const isOfPrompt = (talk: Talk) => row.prompt === null || row.prompt === talk.prompt;
    if (direct) return isOfPrompt(direct) ? [direct] : [];
    const levels = [talksOf('response', row.responseKey)];
    if (canFallBack || (row.spanKey === null && row.responseKey === null))
      levels.push(talksOf('trace', row.traceKey), talksOf('thread', row.threadKey));
    for (const level of levels) {
      const found = level.filter(isOfPrompt);
      if (found.length > 0) return found;
    }
    return [];
  }

  function tell(row: FeedbackRow, receivedMs: number, talks: readonly Talk[]): void {
    for (const talk of talks) {
      talk.reports.push({ row, receivedMs });
      const { slots } = stateOf(talk.prompt);
      slots.unbook(talk);
      if (row.signal === 'csat') {
        if (row.csat !== null) rate(talk, row.atMs, row.csat);
      } else if (row.isEvent) talk[FLAG_OF_STREAM[row.signal]] = true;
      slots.book(talk);
    }
    const [first] = talks;
    if (!first || !IS_SIGNAL.has(row.signal)) return;
    const { lags } = stateOf(first.prompt);
    let place = lags.length;
    while (place > 0 && (lags[place - 1]?.atMs ?? 0) > row.atMs) place -= 1;
    lags.splice(place, 0, { atMs: row.atMs, lagMs: row.atMs - first.startMs });
  }

  function takeFeedback(row: FeedbackRow, receivedMs: number, nowMs: number): boolean {
    const talks = talksFor(row, nowMs - receivedMs >= SPAN_GRACE_MS);
    if (talks.length > 0) tell(row, receivedMs, talks);
    return talks.length > 0;
  }

  const promptOf = (state: PromptState): MemoryPrompt => ({
    slots: state.slots,
    dataUpToMs: state.dataUpToMs,
    shaOf: (version) => state.shas.get(version)?.sha ?? null,
    versionTimes: () =>
      [...state.times]
        .map(([version, { firstMs, lastMs, endMs }]) => ({
          version,
          sha: state.shas.get(version)?.sha ?? null,
          firstSeenMs: firstMs,
          lastStartedMs: lastMs,
          lastEndedMs: endMs,
        }))
        .toSorted((a, b) => a.firstSeenMs - b.firstSeenMs || compare(a.version, b.version)),
    unversionedShare01({ fromMs, toMs }) {
      let spans = 0;
      let unversioned = 0;
      for (const [startMs, group] of state.spansByStep) {
        if (startMs + STEP_MS <= fromMs || startMs >= toMs) continue;
        if (startMs >= fromMs && startMs + STEP_MS <= toMs) {
          spans += group.spans.length;
          unversioned += group.unversioned;
          continue;
        }
        const inside = group.spans.filter((span) => span.startMs >= fromMs && span.startMs < toMs);
        spans += inside.length;
        unversioned += inside.filter(({ version }) => version === NONE).length;
      }
      return spans === 0 ? null : unversioned / spans;
    },
    talks: () => [...state.talks.values()],
    spans: () => [...state.spansByStep.values()].flatMap(({ spans }) => spans),
    lagsMs: (limit) =>
      state.lags
        .filter(({ lagMs }) => lagMs >= 0)
        .slice(-limit)
        .toReversed()
        .map(({ lagMs }) => lagMs),
  });

  return {
    of: (prompt: string): MemoryPrompt => promptOf(stateOf(prompt)),
    dataUpToMs(): number | null {
      let newest: number | null = null;
      for (const { dataUpToMs } of prompts.values())
        if (dataUpToMs !== null) newest = Math.max(newest ?? 0, dataUpToMs);
      return newest;
    },
    accept(rows: Mapped, receivedMs: number): void {
      for (const span of rows.spans) takeSpan(span, receivedMs);
      if (waiting.length > 0)
        waiting = waiting.filter(({ row, receivedMs: sinceMs }) => !takeFeedback(row, sinceMs, receivedMs));
      for (const row of rows.feedback) {
        if (feedbackKeys.has(row.feedbackKey)) continue;
        feedbackKeys.add(row.feedbackKey);
        if (!takeFeedback(row, receivedMs, receivedMs)) waiting.push({ row, receivedMs });
      }
    },
  };
}
