import { z } from 'zod';
import { SIGNAL_IDS } from './signal.ts';

/** Watched beside the four signals while a candidate is on trial. They can freeze a ramp; they never page. */
export const CANARY_IDS = ['fallback', 'escalation', 'correction'] as const;

/** Everything the detector tests: the four signals and the canaries. */
export const STREAM_IDS = [...SIGNAL_IDS, ...CANARY_IDS] as const;
export const streamIdSchema = z.enum(STREAM_IDS);
export type StreamId = z.infer<typeof streamIdSchema>;
/** Streams that are shares of conversations; csat is the mean one. */
export type RateStreamId = Exclude<StreamId, 'csat'>;

/** `comparison`: candidate against control on the same traffic; `history`: against an earlier baseline, because nobody runs the control. */
export const basisSchema = z.enum(['comparison', 'history']);
export type Basis = z.infer<typeof basisSchema>;

/** About when a regression began, with the range in which it may have. */
export const onsetSchema = z.object({ aboutMs: z.number(), earliestMs: z.number(), latestMs: z.number() });
export type Onset = z.infer<typeof onsetSchema>;

/**
 * The evidence of one stream (a signal in one cohort, 'all' = every cohort, stratified), valid however often it is looked at.
 * `anytimeSigma` is read off evidence x the stream's share of the error budget, so that 2 and 3 are the lines of every stream.
 */
export const evidenceReadingSchema = z.object({
  signal: streamIdSchema,
  cohort: z.string(),
  basis: basisSchema,
  /** The e-value now; 1 = nothing known, below 1 = looks fine. */
  evidence: z.number(),
  watchLine: z.number(),
  pageLine: z.number(),
  anytimeSigma: z.number(),
  /** With hysteresis: stays until the evidence has fallen clearly under its line. */
  state: z.enum(['quiet', 'watch', 'page']),
  /** Units seen in closed and open blocks: conversations (csat: ratings) and events per arm. */
  candidate: z.object({ units: z.number(), events: z.number() }),
  control: z.object({ units: z.number(), events: z.number() }),
  /** Rate ratio (csat: difference in points) with its 95 % confidence sequence; null where nothing can be said. */
  effect: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  onset: onsetSchema.nullable(),
  /** The feed of this signal is stale in one arm: nothing is learned until it is back. */
  isFrozen: z.boolean(),
});
export type EvidenceReading = z.infer<typeof evidenceReadingSchema>;

/** What could be seen, at present traffic and split, in one stream. Ratios; for csat drops in points stand in their place. */
export const meterReadingSchema = z.object({
  signal: streamIdSchema,
  cohort: z.string(),
  /** Smallest change that would page within 5 and 60 minutes of its beginning; null = none would. */
  smallestIn5Min: z.number().nullable(),
  smallestIn60Min: z.number().nullable(),
  /** Minutes until a change that begins now would page; null = traffic or rate unknown, or never. csat: drops of 2 and 5 points. */
  minutesTo2x: z.number().nullable(),
  minutesTo4x: z.number().nullable(),
  /** Minutes from now until a change that was there since launch would have paged; 0 = it would have by now. */
  until2xMin: z.number().nullable(),
  until4xMin: z.number().nullable(),
  /** A 4x change since launch could still be hidden until about then; null = not blind, or not known. */
  blindUntilMs: z.number().nullable(),
  /** Why the figures are null; else null. */
  unknownBecause: z.string().nullable(),
});
export type MeterReading = z.infer<typeof meterReadingSchema>;

/** What would let the cockpit see sooner, best first. */
export const meterAdviceSchema = z.object({
  kind: z.enum(['raise-share', 'denser-signal', 'pool-cohorts', 'wait']),
  text: z.string(),
  minutesTo4x: z.number().nullable(),
});
export type MeterAdvice = z.infer<typeof meterAdviceSchema>;

/** A line that was crossed. `split`: the share seen is not the share intended (a data-quality notice, never a page). */
export const alarmSchema = z.object({
  atMs: z.number(),
  class: z.enum(['page', 'watch']),
  signal: z.union([streamIdSchema, z.literal('split')]),
  cohort: z.string(),
  basis: basisSchema,
  /** The rule that was met. */
  rule: z.enum(['one-at-page', 'two-at-watch', 'one-at-watch', 'split']),
  sigma: z.number(),
  evidence: z.number(),
  /** The second signal of `two-at-watch`. */
  alsoSignal: streamIdSchema.nullable(),
  effect: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  onset: onsetSchema.nullable(),
  sentence: z.string(),
  /** When its evidence had fallen clearly under the line again; null = stands. */
  resolvedAtMs: z.number().nullable(),
});
export type Alarm = z.infer<typeof alarmSchema>;

/** Something that changed and may explain an alarm, ranked. */
export const suspectSchema = z.object({
  kind: z.enum(['prompt-version', 'flag', 'label', 'model', 'retrieval', 'deploy', 'provider', 'other']),
  what: z.string(),
  atMs: z.number(),
  by: z.string().nullable(),
  source: z.string(),
  /** 0..1 over all suspects and "none of these"; a ranking, not a probability of guilt. */
  weight01: z.number(),
  reason: z.string(),
});
export type Suspect = z.infer<typeof suspectSchema>;

export const culpritSchema = z.object({
  suspects: z.array(suspectSchema),
  /** True where no change of theirs explains the alarm better than none. */
  isUnexplained: z.boolean(),
  sentence: z.string(),
});
export type Culprit = z.infer<typeof culpritSchema>;

/** What the cockpit does by itself for a prompt, where a team switched it on; announced before it acts, cancellable until `actsAtMs`. */
export const policyActionSchema = z.object({
  id: z.string(),
  promptId: z.string(),
  kind: z.enum(['freeze-ramp', 'killswitch']),
  /** `cancelled`: no longer due before it acted (policy switched off, incident closed, rolled back by a person). */
  state: z.enum(['announced', 'vetoed', 'cancelled', 'acting', 'done', 'failed']),
  because: z.string(),
  announcedAtMs: z.number(),
  actsAtMs: z.number(),
  vetoedBy: z.string().nullable(),
  /** Operation of the rollback machine that carries it out. */
  operationId: z.string().nullable(),
  outcome: z.string().nullable(),
});
export type PolicyAction = z.infer<typeof policyActionSchema>;

/** The evidence of one stream over time, as anytime sigma; null = no figure at that time. */
export const certaintySeriesSchema = z.object({
  signal: streamIdSchema,
  cohort: z.string(),
  points: z.array(z.object({ atMs: z.number(), sigma: z.number().nullable() })),
});
export type CertaintySeries = z.infer<typeof certaintySeriesSchema>;
