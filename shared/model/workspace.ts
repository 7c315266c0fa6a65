import { z } from 'zod';
import { evalFormatSchema } from './eval-case.ts';
import { type SIGNAL_IDS, signalIdSchema } from './signal.ts';
import { teamSchema } from './team.ts';
import { tenantTierSchema } from './wave2.ts';

/** A secret is never written in the file: it names where it comes from. */
export const secretRefSchema = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ keychain: z.string().min(1) }),
]);
export type SecretRef = z.infer<typeof secretRefSchema>;

const attributeList = (...names: string[]) => z.array(z.string().min(1)).default(names);

/**
 * Which attributes carry what, tried in order on the span, then on the resource.
 * Defaults: OpenTelemetry GenAI conventions first, then what common SDKs and home-grown code write (connectors/telemetry.md 0.3, 19).
 */
export const attributeNamesSchema = z.strictObject({
  promptName: attributeList(
    'gen_ai.prompt.name',
    'langfuse.observation.prompt.name',
    'langfuse.prompt.name',
    'traceloop.prompt.key',
    'prompt.name',
  ),
  version: attributeList(
    'gen_ai.prompt.version',
    'langfuse.observation.prompt.version',
    'langfuse.prompt.version',
    'llm.prompt_template.version',
    'traceloop.prompt.version',
    'prompt.version',
  ),
  sha: attributeList('prompt.sha', 'prompt_sha', 'app.prompt.sha256', 'traceloop.prompt.version_hash'),
  cohort: attributeList('tenant.cohort', 'tenant.id', 'app.tenant', 'cohort'),
  worker: attributeList('service.instance.id', 'k8s.pod.name', 'host.name'),
  conversation: attributeList('gen_ai.conversation.id', 'session.id'),
  csat: attributeList('fusebox.csat', 'user.csat'),
  complaint: attributeList('fusebox.complaint', 'user.complaint'),
  safety: attributeList('fusebox.safety_trip', 'safety.tripped'),
  downstream: attributeList('fusebox.downstream_error', 'downstream.error'),
  /** Canaries: the answer fell back, a human took over, somebody corrected the result by hand. */
  fallback: attributeList('fusebox.fallback', 'app.fallback'),
  escalation: attributeList('fusebox.escalation', 'app.escalation'),
  correction: attributeList('fusebox.manual_correction', 'app.manual_correction'),
  input: attributeList('gen_ai.input.messages', 'input.value'),
  output: attributeList('gen_ai.output.messages', 'output.value'),
  /** Which model answered; the model that was asked for where nothing says which answered. */
  model: attributeList('gen_ai.response.model', 'gen_ai.request.model', 'llm.model_name'),
});
export type AttributeNames = z.infer<typeof attributeNamesSchema>;

/** Names of `gen_ai.evaluation.result` events (attribute gen_ai.evaluation.name) that count as each signal. */
export const evaluationNamesSchema = z.strictObject({
  csat: attributeList('csat', 'user_csat'),
  complaints: attributeList('complaint', 'user_complaint'),
  safety: attributeList('safety', 'safety_filter'),
  downstream: attributeList('downstream', 'downstream_error', 'parser'),
  fallback: attributeList('fallback'),
  escalation: attributeList('escalation'),
  correction: attributeList('manual_correction', 'correction'),
});
export type EvaluationNames = z.infer<typeof evaluationNamesSchema>;

const PROVIDER_ERRORS =
  '429 500 502 503 504 529 timeout timedout ratelimit rate_limit overloaded throttl serviceunavailable service_unavailable ' +
  'internalserver server_error apiconnection econnreset econnrefused';

export const telemetrySettingsSchema = z.strictObject({
  host: z.literal(['127.0.0.1', '::1']).default('127.0.0.1'),
  /** 0 = any free port. */
  port: z.number().int().min(0).max(65535).default(4318),
  token: secretRefSchema.optional(),
  attributes: attributeNamesSchema.prefault({}),
  evaluations: evaluationNamesSchema.prefault({}),
  /** Highest csat score in use, so that scores become 0-100 (1 for thumbs, 5 for stars, 100 for percent). */
  csatMax: z.number().positive().default(100),
  /** A span whose status is error counts as a downstream error. */
  spanErrorsAreDownstream: z.boolean().default(true),
  /**
   * Values of error.type that mean the model's provider is in trouble: a number stands for itself, a word for every type that has it in it,
   * whatever its case.
   */
  providerErrors: z.array(z.string().min(1)).default(PROVIDER_ERRORS.split(' ')),
  retentionHours: z
    .number()
    .positive()
    .default(24 * 7),
  retentionMb: z.number().positive().default(2048),
  sampled: z.boolean().default(false),
});
export type TelemetrySettings = z.infer<typeof telemetrySettingsSchema>;

/** A configured connection. `settings` is checked against the connector's own schema when it is created. */
export const sourceSettingsSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower case letters, digits and dashes'),
  connector: z.string(),
  title: z.string().optional(),
  enabled: z.boolean().default(true),
  settings: z.record(z.string(), z.unknown()).default({}),
});
export type SourceSettings = z.infer<typeof sourceSettingsSchema>;

export const flagTargetSchema = z.strictObject({
  source: z.string(),
  key: z.string(),
  project: z.string().default('default'),
  environment: z.string().default('production'),
  /** Variation or variant name per version, where they differ from the version's own name. */
  variations: z.record(z.string(), z.string()).default({}),
});
export type FlagTarget = z.infer<typeof flagTargetSchema>;

export const registryTargetSchema = z.strictObject({
  source: z.string(),
  prompt: z.string(),
  label: z.string().default('production'),
});
export type RegistryTarget = z.infer<typeof registryTargetSchema>;

export const configTargetSchema = z.strictObject({
  source: z.string(),
  key: z.string(),
  environment: z.string().default('production'),
});
export type ConfigTarget = z.infer<typeof configTargetSchema>;

/** Where one signal comes from: the built-in telemetry store (default) or a metrics source with its own query templates. */
export const signalSourceSchema = z.union([
  z.strictObject({ source: z.literal('telemetry') }),
  z.strictObject({
    source: z.string(),
    /**
     * Templates with $prompt, $version, $cohort (a regular expression; '.*' for all), $window (a duration such as 300s).
     * A rate needs `events` and `conversations`; csat needs `sum` and `count`, optionally `sumSquares`.
     */
    events: z.string().optional(),
    conversations: z.string().optional(),
    sum: z.string().optional(),
    count: z.string().optional(),
    sumSquares: z.string().optional(),
  }),
]);
export type SignalSource = z.infer<typeof signalSourceSchema>;

export const workspaceVersionSchema = z.strictObject({
  id: z.string(),
  sha: z.string().optional(),
  text: z.string().optional(),
  /** Path of the prompt text, relative to the workspace file. */
  file: z.string().optional(),
  author: z.string().optional(),
  message: z.string().optional(),
  reviewedBy: z.string().optional(),
  evals: z.string().optional(),
  at: z.iso.datetime({ offset: true }).optional(),
  /** Bugs this version is known to have: the decision tree asks about them before a rollback to it (leak 7). */
  knownIssues: z.array(z.string()).default([]),
});

/** What the cockpit may do by itself for a prompt. Everything is off unless switched on here. */
export const promptPoliciesSchema = z.strictObject({
  /** Soft trigger: hold the ramp at its present share when a line of WATCH is crossed. */
  freezeRampOnWatch: z.boolean().default(false),
  /** Soft trigger: one line into the prompt's channel, once per signal and period. */
  tellOnWatch: z.boolean().default(false),
  /** Roll back on a page, after a time in which anybody may veto. */
  killswitchOnPage: z.boolean().default(false),
  vetoSeconds: z.number().int().min(0).max(900).default(60),
});

/**
 * A suite of eval cases in a local git checkout, and the command that runs it. The command is started directly, never through a shell;
 * `$version`, `$case`, `$run` and `$output` in its arguments are replaced.
 */
export const evalSuiteSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/, 'lower case letters, digits and dashes'),
  format: evalFormatSchema,
  /** Folder of the checkout, relative to the workspace file; or the variable that says where it is on each machine. */
  checkout: z.union([z.string().min(1), z.strictObject({ env: z.string().min(1) })]),
  /** The file of cases inside the checkout. */
  path: z.string().min(1),
  /** What is under test, as the files of the format name it: "module:function" for DeepEval, the prompt's file for Inspect. */
  target: z.string().optional(),
  command: z.array(z.string()).min(1),
  /** Where the runner leaves its results, inside the checkout, when it cannot be told to use `$output`. */
  resultFile: z.string().optional(),
  repeats: z.number().int().min(1).max(50).default(5),
  flipsAllowed: z.number().int().min(0).max(20).default(0),
  timeoutSeconds: z.number().int().min(1).max(3600).default(300),
  /** Names of environment variables that the command may see, besides those every program needs. */
  env: z.array(z.string().regex(/^\w+$/)).default([]),
  gate: z
    .strictObject({
      workflowFiles: z
        .array(z.string().min(1))
        .default([
          '.github/workflows/*.yml',
          '.github/workflows/*.yaml',
          '.gitlab-ci.yml',
          '.circleci/config.yml',
        ]),
      /** What the workflow runs, where it names neither the file nor its folder: "npm run evals". */
      runs: z.string().min(3).optional(),
    })
    .prefault({}),
});
export type EvalSuite = z.infer<typeof evalSuiteSchema>;

/** A tenant, as its cohort is called in traces. Listed or not, a cohort whose name says "enterprise" counts as one. */
export const tenantSchema = z.strictObject({
  cohort: z.string().min(1),
  tier: tenantTierSchema.default('enterprise'),
  /** As people call it. */
  name: z.string().optional(),
  /** Whom to tell when something happened to them: "csm-acme@example.com", "#acme". */
  contact: z.string().optional(),
});

export const workspacePromptSchema = z.strictObject({
  id: z.string().regex(/^[\w.-]+$/, 'letters, digits, dot, dash, underscore'),
  title: z.string().optional(),
  /** Value of the prompt-name attribute in traces; the id where omitted. */
  traceName: z.string().optional(),
  service: z.string(),
  environment: z.string().default('production'),
  owner: z.string().optional(),
  reviewers: z.array(z.string()).default([]),
  control: z.string(),
  candidate: z.string().optional(),
  versions: z.array(workspaceVersionSchema).default([]),
  flag: flagTargetSchema.optional(),
  registry: registryTargetSchema.optional(),
  config: configTargetSchema.optional(),
  signals: z.partialRecord(signalIdSchema, signalSourceSchema).default({}),
  cohorts: z.array(z.string()).default([]),
  tenants: z.array(tenantSchema).default([]),
  chat: z.strictObject({ source: z.string(), channel: z.string().optional() }).optional(),
  paging: z.strictObject({ source: z.string(), service: z.string().optional() }).optional(),
  links: z
    .strictObject({
      runbook: z.url().optional(),
      /** Where its flag, label or pin is changed by hand, for connectors that cannot tell. */
      console: z.url().optional(),
      dashboards: z.array(z.url()).default([]),
    })
    .prefault({}),
  severity: z.enum(['P1', 'P2', 'P3']).default('P2'),
  policies: promptPoliciesSchema.prefault({}),
  evals: z.array(evalSuiteSchema).default([]),
});
export type WorkspacePrompt = z.infer<typeof workspacePromptSchema>;

/**
 * Places that this machine cannot change unseen, for copies of the audit trail's head: every so many hours, and whenever an incident
 * closes. Paths are relative to the workspace file. Off unless written here.
 */
export const auditSettingsSchema = z.strictObject({
  anchor: z
    .strictObject({
      /** Appended to: best on storage that only ever grows. */
      file: z.string().min(1).optional(),
      /** A checkout whose present commit gets a note (ref fusebox-audit), to be pushed. */
      gitNote: z.string().min(1).optional(),
      chat: z.strictObject({ source: z.string(), channel: z.string().optional() }).optional(),
      everyHours: z
        .number()
        .positive()
        .max(24 * 31)
        .default(24),
    })
    .optional(),
});
export type AuditSettings = z.infer<typeof auditSettingsSchema>;

export const workspaceSchema = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  telemetry: telemetrySettingsSchema.prefault({}),
  sources: z.array(sourceSettingsSchema).default([]),
  prompts: z.array(workspacePromptSchema).default([]),
  /** Who may do what; left out, whoever sits here is admin. */
  team: teamSchema.optional(),
  /** A team's record in PostgreSQL: its connection string (postgres://…). Left out, records are kept in the data directory. */
  records: z.strictObject({ url: secretRefSchema }).optional(),
  audit: auditSettingsSchema.optional(),
  /** Folder of the team's own scenarios for game day, beside those of Fusebox; relative to the workspace file. */
  scenarios: z.string().min(1).optional(),
  /** Start the built-in demonstration fleet. */
  demonstration: z.boolean().default(false),
});
export type Workspace = z.infer<typeof workspaceSchema>;

/** Where a prompt's signal is read from; telemetry unless the workspace says otherwise. */
export function signalSourceOf(prompt: WorkspacePrompt, signal: (typeof SIGNAL_IDS)[number]): SignalSource {
  return prompt.signals[signal] ?? { source: 'telemetry' };
}
