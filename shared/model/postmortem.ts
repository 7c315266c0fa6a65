import { z } from 'zod';
import { actionItemSchema, daySchema, earlierIncidentSchema } from './action-item.ts';
import { waiverSchema } from './closing.ts';
import { incidentSchema } from './incident.ts';

/** The parts a person writes. Those the record knows something about are drafted from it. */
export const SECTION_IDS = [
  'summary',
  'impact-requests',
  'impact-segments',
  'impact-business',
  'cause',
  'contributing',
  'detection-method',
  'missed-by-evals',
  'why-not-sooner',
  'went-well',
  'went-badly',
] as const;
export const sectionIdSchema = z.enum(SECTION_IDS);
export type SectionId = z.infer<typeof sectionIdSchema>;

/** `short`: the five outputs, without which it is not done. `full`: with summary, impact, factors, what went well and what did not. */
export const postmortemStyleSchema = z.enum(['short', 'full']);
export type PostmortemStyle = z.infer<typeof postmortemStyleSchema>;

/** What a person wrote. `text` null = back to the draft. The revision counts this section's changes alone. */
export const sectionTextSchema = z.object({
  text: z.string().nullable(),
  revision: z.number().int(),
  by: z.string(),
  atMs: z.number(),
});
export type SectionText = z.infer<typeof sectionTextSchema>;

/** The true time of an event, beside the recorded one: both are kept. */
export const correctionSchema = z.object({
  entryId: z.string(),
  atMs: z.number(),
  by: z.string(),
  reason: z.string(),
  correctedAtMs: z.number(),
});
export type Correction = z.infer<typeof correctionSchema>;

export const postmortemDetailsSchema = z.object({
  style: postmortemStyleSchema,
  preparedBy: z.string().nullable(),
  reviewOn: daySchema.nullable(),
  revision: z.number().int(),
  by: z.string().nullable(),
  atMs: z.number().nullable(),
});

/** What is stored of a postmortem: what people did to it. Everything else is drafted from the record each time. */
export const postmortemRecordSchema = z.object({
  incidentId: z.string(),
  details: postmortemDetailsSchema,
  sections: z.partialRecord(sectionIdSchema, sectionTextSchema),
  corrections: z.array(correctionSchema),
  timelineConfirmed: z.object({ by: z.string(), atMs: z.number() }).nullable(),
});
export type PostmortemRecord = z.infer<typeof postmortemRecordSchema>;

/** A postmortem with all it is worked out from: the same value always gives the same document. */
export const postmortemSchema = postmortemRecordSchema.extend({
  incident: incidentSchema,
  items: z.array(actionItemSchema),
  waivers: z.array(waiverSchema),
  earlier: z.array(earlierIncidentSchema),
  /** Minutes the zone of the record is east of UTC, at the declaration. */
  offsetMinutes: z.number(),
});
export type Postmortem = z.infer<typeof postmortemSchema>;
