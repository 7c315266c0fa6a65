import type { RateStreamId } from '#shared/model/detection.ts';
import type { Distribution, Sample, Window, WorkerShare } from '#shared/model/evidence.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';
import type { BadRecord, BadRecordFilter, ErrorType } from '#shared/model/wave2.ts';

/**
 * Counts for one version over one window and cohort: `conversations` STARTED in the window, and of those (whenever the report came in)
 * how many showed the event. A conversation counts once per signal.
 */
export type VersionCounts = {
  readonly version: string;
  readonly sha: string | null;
  readonly cohort: string;
  readonly conversations: number;
  readonly readings: Record<SignalId, ArmReading>;
};

/** The same per bucket; arrays are as long as `startsMs`. */
export type VersionSeries = {
  readonly version: string;
  readonly conversations: readonly number[];
  readonly readings: readonly Record<SignalId, ArmReading>[];
};

/**
 * What is known now about the conversations of one version and cohort that STARTED in [bucketMs, bucketMs + TICK_MS), with every report
 * that came since. A conversation counts once per stream; its last rating is its csat.
 */
export type TickRow = {
  readonly bucketMs: number;
  /** `(none)` where the spans named no version. */
  readonly version: string;
  readonly cohort: string;
  readonly conversations: number;
  /** Conversations that showed the event, absent = 0. */
  readonly events: Readonly<Partial<Record<RateStreamId, number>>>;
  /** Whole scores 0..100 (100 best), ascending, each with how many conversations gave it. */
  readonly ratings: readonly (readonly [score: number, count: number])[];
};

/** When something was said (or ended) and when that was received. Epoch ms. */
export type Arrival = { readonly saidMs: number; readonly knownMs: number };
/** A conversation without ids, users and texts: what is counted about it, and when each of it became known. */
export type ArrivedConversation = {
  readonly startMs: number;
  readonly version: string;
  readonly cohort: string;
  readonly worker: string;
  /** The turn with which it became known, and its last one on its version. */
  readonly known: Arrival;
  readonly end: Arrival;
  /** What it showed, each by the first report of it. */
  readonly shown: Readonly<Partial<Record<RateStreamId, Arrival>>>;
  /** The last one; score 0..100, whole. */
  readonly rating: (Arrival & { readonly score: number }) | null;
};

/** One version by name, or by SHA where the spans carry one (either may be cut to a prefix of the other). */
export type ServedQuery = {
  readonly prompt: string;
  readonly version: string;
  readonly sha: string | null;
  readonly window: Window;
};
export type ServedCohort = {
  readonly cohort: string;
  readonly conversations: number;
  readonly errors: number;
  /** Of them, those that began on another version. */
  readonly beganElsewhere: number;
  readonly workers: readonly string[];
  /** Start of the first and end of the last turn on the version. */
  readonly firstMs: number;
  readonly lastMs: number;
};

export type EvidenceQuery = { readonly prompt: string; readonly window: Window };

/** Turns (spans) that one model answered on one version in the window; those that do not name a model are left out. */
export type AnsweredBy = {
  readonly version: string;
  readonly model: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly turns: number;
};
/** A minute of one version: turns that started in it, and of those that failed, by error.type. */
export type FailedMinute = {
  readonly startMs: number;
  readonly version: string;
  readonly turns: number;
  readonly failed: Readonly<Record<string, number>>;
};
/** What one worker served of one version, by conversation start. */
export type WorkerCounts = {
  readonly worker: string;
  readonly conversations: number;
  readonly events: Readonly<Partial<Record<RateStreamId, number>>>;
};

/** What the watch loop, the incident modules and the API may ask of received telemetry. `prompt` is the trace name. */
export type EvidenceReader = {
  distribution(query: EvidenceQuery & { readonly bucketMs: number }): Promise<Distribution>;
  /** Per version and cohort over the whole window. */
  counts(query: EvidenceQuery): Promise<VersionCounts[]>;
  /** Per version and bucket; cohort 'all' or one. */
  series(
    query: EvidenceQuery & { readonly bucketMs: number; readonly cohort: string },
  ): Promise<{ startsMs: number[]; versions: VersionSeries[] }>;
  /**
   * Per tick (TICK_MS of shared/domain/detection), version and cohort, sorted so; ticks without conversations are left out. The window is
   * widened to whole ticks. Counts of a tick may still change while it is asked for again: reports come late, a conversation may
   * turn out to have begun earlier.
   */
  ticks(query: EvidenceQuery): Promise<TickRow[]>;
  /** Every conversation that started in the window, oldest first, with when it became known: what a recording is made from. */
  arrivals(query: EvidenceQuery): Promise<ArrivedConversation[]>;
  /** `expectedVersion` marks workers that started anything else after window.fromMs. */
  workers(query: EvidenceQuery & { readonly expectedVersion: string | null }): Promise<WorkerShare[]>;
  samples(
    query: EvidenceQuery & {
      readonly version: string;
      readonly kind: 'bad' | 'good';
      readonly signal: SignalId | null;
      readonly limit: number;
    },
  ): Promise<Sample[]>;
  /** First and last time each version started a conversation, and when its last span ended; over all retained data. */
  versionTimes(
    prompt: string,
  ): Promise<
    { version: string; sha: string | null; firstSeenMs: number; lastStartedMs: number; lastEndedMs: number }[]
  >;
  cohorts(prompt: string, window: Window): Promise<string[]>;
  /** Newest event time seen for the prompt (any version); null = never. */
  dataUpToMs(prompt: string | null): Promise<number | null>;
  /** Share of the prompt's spans without a version, 0..1; null without spans (leak 4). */
  unversionedShare01(query: EvidenceQuery): Promise<number | null>;
  /** Start-to-report lags in ms of late feedback, for the expected recovery curve; at most `limit` newest. */
  reportLagsMs(prompt: string, limit: number): Promise<number[]>;
  /**
   * Conversations in which the version answered at least one turn that started in the window, by the first such turn; also those that
   * began on another version. Oldest first.
   */
  served(
    query: ServedQuery & {
      readonly filter: BadRecordFilter;
      readonly offset: number;
      readonly limit: number;
    },
  ): Promise<{ rows: BadRecord[]; total: number }>;
  /** The same conversations counted per cohort, without a filter. */
  servedByCohort(query: ServedQuery): Promise<ServedCohort[]>;
  /** What failing spans of the prompt say: those of the version in the window, and those of any version from `sinceMs` on. At most 20. */
  errorTypes(query: ServedQuery & { readonly sinceMs: number | null }): Promise<ErrorType[]>;
  /** Which models answered, by version, those first seen first. */
  answeredBy(query: EvidenceQuery): Promise<AnsweredBy[]>;
  /** Per minute and version, ascending; minutes without turns are left out. */
  failedMinutes(query: EvidenceQuery): Promise<FailedMinute[]>;
  /** Per worker, those of one version that started in the window. */
  workerCounts(query: EvidenceQuery & { readonly version: string }): Promise<WorkerCounts[]>;
  /** Start of the oldest conversation of the prompt that is kept; null = none is. */
  keptSinceMs(prompt: string): Promise<number | null>;
};

/** Counters since start, for source health and doctor. */
export type ReceiverCounters = {
  readonly spans: number;
  readonly feedback: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly unattributed: number;
  readonly requests: number;
  readonly lastReceivedMs: number | null;
};
