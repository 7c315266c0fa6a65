import type { SinceFlip, StreamVerificationInput } from './kind.ts';
import { propagationOf, type Propagation } from './propagation.ts';
import { DRAINED_AFTER_MS } from './rates.ts';
import { createSignalRecovery, type SignalVerdict } from './signal-recovery.ts';
import { clock, plural } from './words.ts';

export type StreamVerdict = {
  readonly verdict: 'recovered' | 'not-recovered' | 'not-propagated' | 'cannot-tell';
  /** End of the tick since which the verdict stands; null before the first tick. */
  readonly atMs: number | null;
  readonly detail: string;
  /** Conversations begun on the bad version after everyone should have left it. */
  readonly stillOnBad: number;
  readonly signals: readonly SignalVerdict[];
};

/** Follows one flip, tick by tick. Order within a tick does not matter; ticks without news may be left out. */
export type StreamVerification = {
  tick(endMs: number, increments: readonly SinceFlip[]): void;
  result(): StreamVerdict;
};

const DEFAULT_PROPAGATION_MS = 30_000;
const TICK_MS = 10_000;
const NOT_THE_PROMPT_AFTER_MS = 10 * 60_000;

/**
 * Did the rollback work? First whether the bad version is gone from what starts (section 8.1), then whether the signals are back among
 * conversations started after the drain (8.2, 8.3). Each wrong verdict has a probability of at most 1 in 20 per signal, at any time.
 */
export function createStreamVerification(input: StreamVerificationInput): StreamVerification {
  const { flipAtMs } = input;
  const judgeFromMs = flipAtMs + (input.propagationMs ?? DEFAULT_PROPAGATION_MS);
  const drainedMs = flipAtMs + DRAINED_AFTER_MS;
  const signals = createSignalRecovery(input, drainedMs);
  let starts: { conversations: number; bad: number; lastBadStartMs: number | null; clean: number } = {
    conversations: 0,
    bad: 0,
    lastBadStartMs: null,
    clean: 0,
  };
  let now: Look | null = null;

  function count(increments: readonly SinceFlip[]): void {
    const judged = increments.filter(({ bucketMs }) => bucketMs >= judgeFromMs);
    // The bad ones first: what started clean before the last of them proves nothing.
    for (const { on, conversations, bucketMs } of judged) {
      if (on !== 'bad' || conversations <= 0) continue;
      const endMs = bucketMs + TICK_MS;
      const isNewer = starts.lastBadStartMs === null || endMs > starts.lastBadStartMs;
      starts = {
        conversations: starts.conversations + conversations,
        bad: starts.bad + conversations,
        lastBadStartMs: isNewer ? endMs : starts.lastBadStartMs,
        clean: isNewer ? 0 : starts.clean,
      };
    }
    for (const { on, conversations, bucketMs } of judged) {
      if (on === 'bad') continue;
      starts.conversations += conversations;
      if (starts.lastBadStartMs === null || bucketMs >= starts.lastBadStartMs) starts.clean += conversations;
    }
  }

  return {
    tick(endMs, increments) {
      count(increments);
      signals.add(increments);
      const propagation = propagationOf(starts, endMs);
      const verdicts = signals.verdicts(endMs);
      const judged = verdictOf(propagation, verdicts);
      // What was still there is not gone before that is shown.
      const isHeld = now?.verdict === 'not-propagated' && propagation.kind === 'unproven';
      const verdict = isHeld ? 'not-propagated' : judged;
      const atMs = now?.verdict === verdict ? now.atMs : endMs;
      now = { verdict, atMs, propagation, verdicts, endMs, bad: starts.bad };
    },
    result() {
      if (!now) {
        const detail = 'nothing was seen since the flip';
        return { verdict: 'cannot-tell', atMs: null, detail, stillOnBad: 0, signals: [] };
      }
      const { verdict, atMs, bad, verdicts } = now;
      return { verdict, atMs, detail: detailOf(input, now), stillOnBad: bad, signals: verdicts };
    },
  };
}

/** One look, before it is put into words. */
type Look = {
  readonly verdict: StreamVerdict['verdict'];
  readonly atMs: number;
  readonly propagation: Propagation;
  readonly verdicts: readonly SignalVerdict[];
  readonly endMs: number;
  readonly bad: number;
};

function verdictOf(propagation: Propagation, verdicts: readonly SignalVerdict[]): StreamVerdict['verdict'] {
  if (propagation.kind === 'present') return 'not-propagated';
  const required = verdicts.filter(({ isRequired }) => isRequired);
  if (required.some(({ state }) => state === 'not-recovered')) return 'not-recovered';
  const isBack = required.every(({ state }) => state === 'recovered' || state === 'never-raised');
  return propagation.kind === 'gone' && verdicts.length > 0 && isBack ? 'recovered' : 'cannot-tell';
}

function detailOf(input: StreamVerificationInput, look: Look): string {
  const { verdict, propagation, verdicts, endMs, bad } = look;
  const { badVersion, goodVersion, flipAtMs } = input;
  const required = verdicts.filter(({ isRequired }) => isRequired);
  switch (verdict) {
    case 'not-propagated':
      return (
        `${plural(bad, 'conversation')} started on ${badVersion} after ${clock(flipAtMs + (input.propagationMs ?? DEFAULT_PROPAGATION_MS))}: ` +
        'flush the flag cache or restart the workers that keep it.'
      );
    case 'recovered':
      return `All of it is back on ${goodVersion}. ${sentences(required)}`;
    case 'not-recovered': {
      const failed = required.filter(({ state }) => state === 'not-recovered');
      const widen =
        endMs - flipAtMs >= NOT_THE_PROMPT_AFTER_MS
          ? ' Ten minutes after the flip: the prompt was not it, or the rollback is partial. Widen the search.'
          : '';
      return `${sentences(failed)}${widen}`;
    }
    case 'cannot-tell': {
      if (propagation.kind === 'straggler')
        return `Cannot tell yet: one conversation started on ${badVersion} less than a minute ago.`;
      if (propagation.kind === 'unproven')
        return `Cannot tell yet: ${plural(propagation.more, 'more conversation')} needed to say ${badVersion} is gone.`;
      if (endMs <= flipAtMs + DRAINED_AFTER_MS)
        return `Cannot tell yet: counts conversations started after ${clock(flipAtMs + DRAINED_AFTER_MS)}.`;
      return `Cannot tell yet. ${sentences(required.filter(({ state }) => state === 'cannot-tell'))}`;
    }
  }
}

function sentences(verdicts: readonly SignalVerdict[]): string {
  return verdicts.map(({ sentence }) => sentence()).join(' ');
}
