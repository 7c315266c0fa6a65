import type { Alarm, RateStreamId, StreamId } from '#shared/model/detection.ts';
import type { SignalId } from '#shared/model/signal.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import { TICK_MS } from '../detection/kind.ts';
import type { DetectorSettings } from '../detection/kind.ts';
import type { SinceFlip, StreamVerificationInput, VersionTotals } from '../verification/kind.ts';
import type { CountRow } from './kind.ts';
import type { Trial } from './trial.ts';

/** A history given without counts is taken as firm. */
const FIRM_CONVERSATIONS = 1_000_000;
/** Start-to-report times: the last so many. */
const MOST_LAGS = 5_000;

/**
 * What is known when the flip comes: both versions before it, and which signals brought it about. `known`: every row that became known
 * before the flip.
 */
export function flipInput(input: {
  readonly trial: Trial;
  readonly to: string;
  readonly flipAtMs: number;
  readonly known: readonly CountRow[];
  readonly history: DetectorSettings['history'];
}): StreamVerificationInput {
  const { trial, to, flipAtMs, known, history } = input;
  const alarms = trial.detector.alarms().filter(({ atMs }) => atMs <= flipAtMs);
  const pages = alarms.filter((alarm) => alarm.class === 'page');
  const onsetMs = (pages[0] ?? alarms.find(({ signal }) => signal !== 'split'))?.onset?.aboutMs;
  const beganMs = Math.max(trial.startedAtMs, onsetMs ?? trial.startedAtMs);
  const bad = (row: CountRow) => row.arm === 'candidate' && row.version === trial.version;
  const isBefore = (row: CountRow) => row.bucketMs < flipAtMs;
  const incident = totalsOf(known, (row) => bad(row) && isBefore(row) && row.bucketMs + TICK_MS > beganMs);
  const control = totalsOf(known, (row) => row.arm === 'control' && isBefore(row));
  return {
    flipAtMs,
    badVersion: trial.version,
    goodVersion: to,
    baseline: control.conversations > 0 ? control : historicTotals(history, incident),
    incident,
    alarmed: signalsOf(pages),
    reportLagsMs: lagsOf(known),
  };
}

/** Where a row stands after the flip; null: it is another candidate's, or of a conversation from before. */
export function sinceFlip(
  row: CountRow,
  flip: Pick<StreamVerificationInput, 'flipAtMs' | 'badVersion' | 'goodVersion'>,
): SinceFlip | null {
  const { bucketMs, conversations, events, ratings, version, arm } = row;
  const { badVersion, goodVersion, flipAtMs } = flip;
  if (bucketMs + TICK_MS <= flipAtMs) return null;
  const increment = { bucketMs, conversations, events, ratings };
  if (version === badVersion && badVersion !== goodVersion) return { ...increment, on: 'bad' };
  if (arm === 'control') return { ...increment, on: 'rest' };
  return version === goodVersion ? { ...increment, on: 'slice' } : null;
}

function signalsOf(pages: readonly Alarm[]): SignalId[] {
  const named = new Set<StreamId | 'split'>();
  for (const { signal, alsoSignal } of pages) {
    named.add(signal);
    if (alsoSignal) named.add(alsoSignal);
  }
  return SIGNAL_IDS.filter((id) => named.has(id));
}

function totalsOf(rows: readonly CountRow[], isCounted: (row: CountRow) => boolean): VersionTotals {
  const events: Partial<Record<RateStreamId, number>> = {};
  const scores = { ratings: 0, sum: 0, sumSquares: 0 };
  let conversations = 0;
  for (const row of rows) {
    if (!isCounted(row)) continue;
    conversations += row.conversations;
    for (const [id, count] of entries(row.events)) events[id] = (events[id] ?? 0) + count;
    for (const [score, count] of row.ratings) {
      scores.ratings += count;
      scores.sum += score * count;
      scores.sumSquares += score * score * count;
    }
  }
  return { conversations, events, scores: scores.ratings > 0 ? scores : null };
}

function entries(events: CountRow['events']): [RateStreamId, number][] {
  return Object.entries(events) as [RateStreamId, number][];
}

/** No control ran: history in its place. A signal without one is taken as never raised. */
function historicTotals(history: DetectorSettings['history'], incident: VersionTotals): VersionTotals {
  const events: Partial<Record<RateStreamId, number>> = {};
  let conversations = FIRM_CONVERSATIONS;
  for (const known of Object.values(history)) {
    if (known.events !== null && known.rate01 > 0)
      conversations = Math.min(conversations, known.events / known.rate01);
  }
  for (const id of ['complaints', 'safety', 'downstream'] as const) {
    const rate01 = history[id]?.rate01 ?? (incident.events[id] ?? 0) / Math.max(1, incident.conversations);
    events[id] = conversations * rate01;
  }
  return { conversations, events, scores: null };
}

/** From the start of a conversation (the middle of its tick) to its event, where the stream says when that became known. */
function lagsOf(rows: readonly CountRow[]): number[] {
  const lags: number[] = [];
  let isLate = false;
  for (let index = rows.length - 1; index >= 0 && lags.length < MOST_LAGS; index -= 1) {
    const row = rows[index];
    if (!row) continue;
    const lagMs = row.tickEndMs - row.bucketMs - TICK_MS / 2;
    isLate ||= lagMs > TICK_MS;
    for (const [, count] of entries(row.events)) {
      for (let each = 0; each < count && lags.length < MOST_LAGS; each += 1) lags.push(lagMs);
    }
  }
  return isLate ? lags : [];
}
