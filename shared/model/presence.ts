import { z } from 'zod';

/** Where somebody is: at an incident, or about to move the lever of a prompt. */
export const placeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('incident'), incidentId: z.string().max(64) }),
  z.object({ kind: z.literal('lever'), promptId: z.string().max(200) }),
]);
export type Place = z.infer<typeof placeSchema>;

/** One page (or one press of the command line). Somebody with two windows is there twice. */
export const sessionIdSchema = z
  .string()
  .min(8)
  .max(64)
  .regex(/^[\w-]+$/);

/** Somebody at a place. Times are on the clock of the engine that tells it. */
export const sightingSchema = z.object({
  session: sessionIdSchema,
  name: z.string().max(80),
  sinceMs: z.number(),
  seenAtMs: z.number(),
});
export type Sighting = z.infer<typeof sightingSchema>;
