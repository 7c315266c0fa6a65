import type { RateStreamId } from '#shared/model/detection.ts';
import type { MeanCounts, SignalId } from '#shared/model/signal.ts';

/** The rates that are verified. csat is a mean and has bets of its own. */
export type RateSignal = 'complaints' | 'safety' | 'downstream';
export const RATE_SIGNALS: readonly RateSignal[] = ['complaints', 'safety', 'downstream'];

/** What a version showed before the flip. */
export type VersionTotals = {
  readonly conversations: number;
  readonly events: Readonly<Partial<Record<RateStreamId, number>>>;
  readonly scores: MeanCounts | null;
};

export type StreamVerificationInput = {
  readonly flipAtMs: number;
  readonly badVersion: string;
  readonly goodVersion: string;
  /** Control before the flip; where no control ran, history as counts (as firm as it is). */
  readonly baseline: VersionTotals;
  /** The bad version, best from the dated onset on. */
  readonly incident: VersionTotals;
  /** The signals that paged: those have to come back. Empty: every signal the incident raised. */
  readonly alarmed: readonly SignalId[];
  /** Start-to-report times seen before the flip, so that the youngest conversations are not taken for clean. Empty = reports come at once. */
  readonly reportLagsMs?: readonly number[];
  /** How long the change may take to reach every worker. */
  readonly propagationMs?: number;
};

/**
 * What became known about conversations that began in [bucketMs, bucketMs + 10 s). `bad`: still on the bad version; `slice`: on the good
 * version now, on the bad one before the flip, where that is known; `rest`: everybody else. Without any `slice`, `rest` is judged.
 * Increments add up, late ones with `conversations: 0`.
 */
export type SinceFlip = {
  readonly bucketMs: number;
  readonly on: 'bad' | 'slice' | 'rest';
  readonly conversations: number;
  readonly events: Readonly<Partial<Record<RateStreamId, number>>>;
  readonly ratings: readonly (readonly [score: number, count: number])[];
};
