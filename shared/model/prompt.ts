import { z } from 'zod';
import {
  alarmSchema,
  evidenceReadingSchema,
  meterAdviceSchema,
  meterReadingSchema,
  policyActionSchema,
} from './detection.ts';
import { signalComparisonSchema } from './signal.ts';
import { promptPoliciesSchema } from './workspace.ts';

/** A known version of a prompt. `text` is null where no registry or workspace file holds it. */
export const promptVersionSchema = z.object({
  id: z.string(),
  sha: z.string().nullable(),
  text: z.string().nullable(),
  author: z.string().nullable(),
  message: z.string().nullable(),
  reviewedBy: z.string().nullable(),
  evalSummary: z.string().nullable(),
  createdAtMs: z.number().nullable(),
});
export type PromptVersion = z.infer<typeof promptVersionSchema>;

/** Share of one version in traffic. `version` is '(none)' where spans carry no version, '(other)' past the group cap. */
export const versionShareSchema = z.object({
  version: z.string(),
  sha: z.string().nullable(),
  conversations: z.number(),
  share01: z.number(),
});
export type VersionShare = z.infer<typeof versionShareSchema>;

export const leverKindSchema = z.enum(['flag', 'registry', 'config']);
export type LeverKind = z.infer<typeof leverKindSchema>;

/** What a lever currently does, normalised over vendors. */
export const leverStateSchema = z.object({
  lever: leverKindSchema,
  source: z.string(),
  connector: z.string(),
  key: z.string(),
  environment: z.string(),
  /** Is the flag on (candidate may be served)? null for registries and config stores. */
  isOn: z.boolean().nullable(),
  /** Intended shares by version, as the provider's rules say (0..1); empty when it cannot be derived. */
  intended: z.array(z.object({ version: z.string(), share01: z.number() })),
  /** What is served when the killswitch is pulled, as far as the provider tells; null = the code's own default. */
  offVersion: z.string().nullable(),
  /** The provider's own revision or a hash of the state: compared at press. */
  revision: z.string(),
  lastChangedBy: z.string().nullable(),
  lastChangedAtMs: z.number().nullable(),
  needsApproval: z.boolean(),
  consoleUrl: z.string().nullable(),
  readAtMs: z.number(),
});
export type LeverState = z.infer<typeof leverStateSchema>;

/** The last real flip of the killswitch that was read back and seen in traffic. */
export const killswitchProofSchema = z.object({
  operationId: z.string(),
  incidentId: z.string().nullable(),
  lever: leverKindSchema,
  by: z.string(),
  /** When it was pressed; epoch ms. */
  atMs: z.number(),
  /** From press to seen in traffic; null = not measured. */
  tookMs: z.number().nullable(),
});
export type KillswitchProof = z.infer<typeof killswitchProofSchema>;

/** The last finished drill that the prompt was cast in. It proves people and habits, never the real lever. */
export const lastPracticeSchema = z.object({
  drillId: z.string(),
  title: z.string(),
  by: z.array(z.string()),
  atMs: z.number(),
});
export type LastPractice = z.infer<typeof lastPracticeSchema>;

/** Two separate facts; null = never. */
export const leverProofsSchema = z.object({
  killswitch: killswitchProofSchema.nullable(),
  practice: lastPracticeSchema.nullable(),
});
export type LeverProofs = z.infer<typeof leverProofsSchema>;

/** A prompt as the Board shows it: static facts from the workspace, live facts from the watch loop. */
export const promptStatusSchema = z.object({
  id: z.string(),
  title: z.string(),
  service: z.string(),
  owner: z.string().nullable(),
  reviewers: z.array(z.string()),
  environment: z.string(),
  control: z.string(),
  candidate: z.string().nullable(),
  /**
   * The one version that is served, watched against its own past because nothing runs beside it: evidence, meter and alarms are about it then, and
   * weaker. `previous`: what served before it, null = nothing earlier is known. Null = a candidate is compared, or nothing is served.
   */
  ownPast: z.object({ version: z.string(), previous: z.string().nullable() }).nullable().optional(),
  versions: z.array(promptVersionSchema.omit({ text: true })),
  /** Over the last `shareWindowMs`; empty = no traffic seen. */
  serving: z.array(versionShareSchema),
  shareWindowMs: z.number(),
  conversationsPerHour: z.number().nullable(),
  lastSeenMs: z.number().nullable(),
  lever: leverStateSchema.nullable(),
  leverError: z.string().nullable(),
  signals: z.array(signalComparisonSchema),
  /** What may be acted on: signals and canaries in every cohort, valid under continuous looking. Empty without a candidate. */
  evidence: z.array(evidenceReadingSchema).default([]),
  /** What could be seen by now and how soon a regression would show. */
  meter: z.array(meterReadingSchema).default([]),
  meterAdvice: z.array(meterAdviceSchema).default([]),
  /** Lines crossed in the present period, newest first: pages, WATCH and the split check. */
  alarms: z.array(alarmSchema).default([]),
  /** Worth knowing and no alarm, newest first ("both versions got worse, probably not this prompt"). */
  notices: z.array(z.object({ atMs: z.number(), sentence: z.string() })).default([]),
  /** What a policy is about to do or did for the present candidate, newest first. */
  policyActions: z.array(policyActionSchema).default([]),
  /** The policies of this prompt as its team set them; everything is off unless switched on. */
  policies: promptPoliciesSchema.prefault({}),
  /** Sparkline points per signal, oldest first, candidate and control in display units; null = no data in the bucket. */
  sparks: z.array(
    z.object({
      signal: z.string(),
      bucketMs: z.number(),
      startMs: z.number(),
      candidate: z.array(z.number().nullable()),
      control: z.array(z.number().nullable()),
    }),
  ),
  readiness: z.object({
    ok: z.boolean(),
    findings: z.array(
      z.object({ id: z.string(), severity: z.enum(['blocking', 'warning']), text: z.string() }),
    ),
    /** Absent = the record was not looked at, or cannot be read. */
    proofs: leverProofsSchema.optional(),
  }),
  cohorts: z.array(z.string()),
  openIncidentId: z.string().nullable(),
  links: z.array(z.object({ label: z.string(), url: z.string() })),
});
export type PromptStatus = z.infer<typeof promptStatusSchema>;
