import type { Alarm, EvidenceReading, RateStreamId, StreamId } from '#shared/model/detection.ts';
import type { PastHour, PastSums } from './own-past.ts';

/** Length of a tick: the bucket in which conversations are counted by their start. Buckets are aligned to the epoch. */
export const TICK_MS = 10_000;

export type ArmId = 'candidate' | 'control';

/**
 * What became known in a tick about conversations of one cohort and arm that BEGAN in the bucket [bucketMs, bucketMs + TICK_MS).
 * Increments add up: a late report is a further increment of its old bucket, with `conversations: 0`. A conversation counts once per
 * stream. Ratings are units of their own; scores are 0..100, 100 best.
 */
export type Increment = {
  readonly cohort: string;
  readonly arm: ArmId;
  readonly bucketMs: number;
  readonly conversations: number;
  readonly events: Readonly<Partial<Record<RateStreamId, number>>>;
  readonly ratings: readonly (readonly [score: number, count: number])[];
};

/** A rate known from before, on which the weaker test against history rests. `events` tells how firm it is; null = taken as given. */
export type HistoryRate = { readonly rate01: number; readonly events: number | null };

export type DetectorSettings = {
  /** Launch of the candidate: age 0 of the onset mixture. */
  readonly startedAtMs: number;
  /**
   * Cohorts known beforehand, which share half of the error budget equally; empty: cohorts join as they are seen, the n-th with 1/(n (n + 1))
   * of that half. A detector that only ever sees one cohort gives it the whole budget.
   */
  readonly cohorts: readonly string[];
  readonly streams: readonly StreamId[];
  readonly history: Readonly<Partial<Record<RateStreamId, HistoryRate>>>;
  /** The share of the candidate that the flag is set to, 0..1; null = not known: no split check. */
  readonly intendedShare01: number | null;
  /** What sentences call the candidate ("v18"); default "the candidate". */
  readonly candidateName?: string;
  /**
   * Given = nobody is compared with: one version (the candidate arm) is judged against its own past, which moves along with it. Hours before
   * `startedAtMs`, in any order; empty = nothing is known of it yet and it is learned.
   */
  readonly ownPast?: readonly PastHour[];
};

/** A change with a time stamp: later starts of a regression are likelier there, and blocks do not reach across it. */
export type KnownChange = {
  readonly atMs: number;
  readonly what: string;
  /** The new intended share, where the change is a ramp step; undefined = unchanged. */
  readonly intendedShare01?: number | null;
};

export type ControlHistory = Pick<EvidenceReading, 'signal' | 'evidence' | 'effect' | 'onset'>;

/** Plain JSON. A detector restored from it goes on as if it had never stopped. */
export type DetectorState = { readonly format: 1; readonly [field: string]: unknown };

/** Watches one candidate against one control over all cohorts and streams. No clock, no I/O; the same calls give the same answers. */
export type Detector = {
  /** The tick that ends at `endMs`: everything that became known in it. Ticks without news may be left out. Order within a tick does not matter. */
  tick(endMs: number, increments: readonly Increment[]): void;
  /** To be called before the data that follow the change. */
  noteChange(change: KnownChange): void;
  /** The feed of a signal is stale or back-filling in one arm: its data of both arms are left out until `false`. */
  setFrozen(signal: StreamId, isFrozen: boolean): void;
  readings(): EvidenceReading[];
  /** What a signal's own past rests on (csat: ratings, sum of y and of y^2, y = score / 100); null without an own past. */
  past(signal: StreamId): PastSums | null;
  /**
   * The control against its own history, where it runs beside the candidate: evidence on the scale of `HISTORY_WATCH_LINE`, since when and how far.
   * Signals without a known history are left out; empty where nobody runs the control.
   */
  controlHistory(): ControlHistory[];
  /** Every alarm raised so far, oldest first; latched. */
  alarms(): readonly Alarm[];
  /** Things worth knowing that are no alarm ("both versions got worse: probably not this prompt"; counts too late to use). */
  notices(): readonly { readonly atMs: number; readonly sentence: string }[];
  state(): DetectorState;
};
