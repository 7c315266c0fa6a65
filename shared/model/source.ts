import { z } from 'zod';

export const sourceKindSchema = z.enum([
  'traces',
  'metrics',
  'flags',
  'registry',
  'config',
  'chat',
  'paging',
]);
export type SourceKind = z.infer<typeof sourceKindSchema>;

/**
 * `never`: no answer yet; `fresh`: answered within its interval; `stale`: past twice the interval;
 * `failing`: the last attempt failed (with the reason); `throttled`: the vendor asked us to wait; `off`: switched off in the workspace.
 */
export const sourceStateSchema = z.enum(['never', 'fresh', 'stale', 'failing', 'throttled', 'off']);
export type SourceState = z.infer<typeof sourceStateSchema>;

export const sourceHealthSchema = z.object({
  id: z.string(),
  title: z.string(),
  connector: z.string(),
  kinds: z.array(sourceKindSchema),
  state: sourceStateSchema,
  refreshIntervalMs: z.number(),
  lastAttemptMs: z.number().nullable(),
  lastOkMs: z.number().nullable(),
  /** Newest event time the source has shown (data age), where it has one. */
  dataUpToMs: z.number().nullable(),
  latencyMs: z.number().nullable(),
  lastError: z.string().nullable(),
  nextAttemptMs: z.number().nullable(),
  baseUrl: z.string().nullable(),
  leastPrivilegeHint: z.string().nullable(),
  /** Counters worth showing: accepted, rejected, duplicates, unattributed spans... */
  counters: z.record(z.string(), z.number()),
});
export type SourceHealth = z.infer<typeof sourceHealthSchema>;

/** Result of the Test button on Connections. */
export const sourceTestSchema = z.object({
  ok: z.boolean(),
  latencyMs: z.number(),
  /** Plain words: what was tried and what it means. */
  message: z.string(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});
export type SourceTest = z.infer<typeof sourceTestSchema>;
