import { z } from 'zod';
import { streamIdSchema } from './detection.ts';
import { decisionOutcomeSchema, triageSchema } from './incident.ts';
import { leverKindSchema } from './prompt.ts';
import { recordingSchema } from './recording.ts';

/**
 * A scenario: a small world, what goes wrong in it, and what Fusebox must say about it. Files in assets/scenarios, one each, checked by this
 * schema. Times are minutes of simulated time; negative = before the drill begins.
 */

/** Chances per conversation, 0..1, and the csat of those who answer (0-100). */
export const behaviourSchema = z.strictObject({
  complaint01: z.number().min(0).max(1),
  safety01: z.number().min(0).max(1),
  downstream01: z.number().min(0).max(1),
  fallback01: z.number().min(0).max(1).default(0),
  csatMean: z.number().min(0).max(100),
});
export type Behaviour = z.infer<typeof behaviourSchema>;

const secondsRange = z.tuple([z.number().min(0), z.number().min(0)]);

export const scenarioPromptSchema = z.strictObject({
  id: z.string(),
  service: z.string(),
  owner: z.string().nullable().default('Mira Okafor'),
  control: z.string(),
  candidate: z.string().nullable().default(null),
  /** Share of the candidate when the drill begins. */
  candidateShare01: z.number().min(0).max(1).default(0.05),
  versions: z
    .array(
      z.strictObject({
        id: z.string(),
        sha: z.string().nullable().default(null),
        message: z.string().default(''),
        text: z.string().default(''),
        author: z.string().default('Mira Okafor'),
        evals: z.string().optional(),
        knownIssues: z.array(z.string()).default([]),
        /** When it was written, in days before the drill. */
        daysAgo: z.number().min(0).default(0),
      }),
    )
    .min(1),
  /** What serves the version. `none`: the code does, and a rollback is a deploy. */
  lever: z.union([leverKindSchema, z.literal('none')]).default('flag'),
  conversationsPerHour: z.number().int().min(100).max(100_000),
  /** Traffic follows the hours of a working day instead of standing still. */
  hasDayShape: z.boolean().default(false),
  workers: z.number().int().min(1).max(200).default(12),
  /** How a worker learns of a change. */
  flagSdk: z
    .strictObject({
      mode: z.enum(['streaming', 'polling']).default('streaming'),
      pollSeconds: z.number().positive().default(30),
    })
    .prefault({}),
  cohorts: z
    .array(z.strictObject({ name: z.string(), share01: z.number().positive().max(1) }))
    .min(1)
    .default([{ name: 'all_tenants', share01: 1 }]),
  healthy: behaviourSchema,
  conversationSeconds: secondsRange.default([5, 45]),
  /** From the end of a conversation to what people say about it. */
  feedbackSeconds: secondsRange.default([5, 90]),
  csatAnswered01: z.number().min(0).max(1).default(0.25),
  /** Share of its spans that name no version (leak 4). */
  unversioned01: z.number().min(0).max(1).default(0),
  model: z.string().default('support-model-2026-04'),
  hasConsoleLink: z.boolean().default(true),
  hasChat: z.boolean().default(true),
});
export type ScenarioPrompt = z.infer<typeof scenarioPromptSchema>;

/** How figures change while a fault is on. Factors on the healthy chances (1 = as before), csat in points. */
const effectFields = {
  complaintTimes: z.number().min(0).default(1),
  safetyTimes: z.number().min(0).default(1),
  downstreamTimes: z.number().min(0).default(1),
  fallbackTimes: z.number().min(0).default(1),
  csatPoints: z.number().default(0),
};
const promptField = { prompt: z.string() };

/** Everything that can go wrong in a simulated world. A facilitator may put any of them in and take it out again while a drill runs. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** One version answers worse, in some cohorts or all. */
  z.strictObject({
    kind: z.literal('bad-version'),
    ...promptField,
    version: z.string(),
    cohorts: z.array(z.string()).nullable().default(null),
    ...effectFields,
    /** The full effect is reached after this time; 0 = at once. */
    rampMinutes: z.number().min(0).default(0),
  }),
  /** Workers that hear of no change until they are restarted. */
  z.strictObject({ kind: z.literal('stale-workers'), ...promptField, share01: z.number().min(0).max(1) }),
  /** Bad outputs lie in a queue: answers of every version fail downstream until the records are repaired and replayed. */
  z.strictObject({ kind: z.literal('poisoned-queue'), ...promptField, downstreamTimes: z.number().min(1) }),
  /** Every prompt, every version: the provider is in trouble. `errorType` stands on the failed spans. */
  z.strictObject({
    kind: z.literal('provider-outage'),
    ...effectFields,
    errorType: z.string().default('provider_timeout'),
  }),
  /** Every version of one prompt: what it is fed is wrong. */
  z.strictObject({ kind: z.literal('upstream-data'), ...promptField, ...effectFields }),
  /** The model behind a name changes without anybody here having changed anything. */
  z.strictObject({ kind: z.literal('model-change'), ...promptField, toModel: z.string(), ...effectFields }),
  /** After a flip this part of the excess stays, whatever serves. */
  z.strictObject({
    kind: z.literal('stalled-recovery'),
    ...promptField,
    remaining01: z.number().min(0).max(1),
  }),
  /** Spans arrive this much later. */
  z.strictObject({ kind: z.literal('slow-telemetry'), seconds: z.number().min(0) }),
  /** Spans stop naming a version. */
  z.strictObject({
    kind: z.literal('missing-version'),
    ...promptField,
    share01: z.number().min(0).max(1),
  }),
  /** The lever's system: hangs after applying, refuses, or cannot be read. */
  z.strictObject({
    kind: z.literal('lever-trouble'),
    ...promptField,
    how: z.enum(['hangs-after-applying', 'refuses', 'unreadable']),
  }),
]);
export type Fault = z.infer<typeof faultSchema>;
export type FaultKind = Fault['kind'];
export type FaultOf<K extends FaultKind> = Extract<Fault, { kind: K }>;

/** What people do outside Fusebox during an incident; each takes its time and changes the world. */
export const WORLD_ACTIONS = [
  'restart-stale-workers',
  'repair-and-replay-queue',
  'call-provider',
  'fix-upstream-data',
  'pin-model',
  'ship-fixed-version',
] as const;
export const worldActionSchema = z.enum(WORLD_ACTIONS);
export type WorldAction = z.infer<typeof worldActionSchema>;

/** What Fusebox must say and advise, judged by the scripted responder over many seeds. Null = does not matter here. */
export const expectedSchema = z.strictObject({
  /** Null: must NOT page. `withinMinutes` after the onset. */
  page: z
    .strictObject({
      prompt: z.string(),
      signals: z.array(streamIdSchema).min(1),
      version: z.string().nullable().default(null),
      withinMinutes: z.number().positive(),
    })
    .nullable(),
  /** Must warn without paging (soft trigger). */
  watch: z.boolean().nullable().default(null),
  /**
   * With `page: null`: a page is no false alarm, because something is wrong, and none is demanded. With `watch` it may follow the warning, as
   * long as the warning came first.
   */
  mayPage: z.boolean().default(false),
  triage: z.array(triageSchema).nullable().default(null),
  /** The decision tree's advice when the responder decides; several where the evidence may say either. */
  advice: z.array(decisionOutcomeSchema).nullable().default(null),
  lever: leverKindSchema.nullable().default(null),
  /** First verdict other than `running` or `cannot-tell` after the flip, and the last one. */
  firstVerdict: z.string().nullable().default(null),
  finalVerdict: z.string().nullable().default(null),
  wave2: z.boolean().nullable().default(null),
  staleWorkersNamed: z.boolean().nullable().default(null),
  /** Readiness findings (ids) that must stand on the Board before anything happens. */
  readiness: z.array(z.string()).default([]),
  /** Closing must be refused for want of these (ids of closing blockers). */
  closingBlockedBy: z.array(z.string()).default([]),
  /** The earlier incident must be shown. */
  recurrence: z.boolean().nullable().default(null),
});
export type Expected = z.infer<typeof expectedSchema>;

export const scenarioSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/, 'lower case letters, digits and dashes'),
  title: z.string().max(120),
  /** `quiet`: nothing is wrong, and acting costs points. */
  kind: z.enum(['regression', 'leak', 'not-the-prompt', 'quiet']),
  /** Row of the mission's table of leaks. */
  leak: z.number().int().min(1).max(11).nullable().default(null),
  /** What a team practises with it; the facilitator reads this. */
  purpose: z.string(),
  /** Read out to the participants at the start: never what is wrong. */
  brief: z.string(),
  /** In the order in which they are given. */
  hints: z.array(z.string()).default([]),
  /** Length of the drill after its beginning. */
  minutes: z.number().positive(),
  /** Traffic before the beginning, so that charts and detector have a past. */
  warmUpMinutes: z.number().positive().default(20),
  /** The onset is drawn from this range by the seed, and hidden from the participants. */
  onsetMinutes: z.tuple([z.number().min(0), z.number().min(0)]),
  prompts: z.array(scenarioPromptSchema).min(1),
  /** `atMinutes` null = at the onset; else minutes after the onset. */
  faults: z.array(z.strictObject({ atMinutes: z.number().nullable().default(null), fault: faultSchema })),
  /** Changes other than the prompt's that the change feed shows, minutes before (-) or after (+) the onset. */
  changes: z
    .array(
      z.strictObject({
        atMinutes: z.number(),
        prompt: z.string(),
        what: z.string(),
        by: z.string().nullable().default(null),
      }),
    )
    .default([]),
  /** An earlier incident in the drill's record, with an action item that was never finished (leak 9). */
  earlierIncidents: z
    .array(
      z.strictObject({
        daysAgo: z.number().positive(),
        prompt: z.string(),
        badVersion: z.string(),
        signal: streamIdSchema,
        summary: z.string(),
        unfinishedItem: z.string().nullable().default(null),
      }),
    )
    .default([]),
  /** A prompt whose trouble no signal tells in time: customers call. Minutes after the onset at which somebody declares by hand. */
  declaredByHandMinutes: z.number().nullable().default(null),
  /** A person knows of a fix that passes its evals within the hour: the responder answers the tree so (leak 7). */
  hasFixReady: z.boolean().default(false),
  /** What a good responder does outside Fusebox, in order, when its advice says so. */
  worldActions: z.array(worldActionSchema).default([]),
  expected: expectedSchema,
  /** A real incident's traffic in place of the simulated one: of a recorded scenario alone. */
  recording: recordingSchema.nullable().default(null),
});
export type Scenario = z.infer<typeof scenarioSchema>;
