import { z } from 'zod';
import { loopStepIdSchema, loopStepSchema } from './incident.ts';
import { faultSchema, scenarioSchema, worldActionSchema } from './scenario.ts';

/** Simulated seconds per second; 0 = paused. */
export const drillSpeedSchema = z.union([z.literal(0), z.literal(1), z.literal(10), z.literal(60)]);
export type DrillSpeed = z.infer<typeof drillSpeedSchema>;

/** `briefing`: the world stands ready and healthy, its clock runs, nothing has been told; `running`: the clock to the hidden onset runs. */
export const drillPhaseSchema = z.enum(['preparing', 'briefing', 'running', 'finished', 'aborted', 'failed']);
export type DrillPhase = z.infer<typeof drillPhaseSchema>;

/** One line of what happened in a drill, by whom; the same for a run by hand and by the scripted responder. */
export const drillEventSchema = z.object({
  /** Simulated time, epoch ms. */
  atMs: z.number(),
  by: z.enum(['world', 'fusebox', 'facilitator', 'participant']),
  kind: z.enum([
    'begin',
    'fault',
    'withdrawn',
    'hint',
    'clock',
    'alarm',
    'incident',
    'decision',
    'lever',
    'verdict',
    'action',
    'note',
    'closed',
    'end',
  ]),
  who: z.string(),
  text: z.string(),
});
export type DrillEvent = z.infer<typeof drillEventSchema>;

export const drillFaultSchema = z.object({
  id: z.string(),
  fault: faultSchema,
  title: z.string(),
  state: z.enum(['planned', 'active', 'withdrawn']),
  /** From the scenario, or put in by the facilitator. */
  by: z.enum(['scenario', 'facilitator']),
  activeFromMs: z.number().nullable(),
});
export type DrillFault = z.infer<typeof drillFaultSchema>;

/** What the facilitator sees of the drill under way; others see it without what is wrong (`domain/drill/participant-view`). Never sent into the drill's own world. */
export const drillStateSchema = z.object({
  drillId: z.string(),
  scenarioId: z.string(),
  title: z.string(),
  seed: z.number().int(),
  phase: drillPhaseSchema,
  /** Why, for `failed` and `aborted`; else what happens now, in a sentence. */
  detail: z.string(),
  speed: drillSpeedSchema,
  facilitator: z.string(),
  participants: z.array(z.string()),
  brief: z.string(),
  purpose: z.string(),
  /** Simulated times, epoch ms. */
  nowMs: z.number(),
  beginMs: z.number().nullable(),
  endsMs: z.number().nullable(),
  onsetMs: z.number().nullable(),
  faults: z.array(drillFaultSchema),
  hints: z.array(z.object({ text: z.string(), givenAtMs: z.number().nullable() })),
  /** What faults can be put in: the world's prompts with their versions and cohorts. */
  prompts: z.array(z.object({ id: z.string(), versions: z.array(z.string()), cohorts: z.array(z.string()) })),
  /** Incidents open or closed in the drill's world, with the loop step they are in and the clock of each. */
  incidents: z.array(
    z.object({
      id: z.string(),
      promptId: z.string(),
      status: z.enum(['open', 'closed']),
      step: loopStepIdSchema.nullable(),
      steps: z.array(loopStepSchema),
      verdict: z.string().nullable(),
    }),
  ),
  badConversations: z.number(),
  /** Newest last, at most 200. */
  events: z.array(drillEventSchema),
});
export type DrillState = z.infer<typeof drillStateSchema>;

/** What an engine says of itself when it is the world of a drill: everything the page marks as a drill, and no word of what is wrong. */
export const drillMarkSchema = z.object({
  drillId: z.string(),
  title: z.string(),
  brief: z.string(),
  speed: drillSpeedSchema,
  phase: drillPhaseSchema,
  facilitator: z.string(),
  hints: z.array(z.string()),
  /** What can be done outside Fusebox now. `busyUntilMs`: under way until then. */
  actions: z.array(
    z.object({
      action: worldActionSchema,
      title: z.string(),
      takesMs: z.number(),
      busyUntilMs: z.number().nullable(),
      doneAtMs: z.number().nullable(),
    }),
  ),
});
export type DrillMark = z.infer<typeof drillMarkSchema>;

/** One expectation of the scenario and what came of it. */
export const drillCheckSchema = z.object({
  what: z.string(),
  expected: z.string(),
  got: z.string(),
  isHit: z.boolean(),
});
export type DrillCheck = z.infer<typeof drillCheckSchema>;

export const wrongTurnSchema = z.object({
  id: z.enum([
    'second-flip-in-window',
    'closed-without-eval',
    'rolled-back-when-forward-fix',
    'rolled-back-not-the-prompt',
    'acted-on-nothing',
    'missed-wave-2',
    'missed-stale-workers',
    'wrong-version',
    'never-noticed',
    'waited-past-page',
  ]),
  atMs: z.number().nullable(),
  sentence: z.string(),
  points: z.number(),
});
export type WrongTurn = z.infer<typeof wrongTurnSchema>;

export const drillReportSchema = z.object({
  drillId: z.string(),
  scenarioId: z.string(),
  title: z.string(),
  seed: z.number().int(),
  outcome: z.enum(['finished', 'aborted']),
  facilitator: z.string(),
  participants: z.array(z.string()),
  /** Wall clock, epoch ms. */
  startedAtMs: z.number(),
  endedAtMs: z.number(),
  /** Simulated, epoch ms. */
  beginMs: z.number(),
  onsetMs: z.number().nullable(),
  /** The prompt played, and the prompt of the workspace it stood for (null = none). */
  promptId: z.string(),
  castPromptId: z.string().nullable(),
  steps: z.array(
    z.object({
      id: loopStepIdSchema,
      title: z.string(),
      tookMs: z.number().nullable(),
      targetMs: z.number(),
      verdict: z.enum(['within', 'late', 'missed', 'not-needed']),
      points: z.number(),
      possible: z.number(),
    }),
  ),
  checks: z.array(drillCheckSchema),
  wrongTurns: z.array(wrongTurnSchema),
  /** Conversations served badly: as it went, the least that was possible (flip at the moment of the page), and without any response. */
  badConversations: z.object({ served: z.number(), best: z.number(), untouched: z.number() }),
  points: z.object({ earned: z.number(), possible: z.number() }),
  sentence: z.string(),
  /** Flip of the killswitch in this drill: from press to seen in traffic. */
  killswitch: z.object({ lever: z.string(), tookMs: z.number(), by: z.string() }).nullable(),
  hintsGiven: z.number().int(),
  events: z.array(drillEventSchema),
});
export type DrillReport = z.infer<typeof drillReportSchema>;

/** A row of the drill history. */
export const drillSummarySchema = drillReportSchema
  .pick({
    drillId: true,
    scenarioId: true,
    title: true,
    outcome: true,
    facilitator: true,
    participants: true,
    startedAtMs: true,
    endedAtMs: true,
    castPromptId: true,
    points: true,
    sentence: true,
    steps: true,
    badConversations: true,
    killswitch: true,
  })
  .extend({ wrongTurns: z.number().int() });
export type DrillSummary = z.infer<typeof drillSummarySchema>;

/** Something wrong in a scenario's file, for whoever wrote it. */
export const scenarioProblemSchema = z.object({
  file: z.string(),
  line: z.number().nullable(),
  /** `prompts[support].healthy.csatMean`; empty = the file as a whole. */
  path: z.string(),
  message: z.string(),
  /** What to write instead. */
  fix: z.string(),
});
export type ScenarioProblem = z.infer<typeof scenarioProblemSchema>;

/**
 * A scenario as the library shows it; an own one is the team's, by its workspace file; `bundleOf` is the incident a recorded one was made from. Whoever does not run game days is told title,
 * brief and length (`domain/drill/participant-view`): of what goes wrong nothing, and no kind.
 */
export const scenarioSummarySchema = scenarioSchema
  .pick({ id: true, title: true, leak: true, purpose: true, brief: true, minutes: true })
  .extend({
    kind: scenarioSchema.shape.kind.nullable(),
    prompts: z.array(z.string()),
    source: z.enum(['library', 'own', 'recorded']),
    bundleOf: z.string().nullable(),
  });
export type ScenarioSummary = z.infer<typeof scenarioSummarySchema>;
