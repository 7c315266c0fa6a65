import { z } from 'zod';
import { closingBlockerSchema, incidentNoteSchema, waiverSchema } from './closing.ts';
import { alarmSchema, culpritSchema, evidenceReadingSchema, streamIdSchema } from './detection.ts';
import { evalStandingSchema } from './eval-case.ts';
import { rollbackSchema } from './rollback.ts';
import { signalComparisonSchema, signalIdSchema } from './signal.ts';
import { wave2Schema } from './wave2.ts';

export const loopStepIdSchema = z.enum([
  'detect',
  'identify',
  'decide',
  'rollback',
  'verify',
  'note',
  'eval',
]);
export type LoopStepId = z.infer<typeof loopStepIdSchema>;

/** Targets of the mission's loop, in ms. `verify`'s target is the time for metrics to be back (5 min). */
export const LOOP_STEPS: ReadonlyArray<{
  readonly id: LoopStepId;
  readonly title: string;
  readonly targetMs: number;
}> = [
  { id: 'detect', title: 'detect', targetMs: 5 * 60_000 },
  { id: 'identify', title: 'identify', targetMs: 60_000 },
  { id: 'decide', title: 'decide', targetMs: 2 * 60_000 },
  { id: 'rollback', title: 'roll back', targetMs: 60_000 },
  { id: 'verify', title: 'verify', targetMs: 5 * 60_000 },
  { id: 'note', title: 'note', targetMs: 30 * 60_000 },
  { id: 'eval', title: 'eval case', targetMs: 24 * 3600_000 },
];

/** One step's clock. `startedAtMs` null = not reached. `skipped` = closed without it (forward-fix needs no rollback). */
export const loopStepSchema = z.object({
  id: loopStepIdSchema,
  targetMs: z.number(),
  state: z.enum(['waiting', 'active', 'done', 'skipped']),
  startedAtMs: z.number().nullable(),
  doneAtMs: z.number().nullable(),
  note: z.string().nullable(),
});
export type LoopStep = z.infer<typeof loopStepSchema>;

export const triggerSchema = z.object({
  kind: z.enum(['hard', 'soft', 'incident', 'manual']),
  signal: signalIdSchema.nullable(),
  cohort: z.string().nullable(),
  sigma: z.number().nullable(),
  ratio: z.number().nullable(),
  /** One sentence with its numbers; the header shows it. */
  sentence: z.string(),
});
export type Trigger = z.infer<typeof triggerSchema>;

export const triageSchema = z.enum(['prompt', 'provider', 'upstream-data', 'model-change', 'unknown']);
export type Triage = z.infer<typeof triageSchema>;

/**
 * What speaks for a cause outside the prompt. `shared`: both versions got worse together and do not differ; `mixed`: both did, and the bad one is worse
 * still; `alone`: nothing runs beside it, so the figures cannot tell.
 */
export const outsideFindingSchema = z.object({
  kind: z.enum(['shared', 'mixed', 'alone']),
  /** Signals in which the control left its own history. */
  signals: z.array(streamIdSchema),
  /** With its numbers. */
  sentence: z.string(),
  /** Suggested; a person's triage goes before it. */
  triage: triageSchema,
  because: z.string(),
});
export type OutsideFinding = z.infer<typeof outsideFindingSchema>;

export const decisionQuestionSchema = z.enum(['prompt-problem', 'worse-than-control', 'fix-within-hour']);
export type DecisionQuestion = z.infer<typeof decisionQuestionSchema>;

export const decisionAnswerSchema = z.object({
  question: decisionQuestionSchema,
  answer: z.enum(['yes', 'no', 'unknown']),
  /** What the evidence says, pre-filled; kept beside an override. */
  evidence: z.string(),
  suggested: z.enum(['yes', 'no', 'unknown']),
  by: z.string().nullable(),
  atMs: z.number().nullable(),
});
export type DecisionAnswer = z.infer<typeof decisionAnswerSchema>;

export const decisionOutcomeSchema = z.enum([
  'roll-back',
  'forward-fix',
  'keep-ramping',
  'not-the-prompt',
  'undecided',
]);
export type DecisionOutcome = z.infer<typeof decisionOutcomeSchema>;

export const decisionSchema = z.object({
  answers: z.array(decisionAnswerSchema),
  /** What the tree says from the answers. In doubt: roll back. */
  advice: decisionOutcomeSchema,
  adviceSentence: z.string(),
  recorded: z.object({ outcome: decisionOutcomeSchema, by: z.string(), atMs: z.number() }).nullable(),
});
export type Decision = z.infer<typeof decisionSchema>;

/** The four of the mission, and safety and csat where the incident touched them. */
export const checkIdSchema = z.enum([
  'distribution',
  'complaints',
  'downstream',
  'in-flight',
  'safety',
  'csat',
]);

export const verificationCheckSchema = z.object({
  id: checkIdSchema,
  title: z.string(),
  targetMs: z.number(),
  /** `cannot-tell`: too little data so far; `late`: past target and not there yet; `failed`: evidence says no. */
  state: z.enum(['waiting', 'running', 'passed', 'cannot-tell', 'late', 'failed']),
  detail: z.string(),
  /** What to do when it fails; null while fine. */
  advice: z.string().nullable(),
  progress01: z.number().nullable(),
  passedAtMs: z.number().nullable(),
});
export type VerificationCheck = z.infer<typeof verificationCheckSchema>;

export const verificationSchema = z.object({
  sinceMs: z.number(),
  checks: z.array(verificationCheckSchema),
  verdict: z.enum(['running', 'recovered', 'not-the-prompt', 'wave-2', 'not-propagated', 'cannot-tell']),
  sentence: z.string(),
  staleWorkers: z.array(z.string()),
  /** Until when a second flip is protected. */
  recoveryWindowEndsMs: z.number(),
  attentionEndsMs: z.number(),
  wave2: z.object({ suspected: z.boolean(), sentence: z.string() }),
});
export type Verification = z.infer<typeof verificationSchema>;

export const timelineKindSchema = z.enum([
  'shipped',
  'regression',
  'alarm',
  'declared',
  'identified',
  'triaged',
  'decided',
  'pressed',
  'lever',
  'traffic',
  'notice',
  'check',
  'verdict',
  'wave-2',
  'handover',
  /** A step of the repair after a second wave. */
  'repair',
  'note',
  'engine',
  'closed',
]);
export type TimelineKind = z.infer<typeof timelineKindSchema>;

export const timelineEntrySchema = z.object({
  id: z.string(),
  incidentId: z.string(),
  atMs: z.number(),
  recordedAtMs: z.number(),
  kind: timelineKindSchema,
  /** Written by the tool ("fusebox") or a person. */
  by: z.string(),
  text: z.string(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

/** The two seats of an incident: one acts, one writes down. */
export const seatSchema = z.enum(['driver', 'scribe']);
export type Seat = z.infer<typeof seatSchema>;

export const severitySchema = z.enum(['P1', 'P2', 'P3']);
export type Severity = z.infer<typeof severitySchema>;

/** Stands as the good version where nothing that served before the bad one is known. */
export const NOTHING_EARLIER = '(nothing earlier)';

export const incidentSchema = z.object({
  id: z.string(),
  /** Of what is shown, for commands to say what their sender saw; empty = it cannot be told. */
  revision: z.string().default(''),
  promptId: z.string(),
  promptTitle: z.string(),
  severity: severitySchema,
  status: z.enum(['open', 'closed']),
  trigger: triggerSchema,
  badVersion: z.string().nullable(),
  badSha: z.string().nullable(),
  /** Where a rollback goes: the control, or what served before a version that is watched by itself; NOTHING_EARLIER. */
  goodVersion: z.string(),
  /** Why no button can go back to it; absent or null = one can. */
  noWayBack: z.string().nullable().optional(),
  cohort: z.string(),
  /** When the bad version was first seen in traffic (or the last lever change); null = unknown. */
  shippedAtMs: z.number().nullable(),
  declaredAtMs: z.number(),
  declaredBy: z.string(),
  /** Who acts on it, and who writes it down. */
  driver: z.string().nullable(),
  scribe: z.string().nullable().default(null),
  triage: triageSchema,
  steps: z.array(loopStepSchema),
  decision: decisionSchema,
  signals: z.array(signalComparisonSchema),
  /** The alarm that opened it; null when declared by hand. */
  alarm: alarmSchema.nullable().default(null),
  evidence: z.array(evidenceReadingSchema).default([]),
  /** What changed and may explain it, ranked when it opened and again while it is open. */
  culprit: culpritSchema.nullable().default(null),
  /** Does the fault lie outside the prompt? Null or absent = nothing speaks for it. */
  outside: outsideFindingSchema.nullable().optional(),
  rollbacks: z.array(rollbackSchema),
  verification: verificationSchema.nullable(),
  badConversations: z.number().nullable(),
  timeline: z.array(timelineEntrySchema),
  summary: z.string().nullable(),
  closedAtMs: z.number().nullable(),
  closedBy: z.string().nullable(),
  /** The incident note: drafted as soon as there is something to tell, then edited, posted or marked as done by people. */
  note: incidentNoteSchema.nullable().default(null),
  /** Where it stands with its eval case; null = none was begun. */
  evals: evalStandingSchema.nullable().default(null),
  /** Errors outlived the bad version, or a person said so: the second clock, and what people did about it. */
  wave2: wave2Schema.nullable().default(null),
  /** Everything that closing asks for and that is not there, the waived ones among it. Empty once closed. */
  blockers: z.array(closingBlockerSchema).default([]),
  waivers: z.array(waiverSchema).default([]),
  /** What still blocks closing, as sentences: `blockers` without the waived ones. */
  closingBlockers: z.array(z.string()),
});
export type Incident = z.infer<typeof incidentSchema>;
