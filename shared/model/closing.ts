import { z } from 'zod';

/** What can stand between an incident and its closing. */
export const blockerIdSchema = z.enum([
  'rollback-unsettled',
  'undecided',
  'rollback-missing',
  'recovery',
  'wave-2',
  'note',
  'cause',
  'detection-gap',
  'timeline',
  'eval-case',
  'eval-gate',
  'action-items',
]);
export type BlockerId = z.infer<typeof blockerIdSchema>;

/** Somebody takes it on themselves to close without one of the outputs. Part of the postmortem and of history for good. */
export const waiverSchema = z.object({
  blocker: blockerIdSchema,
  name: z.string(),
  reason: z.string(),
  atMs: z.number(),
});

/** Where a blocker is answered; the page makes a link of it. */
export const blockerPlaceSchema = z.enum(['act', 'decide', 'verify', 'wave2', 'note', 'postmortem', 'eval']);

export const closingBlockerSchema = z.object({
  id: blockerIdSchema,
  /** What is missing and what to do about it. */
  sentence: z.string(),
  place: blockerPlaceSchema,
  /** False where there is a way to answer it at any time: a decision can always be recorded. */
  isWaivable: z.boolean(),
  /** Not null: does not block any more. */
  waiver: waiverSchema.nullable(),
});
export type ClosingBlocker = z.infer<typeof closingBlockerSchema>;

/** How the note went out: once, through the prompt's chat. `unknown`: Fusebox stopped before the answer came. */
export const notePostSchema = z.object({
  state: z.enum(['sending', 'sent', 'failed', 'unknown']),
  target: z.string(),
  detail: z.string(),
  by: z.string(),
  atMs: z.number(),
  operationId: z.string(),
});

/** What is stored of the note: nothing but what people did with it. The draft is worked out from the record. */
export const noteRecordSchema = z.object({
  /** Null = as drafted. */
  text: z.string().nullable(),
  /** Goes up with every saved text, so that two people do not overwrite each other. */
  revision: z.number().int(),
  editedBy: z.string().nullable(),
  editedAtMs: z.number().nullable(),
  post: notePostSchema.nullable(),
  /** Posted, or marked as done by a person. */
  doneAtMs: z.number().nullable(),
  doneBy: z.string().nullable(),
});
export type NoteRecord = z.infer<typeof noteRecordSchema>;

/** The incident note as people see it. */
export const incidentNoteSchema = noteRecordSchema.extend({
  /** Before the recovery was judged (or something else decided) there is nothing to tell yet. */
  state: z.enum(['waiting', 'draft', 'posted', 'done']),
  /** From facts only; empty while waiting. */
  draft: z.string(),
  /** Where posting would send it; null = no chat is configured. */
  target: z.string().nullable(),
});
export type IncidentNote = z.infer<typeof incidentNoteSchema>;

/** What the aftermath of an incident has come to: kept with the incident, so that what blocks closing needs no other record. */
export const aftermathSchema = z.object({
  note: noteRecordSchema,
  /** Written by a person, not drafted. */
  hasCause: z.boolean(),
  hasMissedByEvals: z.boolean(),
  hasWhyNotSooner: z.boolean(),
  timelineConfirmed: z.object({ by: z.string(), atMs: z.number() }).nullable(),
  /** Not dropped; `ready` ones have an owner and a due date. */
  actionItems: z.object({ total: z.number().int(), ready: z.number().int() }),
  waivers: z.array(waiverSchema),
});
export type Aftermath = z.infer<typeof aftermathSchema>;

export const EMPTY_AFTERMATH: Aftermath = {
  note: {
    text: null,
    revision: 0,
    editedBy: null,
    editedAtMs: null,
    post: null,
    doneAtMs: null,
    doneBy: null,
  },
  hasCause: false,
  hasMissedByEvals: false,
  hasWhyNotSooner: false,
  timelineConfirmed: null,
  actionItems: { total: 0, ready: 0 },
  waivers: [],
};
