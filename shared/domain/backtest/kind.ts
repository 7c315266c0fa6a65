import type { Alarm, Basis, RateStreamId, StreamId } from '#shared/model/detection.ts';
import type { Increment } from '../detection/kind.ts';
import type { FalseAlarmBudget } from '../detection/false-alarms.ts';
import type { SignalVerdict } from '../verification/signal-recovery.ts';
import type { StreamVerdict } from '../verification/stream-verification.ts';

/** One line of counts, as an increment of its arm; `tickEndMs` is the end of the tick in which it became known. */
export type CountRow = Increment & {
  readonly line: number;
  readonly version: string;
  readonly tickEndMs: number;
};

export type StreamEvent =
  | { readonly kind: 'ramp'; readonly atMs: number; readonly share01: number }
  /** `to` null: the version that the control runs. */
  | { readonly kind: 'rollback'; readonly atMs: number; readonly to: string | null }
  | { readonly kind: 'change'; readonly atMs: number; readonly what: string };

export type BacktestOptions = {
  readonly cohorts: readonly string[];
  readonly intendedShare01: number | null;
  /** Events per conversation, as known from before. */
  readonly history: Readonly<Partial<Record<RateStreamId, number>>>;
};

/** A recorded stream, read and checked. Rows in the order in which they became known, events by time. */
export type Recording = {
  readonly options: BacktestOptions;
  readonly rows: readonly CountRow[];
  readonly events: readonly StreamEvent[];
  /** What is watched: the four signals, and the canaries of which the stream speaks. */
  readonly streams: readonly StreamId[];
  /** Beginning of the first tick and end of the last, lines without counts included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly warnings: readonly string[];
};

/** The input cannot be used; `line` counts from 1, null = the input as a whole. */
export class BadRecording extends Error {
  readonly line: number | null;
  constructor(line: number | null, message: string) {
    super(line === null ? message : `line ${line}: ${message}`);
    this.name = 'BadRecording';
    this.line = line;
  }
}

/** `t`: end of the tick in which it became known, ms since the epoch. */
export type BacktestAlarm = Omit<Alarm, 'atMs' | 'resolvedAtMs'> & {
  readonly t: number;
  /** The candidate it speaks of. */
  readonly version: string;
  readonly resolvedAt: number | null;
};

/** A stream in which a change could still be hidden. Minutes from the end of the recording; null = not known, or never. */
export type BlindStream = {
  readonly signal: StreamId;
  readonly cohort: string;
  readonly basis: Basis;
  readonly until2xMin: number | null;
  readonly until4xMin: number | null;
  /** Why the figures are null; else null. */
  readonly because: string | null;
};

export type BacktestVerdict = 'page' | 'watch' | 'quiet' | 'cannot-tell';

export type BacktestVerification = {
  readonly verdict: StreamVerdict['verdict'];
  /** End of the tick since which it stands. */
  readonly at: number;
  readonly to: string;
  readonly from: string | null;
  readonly flippedAt: number;
  readonly detail: string;
  readonly signals: readonly (Omit<SignalVerdict, 'sentence'> & { readonly sentence: string })[];
};

export type BacktestResult = {
  readonly alarms: readonly BacktestAlarm[];
  readonly verdict: BacktestVerdict;
  readonly sentence: string;
  readonly blind: readonly BlindStream[];
  /** Only after a rollback event. */
  readonly verification?: BacktestVerification;
  readonly notices: readonly { readonly t: number; readonly version: string; readonly sentence: string }[];
  readonly warnings: readonly string[];
  readonly falseAlarmsPerMonth: readonly Pick<FalseAlarmBudget, 'rule' | 'atMostPerMonth'>[];
  readonly from: number;
  readonly to: number;
  readonly candidates: readonly { readonly version: string; readonly launchedAt: number }[];
};
