import { z } from 'zod';
import { signalIdSchema } from './signal.ts';

/** A window on event time, half open: [fromMs, toMs). */
export const windowSchema = z.object({ fromMs: z.number(), toMs: z.number() });
export type Window = z.infer<typeof windowSchema>;

/** Who is serving: conversations per bucket and version. Zero-filled; `total` per bucket is the sum. The last bucket may be partial. */
export const distributionSchema = z.object({
  window: windowSchema,
  bucketMs: z.number(),
  /** Bucket starts, ascending. */
  startsMs: z.array(z.number()),
  versions: z.array(
    z.object({ version: z.string(), sha: z.string().nullable(), counts: z.array(z.number()) }),
  ),
  lastBucketPartial: z.boolean(),
  dataUpToMs: z.number().nullable(),
  sampled: z.boolean(),
});
export type Distribution = z.infer<typeof distributionSchema>;

export const workerShareSchema = z.object({
  worker: z.string(),
  /** Conversations started per version in the window. */
  versions: z.array(z.object({ version: z.string(), conversations: z.number() })),
  lastVersion: z.string().nullable(),
  lastSeenMs: z.number(),
  /** Started a conversation on a version other than `expected` after the lever was in effect. */
  isStale: z.boolean(),
});
export type WorkerShare = z.infer<typeof workerShareSchema>;

/** One signal over time, per version, in display units; null = no data in the bucket (never zero for "no data"). */
export const signalSeriesSchema = z.object({
  signal: signalIdSchema,
  cohort: z.string(),
  source: z.string(),
  window: windowSchema,
  bucketMs: z.number(),
  startsMs: z.array(z.number()),
  lines: z.array(
    z.object({
      version: z.string(),
      role: z.enum(['control', 'candidate', 'other']),
      values: z.array(z.number().nullable()),
      denominators: z.array(z.number()),
    }),
  ),
  /** Baseline of control before the incident, in display units. */
  baseline: z.number().nullable(),
  /** Expected recovery after the flip (90 % band), in display units; empty before a flip. */
  band: z.array(z.object({ atMs: z.number(), low: z.number(), high: z.number() })),
  dataUpToMs: z.number().nullable(),
  error: z.string().nullable(),
});
export type SignalSeries = z.infer<typeof signalSeriesSchema>;

/** One conversation, as untrusted text. */
export const sampleSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  conversation: z.string().nullable(),
  atMs: z.number(),
  version: z.string(),
  cohort: z.string(),
  worker: z.string(),
  input: z.string().nullable(),
  output: z.string().nullable(),
  flags: z.array(signalIdSchema),
  csat: z.number().nullable(),
  error: z.string().nullable(),
  link: z.string().nullable(),
});
export type Sample = z.infer<typeof sampleSchema>;

/** Something that changed near the incident: flag events, first sight of a version, deploys. */
export const changeSchema = z.object({
  atMs: z.number(),
  kind: z.enum(['version', 'flag', 'deploy', 'model', 'config', 'other']),
  source: z.string(),
  by: z.string().nullable(),
  text: z.string(),
});
export type Change = z.infer<typeof changeSchema>;
