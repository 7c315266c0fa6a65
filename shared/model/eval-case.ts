import { z } from 'zod';

/** The runners whose files are written and whose results are read. */
export const evalFormatSchema = z.enum(['promptfoo', 'deepeval', 'openai-evals', 'inspect']);
export type EvalFormat = z.infer<typeof evalFormatSchema>;

const text = z.string().min(1).max(4_000);
const threshold01 = z.number().gt(0).max(1);

/**
 * What the output must be like. A closed list: runners execute code from case files, so nothing here may carry code of its own;
 * `at-most-characters` and `first-sentence-contains` become code from templates of ours.
 */
export const evalAssertionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('contains'), value: text, ignoreCase: z.boolean() }),
  z.strictObject({ kind: z.literal('not-contains'), value: text, ignoreCase: z.boolean() }),
  z.strictObject({ kind: z.literal('equals'), value: text }),
  z.strictObject({ kind: z.literal('regex'), pattern: z.string().min(1).max(500) }),
  z.strictObject({ kind: z.literal('not-regex'), pattern: z.string().min(1).max(500) }),
  z.strictObject({ kind: z.literal('is-json') }),
  z.strictObject({
    kind: z.literal('at-most-characters'),
    characters: z.number().int().min(1).max(1_000_000),
  }),
  z.strictObject({ kind: z.literal('first-sentence-contains'), value: text }),
  /** Judged against the gold answer, by embeddings or by a judge model, whichever the runner has. */
  z.strictObject({ kind: z.literal('like-gold'), threshold01 }),
  /** Judged by a model. */
  z.strictObject({ kind: z.literal('rubric'), criteria: text, threshold01 }),
]);
export type EvalAssertion = z.infer<typeof evalAssertionSchema>;
export type EvalAssertionKind = EvalAssertion['kind'];

/** One input of the prompt: a variable's name and its text. */
export const evalInputSchema = z.strictObject({
  name: z.string().regex(/^[a-z_]\w{0,40}$/i, 'a variable name: letters, digits and underscore'),
  text: z.string().max(100_000),
});
export type EvalInput = z.infer<typeof evalInputSchema>;

export const personalKindSchema = z.enum(['email', 'phone', 'card', 'iban', 'number', 'name', 'address']);
export type PersonalKind = z.infer<typeof personalKindSchema>;

/** How many places of each kind were replaced, and how many the person chose to keep. The originals are not kept. */
export const redactionRecordSchema = z.strictObject({
  replaced: z.partialRecord(personalKindSchema, z.number().int().min(1)),
  kept: z.partialRecord(personalKindSchema, z.number().int().min(1)),
  /** A person looked at the difference and accepted it. */
  isConfirmed: z.boolean(),
});
export type RedactionRecord = z.infer<typeof redactionRecordSchema>;

/** What a person writes: everything that lands in the suite's files. Texts are already redacted. */
export const evalContentSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  suiteId: z.string().max(80),
  /** The first one is what the user said. */
  inputs: z.array(evalInputSchema).min(1).max(20),
  /** The bad production output: evidence, never asserted on. */
  badOutput: z.string().max(100_000),
  /** The desired output. */
  gold: z.string().max(20_000).nullable(),
  assertions: z.array(evalAssertionSchema).max(8),
  redaction: redactionRecordSchema,
  /** The conversation it was picked from; null = typed in by hand. */
  source: z.strictObject({ traceId: z.string().max(200), atMs: z.number() }).nullable(),
});
export type EvalContent = z.infer<typeof evalContentSchema>;

/** A file of a suite as it is and as it would be. `before` null = it does not exist. */
export const evalFileSchema = z.object({
  path: z.string(),
  before: z.string().nullable(),
  after: z.string(),
});
export type EvalFile = z.infer<typeof evalFileSchema>;

export const evalPreviewSchema = z.object({
  format: evalFormatSchema,
  files: z.array(evalFileSchema),
  /** Why it cannot be written like this, in words; empty = it can. */
  problems: z.array(z.string()),
});
export type EvalPreview = z.infer<typeof evalPreviewSchema>;

/** One run of the suite's command on one version. `error` = it says nothing about the case. */
export const evalRunSchema = z.object({
  role: z.enum(['bad', 'good']),
  version: z.string(),
  verdict: z.enum(['pass', 'fail', 'error']),
  detail: z.string(),
  startedAtMs: z.number(),
  tookMs: z.number(),
});
export type EvalRun = z.infer<typeof evalRunSchema>;

/** When a repeated run counts: how often it is repeated, and how many runs may differ from the rest. */
export const flakeRuleSchema = z.object({
  repeats: z.number().int().min(1).max(50),
  flipsAllowed: z.number().int().min(0).max(20),
});
export type FlakeRule = z.infer<typeof flakeRuleSchema>;

export const proofVerdictSchema = z.object({
  isAccepted: z.boolean(),
  /** "Fails on v18 (5 of 5), passes on v17 (5 of 5)", or why it is refused. */
  sentence: z.string(),
  why: z.enum([
    'accepted',
    'passes-on-bad',
    'fails-on-good',
    'flaky-on-bad',
    'flaky-on-good',
    'run-error',
    'incomplete',
  ]),
});
export type ProofVerdict = z.infer<typeof proofVerdictSchema>;

export const evalProofSchema = z.object({
  state: z.enum(['running', 'finished', 'cancelled', 'interrupted']),
  badVersion: z.string(),
  goodVersion: z.string(),
  rule: flakeRuleSchema,
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  startedBy: z.string(),
  /** The engine of a team's record that runs it; null on a record of one machine. */
  engineId: z.string().nullable().default(null),
  runs: z.array(evalRunSchema),
  /** Null until every run is in. */
  verdict: proofVerdictSchema.nullable(),
});
export type EvalProof = z.infer<typeof evalProofSchema>;

/** What makes the case run on every change, as far as the files of the checkout say. */
export const gateReportSchema = z.object({
  isGated: z.boolean(),
  sentence: z.string(),
  checkedAtMs: z.number(),
  checkedBy: z.string(),
  /** Where the suite is named, as `file:line`. */
  mentions: z.array(z.string()),
  /** What stands against it, each with what to do. */
  findings: z.array(z.string()),
});

export const evalWrittenSchema = z.object({
  to: z.enum(['working-tree', 'branch']),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  /** Paths inside the checkout, with the SHA-256 of what was written. */
  files: z.array(z.object({ path: z.string(), sha256: z.string() })),
  /** The case was changed after this: what stands in the files is the former text. */
  isStale: z.boolean(),
  atMs: z.number(),
  by: z.string(),
});
export type EvalWritten = z.infer<typeof evalWrittenSchema>;

/** `draft` covers a written case that is not proven; a change of its content makes it a draft again. */
export const evalStateSchema = z.enum(['draft', 'proving', 'refused', 'proven', 'gated']);
export type EvalState = z.infer<typeof evalStateSchema>;

export const evalCaseSchema = z.object({
  id: z.string(),
  incidentId: z.string(),
  promptId: z.string(),
  badVersion: z.string().nullable(),
  goodVersion: z.string(),
  content: evalContentSchema,
  state: evalStateSchema,
  written: evalWrittenSchema.nullable(),
  proof: evalProofSchema.nullable(),
  gate: gateReportSchema.nullable(),
  /** Goes up with every change, so that two people do not overwrite each other. */
  revision: z.number().int(),
  createdAtMs: z.number(),
  createdBy: z.string(),
  changedAtMs: z.number(),
  changedBy: z.string(),
});
export type EvalCase = z.infer<typeof evalCaseSchema>;

/** A configured suite as it is found now. */
export const evalSuiteStatusSchema = z.object({
  id: z.string(),
  format: evalFormatSchema,
  checkout: z.string(),
  path: z.string(),
  command: z.array(z.string()),
  rule: flakeRuleSchema,
  head: z.string().nullable(),
  branch: z.string().nullable(),
  /** Why it cannot be used now, with what to do; null = it can. */
  problem: z.string().nullable(),
});
export type EvalSuiteStatus = z.infer<typeof evalSuiteStatusSchema>;

/** Where an incident stands with its eval case; part of the incident. */
export const evalStandingSchema = z.object({
  cases: z.number().int(),
  acceptedCaseId: z.string().nullable(),
  acceptedAtMs: z.number().nullable(),
  gatedAtMs: z.number().nullable(),
  sentence: z.string(),
});
export type EvalStanding = z.infer<typeof evalStandingSchema>;
