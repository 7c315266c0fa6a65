import type { RateStreamId, StreamId } from '#shared/model/detection.ts';
import type { HistoryStream } from './history-stream.ts';
import { BET_GRID, createHistoryStream, stepCsat, stepRate } from './history-stream.ts';
import type { DetectorSettings, Increment } from './kind.ts';
import { TICK_MS } from './kind.ts';
import { RATIO_GRID } from './label-factor.ts';
import {
  createOwnPast,
  FIRM_EVENTS,
  isKnownRate,
  limitedRate,
  MIN_RATINGS,
  type PastSums,
  type SavedPast,
} from './own-past.ts';

const MINUTE_MS = 60_000;

/** No control for so long, and so many candidate conversations meanwhile: nobody runs it any more. At 5 % it happens once in 28,000 by chance. */
const SILENT_MS = 10 * MINUTE_MS;
const SILENT_CONVERSATIONS = 200;
/** Where the flag says so itself, or a control was never seen, a short wait is enough. */
const STATED_SILENT_MS = 2 * MINUTE_MS;

/** One arm: what its present minute holds, per stream, and its e-detectors. */
type Arm = {
  readonly units: Float64Array;
  readonly events: Float64Array;
  readonly scores: Float64Array;
  readonly streams: HistoryStream[];
};

type SavedArm = {
  readonly units: readonly number[];
  readonly events: readonly number[];
  readonly scores: readonly number[];
  readonly cells: readonly (readonly number[])[];
};

export type SavedHistory = {
  readonly candidate: SavedArm;
  readonly control: SavedArm;
  /** Control's own counts so far, per stream: units and events (csat: ratings and sum of y). */
  readonly learnedUnits: readonly number[];
  readonly learnedEvents: readonly number[];
  readonly minuteEndMs: number;
  readonly lastControlMs: number | null;
  readonly lastCandidateMs: number | null;
  readonly candidateSince: number;
  readonly aloneSinceMs: number | null;
  /** Hours of the version's own past; absent where a control is there to learn from. */
  readonly past?: { readonly atMs: number; readonly hours: SavedPast };
};

/**
 * The weaker test, against history: for the candidate where nobody runs the control any more, and for the control beside a rollout,
 * because what makes both versions worse is probably not this prompt. All cohorts together. With an own past given there is no control at
 * all: the one version is judged from the beginning, against what it showed before.
 */
export type HistoryWatch = {
  /** Before the tick's increments. True where a minute that ended before it was closed now. */
  begin(endMs: number): boolean;
  take(increment: Increment): void;
  /** All increments of the tick are in. True where a minute is over and the evidence moved, or the control came back. */
  settle(endMs: number, intendedShare01: number | null): boolean;
  /** The candidate is judged against history at present. */
  isAlone(): boolean;
  /** The candidate runs too. */
  isCandidateThere(nowMs: number): boolean;
  candidate(stream: number): HistoryStream;
  control(stream: number): HistoryStream;
  /** The control runs too. */
  isControlThere(nowMs: number): boolean;
  /** A baseline good enough to be judged against exists. */
  hasBaseline(stream: number): boolean;
  /** Units and events that the own past rests on; null without one. */
  pastSums(stream: number): PastSums | null;
  save(): SavedHistory;
};

export function createHistoryWatch(input: {
  readonly settings: DetectorSettings;
  readonly isStale: (stream: StreamId, bucketMs: number) => boolean;
  readonly saved: SavedHistory | null;
}): HistoryWatch {
  const { settings, isStale, saved } = input;
  const { streams } = settings;
  const csat = streams.indexOf('csat');
  const rates = streams.flatMap((id, index): { readonly id: RateStreamId; readonly index: number }[] =>
    id === 'csat' ? [] : [{ id, index }],
  );
  const candidate = armOf(streams, saved?.candidate ?? null);
  const control = armOf(streams, saved?.control ?? null);
  const learnedUnits = Float64Array.from(saved?.learnedUnits ?? streams.map(() => 0));
  const learnedEvents = Float64Array.from(saved?.learnedEvents ?? streams.map(() => 0));
  let minuteEndMs = saved?.minuteEndMs ?? 0;
  let lastControlMs = saved?.lastControlMs ?? null;
  let lastCandidateMs = saved?.lastCandidateMs ?? null;
  let candidateSince = saved?.candidateSince ?? 0;
  const past =
    settings.ownPast === undefined
      ? null
      : createOwnPast({
          streams,
          startedAtMs: settings.startedAtMs,
          hours: settings.ownPast,
          saved: saved?.past?.hours ?? null,
        });
  let aloneSinceMs = saved?.aloneSinceMs ?? (past ? settings.startedAtMs : null);
  /** The minute as of which the past is asked for. */
  let pastAtMs = saved?.past?.atMs ?? settings.startedAtMs;
  let ticked = { candidate: 0, controlMs: -Infinity, candidateMs: -Infinity };

  function learnedRate(stream: number): number | null {
    const [units, events] = [learnedUnits[stream] ?? 0, learnedEvents[stream] ?? 0];
    return isKnownRate(units, events) ? limitedRate(events, units) : null;
  }

  /** Events per conversation before; null = not known well enough. */
  function baseline(id: RateStreamId, stream: number): number | null {
    if (past) return past.rate01(stream, pastAtMs);
    const given = settings.history[id];
    if (!given || !(given.rate01 > 0)) return learnedRate(stream);
    const { rate01, events } = given;
    if (events === null || events <= 0) return rate01;
    // What little was known before gives way to what the control has shown since.
    const learned = (learnedEvents[stream] ?? 0) > events ? learnedRate(stream) : null;
    return learned !== null && events < FIRM_EVENTS ? learned : limitedRate(events, events / rate01);
  }

  function csatBaseline(): number | null {
    if (past) return past.mean01(csat, pastAtMs);
    const ratings = learnedUnits[csat] ?? 0;
    return ratings >= MIN_RATINGS ? (learnedEvents[csat] ?? 0) / ratings : null;
  }

  function step(arm: Arm, startMs: number, endMs: number): void {
    for (const { id, index } of rates) {
      const [units, events, stream] = [arm.units[index] ?? 0, arm.events[index] ?? 0, arm.streams[index]];
      const rate01 = baseline(id, index);
      if (stream && rate01 !== null && units > 0) stepRate(stream, units, events, rate01, { startMs, endMs });
    }
    const stream = arm.streams[csat];
    const mean01 = csat < 0 ? null : csatBaseline();
    if (stream && mean01 !== null && (arm.units[csat] ?? 0) > 0) {
      stepCsat(stream, arm.scores, mean01, { startMs, endMs });
    }
  }

  /** The minute is over: both arms are judged by what was known before it, then the control's counts are learned. */
  function closeMinute(): void {
    const startMs = minuteEndMs - MINUTE_MS;
    pastAtMs = startMs;
    if (aloneSinceMs !== null) step(candidate, startMs, minuteEndMs);
    step(control, startMs, minuteEndMs);
    rememberMinute(startMs);
    for (const { index } of rates) {
      learnedUnits[index] = (learnedUnits[index] ?? 0) + (control.units[index] ?? 0);
      learnedEvents[index] = (learnedEvents[index] ?? 0) + (control.events[index] ?? 0);
    }
    if (csat >= 0) {
      control.scores.forEach((count, score) => {
        learnedUnits[csat] = (learnedUnits[csat] ?? 0) + count;
        learnedEvents[csat] = (learnedEvents[csat] ?? 0) + (count * score) / 100;
      });
    }
    for (const arm of [candidate, control]) {
      arm.units.fill(0);
      arm.events.fill(0);
      arm.scores.fill(0);
    }
    minuteEndMs = 0;
  }

  function rememberMinute(startMs: number): void {
    if (!past) return;
    for (const { index } of rates) {
      past.add(startMs, index, candidate.units[index] ?? 0, candidate.events[index] ?? 0, 0);
    }
    if (csat < 0) return;
    let [sum, squares] = [0, 0];
    candidate.scores.forEach((count, score) => {
      sum += (count * score) / 100;
      squares += count * (score / 100) ** 2;
    });
    past.add(startMs, csat, candidate.units[csat] ?? 0, sum, squares);
  }

  function moveAlone(nowMs: number, intendedShare01: number | null): boolean {
    if (ticked.controlMs > (lastControlMs ?? -Infinity)) {
      lastControlMs = ticked.controlMs;
      candidateSince = 0;
    } else candidateSince += ticked.candidate;
    if (ticked.candidateMs > (lastCandidateMs ?? -Infinity)) lastCandidateMs = ticked.candidateMs;
    ticked = { candidate: 0, controlMs: -Infinity, candidateMs: -Infinity };
    if (past) return false;
    const silentMs = nowMs - (lastControlMs ?? settings.startedAtMs);
    const isStated = intendedShare01 === 1 || lastControlMs === null;
    const isAlone =
      candidateSince > 0 &&
      (isStated
        ? silentMs >= STATED_SILENT_MS
        : silentMs >= SILENT_MS && candidateSince >= SILENT_CONVERSATIONS);
    if (isAlone === (aloneSinceMs !== null)) return false;
    aloneSinceMs = isAlone ? nowMs : null;
    for (const stream of candidate.streams) stream.cells.fill(0);
    candidate.units.fill(0);
    candidate.events.fill(0);
    candidate.scores.fill(0);
    return true;
  }

  return {
    begin(endMs) {
      if (minuteEndMs === 0 || endMs <= minuteEndMs) return false;
      closeMinute();
      return true;
    },
    take(increment) {
      const { bucketMs } = increment;
      if (bucketMs + TICK_MS <= settings.startedAtMs) return;
      const isCandidate = increment.arm === 'candidate';
      const { conversations } = increment;
      if (conversations > 0) {
        if (isCandidate) {
          ticked.candidate += conversations;
          ticked.candidateMs = Math.max(ticked.candidateMs, bucketMs);
        } else ticked.controlMs = Math.max(ticked.controlMs, bucketMs);
      }
      // Events of conversations from before do not count: their conversations did not either.
      if (isCandidate && bucketMs < (aloneSinceMs ?? Infinity)) return;
      const arm = isCandidate ? candidate : control;
      for (const { id, index } of rates) {
        if (isStale(id, bucketMs)) continue;
        arm.units[index] = (arm.units[index] ?? 0) + conversations;
        const events = increment.events[id] ?? 0;
        if (events > 0) arm.events[index] = (arm.events[index] ?? 0) + events;
      }
      if (csat < 0 || isStale('csat', bucketMs)) return;
      for (const [score, count] of increment.ratings) {
        const level = Math.round(score);
        arm.scores[level] = (arm.scores[level] ?? 0) + count;
        arm.units[csat] = (arm.units[csat] ?? 0) + count;
      }
    },
    settle(endMs, intendedShare01) {
      const isTurned = moveAlone(endMs, intendedShare01);
      if (minuteEndMs === 0) minuteEndMs = Math.ceil(endMs / MINUTE_MS) * MINUTE_MS;
      if (endMs < minuteEndMs) return isTurned;
      closeMinute();
      return true;
    },
    isAlone: () => aloneSinceMs !== null,
    isCandidateThere: (nowMs) => lastCandidateMs !== null && nowMs - lastCandidateMs <= SILENT_MS,
    candidate: (stream) => candidate.streams[stream] ?? createHistoryStream(1),
    control: (stream) => control.streams[stream] ?? createHistoryStream(1),
    isControlThere: (nowMs) => lastControlMs !== null && nowMs - lastControlMs <= SILENT_MS,
    hasBaseline(stream) {
      const id = streams[stream];
      if (!id) return false;
      return (id === 'csat' ? csatBaseline() : baseline(id, stream)) !== null;
    },
    pastSums: (stream) => past?.sums(stream, pastAtMs) ?? null,
    save: () => ({
      candidate: savedArm(candidate),
      control: savedArm(control),
      learnedUnits: Array.from(learnedUnits),
      learnedEvents: Array.from(learnedEvents),
      minuteEndMs,
      lastControlMs,
      lastCandidateMs,
      candidateSince,
      aloneSinceMs,
      ...(past ? { past: { atMs: pastAtMs, hours: past.save() } } : {}),
    }),
  };
}

function armOf(streams: readonly StreamId[], saved: SavedArm | null): Arm {
  const points = (id: StreamId) => (id === 'csat' ? BET_GRID.length : RATIO_GRID.length);
  return {
    units: Float64Array.from(saved?.units ?? streams.map(() => 0)),
    events: Float64Array.from(saved?.events ?? streams.map(() => 0)),
    scores: saved ? Float64Array.from(saved.scores) : new Float64Array(101),
    streams: streams.map((id, index) => {
      const cells = saved?.cells[index];
      return cells
        ? { points: points(id), cells: Float64Array.from(cells) }
        : createHistoryStream(points(id));
    }),
  };
}

function savedArm(arm: Arm): SavedArm {
  return {
    units: Array.from(arm.units),
    events: Array.from(arm.events),
    scores: Array.from(arm.scores),
    cells: arm.streams.map((stream) => Array.from(stream.cells)),
  };
}
