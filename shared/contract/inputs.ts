import { z } from 'zod';
import { streamIdSchema } from '../model/detection.ts';
import { signalIdSchema } from '../model/signal.ts';
import { windowSchema } from '../model/evidence.ts';

/** Every command carries one, made by the page at press: the engine applies it once and answers repeats with the first result. */
export const operationIdSchema = z
  .string()
  .min(8)
  .max(64)
  .regex(/^[\w-]+$/);

export const promptRef = { promptId: z.string().max(200) };
export const incidentRef = { incidentId: z.string().max(64) };
/** An incident as the sender saw it: a change of the same thing that they did not see is not overwritten. */
export const seenIncident = { ...incidentRef, revisionShown: z.string().max(64).optional() };
export const command = { operationId: operationIdSchema };

/** `bucketMs` omitted: the engine picks one so that at most ~200 buckets come back. */
export const evidenceQuery = {
  ...promptRef,
  window: windowSchema,
  bucketMs: z.number().int().positive().optional(),
};

export const seriesQuery = {
  ...evidenceQuery,
  signal: signalIdSchema,
  cohort: z.string().default('all'),
  incidentId: z.string().optional(),
};

export const certaintyQuery = {
  ...promptRef,
  signal: streamIdSchema,
  cohort: z.string().default('all'),
  window: windowSchema,
};
