import { z } from 'zod';

/** A calendar day, `2026-05-16`. It is over at its end in UTC. */
export const daySchema = z.iso.date();

export const actionItemStateSchema = z.enum(['open', 'in-progress', 'done', 'dropped']);
export type ActionItemState = z.infer<typeof actionItemStateSchema>;

/** A ticket elsewhere: https alone, no user name in it. */
export const ticketUrlSchema = z
  .url({ protocol: /^https$/ })
  .max(2_000)
  .refine((text) => !/^https:\/\/[^/]*@/.test(text), 'no user name or password in the address');

/** Something a postmortem promised. */
export const actionItemSchema = z.object({
  /** `INC-20260509-1-A2` */
  id: z.string(),
  incidentId: z.string(),
  promptId: z.string(),
  title: z.string(),
  owner: z.string().nullable(),
  dueOn: daySchema.nullable(),
  state: actionItemStateSchema,
  /** Why it was dropped; null unless dropped. */
  droppedBecause: z.string().nullable(),
  ticketUrl: z.string().nullable(),
  /** The signal whose alarm it shall prevent; recurrence is matched on it. */
  failureMode: z.string().nullable(),
  suiteId: z.string().nullable(),
  /** Goes up with every change, so that two people do not overwrite each other. */
  revision: z.number().int(),
  createdAtMs: z.number(),
  createdBy: z.string(),
  changedAtMs: z.number(),
  changedBy: z.string(),
  doneAtMs: z.number().nullable(),
  /** The newest reminder that went out. */
  remindedAtMs: z.number().nullable(),
});
export type ActionItem = z.infer<typeof actionItemSchema>;

/** What a person fills in. */
export const actionItemContentSchema = z.strictObject({
  title: z.string().trim().min(1).max(300),
  owner: z.string().trim().min(1).max(120).nullable(),
  dueOn: daySchema.nullable(),
  state: actionItemStateSchema,
  droppedBecause: z.string().trim().min(1).max(500).nullable(),
  ticketUrl: ticketUrlSchema.nullable(),
  failureMode: z.string().max(40).nullable(),
  suiteId: z.string().max(80).nullable(),
});
export type ActionItemContent = z.infer<typeof actionItemContentSchema>;

/**
 * How loud an unfinished item is. `overdue` and `recurred` (an incident of the same kind is open now) are as loud as a live incident;
 * `due-soon`: within two days.
 */
export const urgencySchema = z.enum(['overdue', 'recurred', 'due-soon', 'calm', 'finished']);
export type Urgency = z.infer<typeof urgencySchema>;

export const auditedItemSchema = actionItemSchema.extend({
  urgency: urgencySchema,
  /** "3 days overdue", "due tomorrow", "INC-… of the same kind is open". */
  urgencyText: z.string(),
});
export type AuditedItem = z.infer<typeof auditedItemSchema>;

/** An earlier incident that a new one resembles, with what was promised after it and is not finished. */
export const earlierIncidentSchema = z.object({
  id: z.string(),
  promptTitle: z.string(),
  declaredAtMs: z.number(),
  status: z.enum(['open', 'closed']),
  because: z.array(z.enum(['prompt', 'failure-mode', 'suite'])).min(1),
  /** Summary where it has one, else what triggered it. */
  sentence: z.string(),
  unfinished: z.array(auditedItemSchema),
});
export type EarlierIncident = z.infer<typeof earlierIncidentSchema>;
