import { z } from 'zod';

/** Streams of a recorded conversation that it shows or does not. */
export const RECORDED_EVENTS = [
  'complaints',
  'safety',
  'downstream',
  'fallback',
  'escalation',
  'correction',
] as const;

const count = z.number().int().min(0).max(1_000_000);
/** Whole; at most a week: reports come late. */
const ms = z.number().int().min(0).max(604_800_000);

/**
 * One conversation, without ids, users and texts:
 * `[start, known, received, end, received, worker, shown, rating]`, in ms. `start` counts from the beginning of its tick. `known` is how long after
 * that the turn ended with which it became known, `received` how long after its end that was received; then the same of its last turn. `shown`:
 * by stream, how long after the start it was said, and from then until it was received. `rating`: the score (0-100), then the same.
 */
export const recordedConversationSchema = z.tuple([
  ms,
  ms,
  ms,
  ms,
  ms,
  count,
  z.partialRecord(z.enum(RECORDED_EVENTS), z.tuple([ms, ms])),
  z.tuple([z.number().int().min(0).max(100), ms, ms]).nullable(),
]);
export type RecordedConversation = z.infer<typeof recordedConversationSchema>;

/** What began in one tick on one version and cohort. */
export const recordedTickSchema = z.strictObject({
  /** From the recording's origin, in ticks of the detector (10 s). */
  tick: count,
  /** `(none)` where the spans named no version. */
  version: z.string().max(200),
  cohort: z.string().max(200),
  conversations: z.array(recordedConversationSchema).max(100_000),
});
export type RecordedTick = z.infer<typeof recordedTickSchema>;

/** A real incident's traffic. Times are ms from its origin, which lies on a tick. */
export const recordingSchema = z.strictObject({
  incidentId: z.string().max(64),
  promptId: z.string().max(200),
  /** When the candidate got its share; 0 = before the recording. */
  shippedMs: z.number().min(0),
  /** When the first flip was pressed; null = nobody flipped. */
  flippedMs: z.number().min(0).nullable(),
  /** How long after the flip conversations still began on the bad version. */
  tailMs: z.number().min(0).max(600_000),
  /** When each step of the response was done; null = it was not. What a replay is compared with. */
  steps: z.partialRecord(z.string().max(40), z.number().nullable()),
  verdict: z.string().max(40).nullable(),
  ticks: z.array(recordedTickSchema).max(200_000),
  /** Outputs of the bad version with what was asked, redacted. */
  samples: z
    .array(z.strictObject({ version: z.string(), input: z.string(), output: z.string() }))
    .max(20)
    .default([]),
});
export type Recording = z.infer<typeof recordingSchema>;
