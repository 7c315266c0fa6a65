import { z } from 'zod';

/** Streams of a recorded tick that are counts of conversations. */
export const RECORDED_EVENTS = [
  'complaints',
  'safety',
  'downstream',
  'fallback',
  'escalation',
  'correction',
] as const;

const count = z.number().int().min(0).max(1_000_000);

/** What began in one tick on one version and cohort, with everything that was ever reported about it. */
export const recordedTickSchema = z.strictObject({
  /** From the recording's origin, in ticks of the detector (10 s). */
  tick: count,
  /** `(none)` where the spans named no version. */
  version: z.string().max(200),
  cohort: z.string().max(200),
  conversations: count,
  events: z.partialRecord(z.enum(RECORDED_EVENTS), count),
  /** Whole scores 0-100, each with how many conversations gave it. */
  ratings: z.array(z.tuple([z.number().int().min(0).max(100), count])).max(101),
});
export type RecordedTick = z.infer<typeof recordedTickSchema>;

/** A real incident's traffic, as aggregates. Times are ms from its origin, which lies on a tick. */
export const recordingSchema = z.strictObject({
  incidentId: z.string().max(64),
  promptId: z.string().max(200),
  /** When the candidate got its share; 0 = before the recording. */
  shippedMs: z.number().min(0),
  /** When the first flip was pressed; null = nobody flipped. */
  flippedMs: z.number().min(0).nullable(),
  /** How long after the flip conversations still began on the bad version. */
  tailMs: z.number().min(0).max(600_000),
  /** From the end of a conversation to what was said about it: a sample, in ms. */
  reportLagsMs: z.array(z.number().min(0)).max(200),
  ticks: z.array(recordedTickSchema).max(200_000),
  /** Outputs of the bad version with what was asked, redacted. */
  samples: z
    .array(z.strictObject({ version: z.string(), input: z.string(), output: z.string() }))
    .max(20)
    .default([]),
});
export type Recording = z.infer<typeof recordingSchema>;
