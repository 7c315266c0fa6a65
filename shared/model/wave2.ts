import { z } from 'zod';
import { windowSchema } from './evidence.ts';

/** Where stored bad output goes on doing harm; each has its own repair. */
export const PLAYBOOK_IDS = ['parser', 'column', 'index'] as const;
export const playbookIdSchema = z.enum(PLAYBOOK_IDS);
export type PlaybookId = z.infer<typeof playbookIdSchema>;

/** Every change has its own count, so that two people on two steps do not meet. */
const changed = { revision: z.number().int(), by: z.string(), atMs: z.number() };

export const wave2StepStateSchema = z.enum(['open', 'doing', 'done', 'not-needed']);
export type Wave2StepState = z.infer<typeof wave2StepStateSchema>;

/** What people did with one step; a step nobody touched is not stored. */
export const wave2StepSchema = z.object({
  state: wave2StepStateSchema,
  owner: z.string().nullable(),
  /** Why it is not needed; null unless it is not. */
  reason: z.string().nullable(),
  ...changed,
});
export type Wave2Step = z.infer<typeof wave2StepSchema>;

export const tellStateSchema = z.enum(['not-told', 'told', 'not-needed']);
export type TellState = z.infer<typeof tellStateSchema>;

export const wave2TellingSchema = z.object({
  state: tellStateSchema,
  reason: z.string().nullable(),
  ...changed,
});
export type Wave2Telling = z.infer<typeof wave2TellingSchema>;

/** From the first sign that errors outlive the bad version until they are back, or a person says that it is over. */
export const wave2PeriodSchema = z.object({
  openedAtMs: z.number(),
  openedBy: z.string(),
  openedHow: z.enum(['verification', 'person']),
  reason: z.string(),
  /** When the checks first saw errors outlive the bad version; null = never so far, and then only a person can end it. */
  errorsSeenAtMs: z.number().nullable(),
  end: z
    .object({
      /** `baseline`: the errors are back; repair steps are still owed. `person`: somebody says that it is over, nothing is owed. */
      how: z.enum(['baseline', 'person']),
      atMs: z.number(),
      by: z.string(),
      reason: z.string(),
      /** From when on the errors were at baseline; the downstream check counts from here. Null where nobody measured it. */
      backSinceMs: z.number().nullable(),
    })
    .nullable(),
});

/** The second wave of an incident, as it is stored with it: its clock, and what people did about it. */
export const wave2Schema = z.object({
  life: wave2PeriodSchema.extend({
    revision: z.number().int(),
    /** It was over once and came back. */
    earlier: z.array(wave2PeriodSchema),
  }),
  playbooks: z.partialRecord(playbookIdSchema, z.object({ isChosen: z.boolean(), ...changed })),
  /** By `playbook/step`. */
  steps: z.record(z.string(), wave2StepSchema),
  /** By cohort. */
  tenants: z.record(z.string(), wave2TellingSchema),
});
export type Wave2 = z.infer<typeof wave2Schema>;

/** A conversation that the bad version had a part in: what it wrote may lie in a queue, a column or an index. Ids alone, no text. */
export const badRecordSchema = z.object({
  conversation: z.string(),
  /** Of the bad version's turns, at most 50. */
  traceIds: z.array(z.string()),
  traces: z.number().int(),
  sha: z.string().nullable(),
  /** Differs from the bad version where the conversation began on another one and was served the bad one later. */
  beganOn: z.string(),
  cohort: z.string(),
  worker: z.string(),
  /** Of the bad version's first turn, and the end of its last. */
  startMs: z.number(),
  endMs: z.number(),
  hasError: z.boolean(),
  errorType: z.string().nullable(),
});
export type BadRecord = z.infer<typeof badRecordSchema>;

export const badRecordFilterSchema = z.object({
  cohort: z.string().max(300).nullable().default(null),
  worker: z.string().max(300).nullable().default(null),
  hasError: z.boolean().nullable().default(null),
  /** Part of a conversation id or a trace id. */
  text: z.string().trim().max(200).default(''),
});
export type BadRecordFilter = z.infer<typeof badRecordFilterSchema>;

export const badRecordPageSchema = z.object({
  rows: z.array(badRecordSchema),
  total: z.number().int(),
});
export type BadRecordPage = z.infer<typeof badRecordPageSchema>;

export const tenantTierSchema = z.enum(['enterprise', 'standard']);
export type TenantTier = z.infer<typeof tenantTierSchema>;

/** A cohort or tenant that was served the bad version. */
export const affectedTenantSchema = z.object({
  cohort: z.string(),
  /** As the workspace names it; the cohort itself where it does not. */
  title: z.string(),
  contact: z.string().nullable(),
  tier: tenantTierSchema,
  conversations: z.number().int(),
  errors: z.number().int(),
  /** Of all conversations in the window. */
  share01: z.number(),
});
export type AffectedTenant = z.infer<typeof affectedTenantSchema>;

/** What failing spans say of themselves, most frequent first. */
export const errorTypeSchema = z.object({
  type: z.string(),
  /** One of its messages, cut. Out of production: untrusted. */
  sample: z.string(),
  /** Spans that failed with it in the bad window, and those that began after the flip. */
  count: z.number().int(),
  sinceFlip: z.number().int(),
});
export type ErrorType = z.infer<typeof errorTypeSchema>;

export const playbookSuggestionSchema = z.object({
  playbook: playbookIdSchema,
  reason: z.string(),
  spans: z.number().int(),
});
export type PlaybookSuggestion = z.infer<typeof playbookSuggestionSchema>;

/** What received telemetry says about the bad window; worked out at every look. */
export const wave2LookSchema = z.object({
  incidentId: z.string(),
  version: z.string().nullable(),
  sha: z.string().nullable(),
  window: windowSchema.nullable(),
  conversations: z.number().int(),
  errors: z.number().int(),
  /** Enterprise first, then the most errors. */
  tenants: z.array(affectedTenantSchema),
  workers: z.array(z.string()),
  errorTypes: z.array(errorTypeSchema),
  suggestions: z.array(playbookSuggestionSchema),
  /** What the list cannot hold, each a sentence. */
  limits: z.array(z.string()),
});
export type Wave2Look = z.infer<typeof wave2LookSchema>;
