import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { certaintySeriesSchema, policyActionSchema } from '../model/detection.ts';
import {
  changeSchema,
  distributionSchema,
  sampleSchema,
  signalSeriesSchema,
  windowSchema,
  workerShareSchema,
} from '../model/evidence.ts';
import {
  decisionOutcomeSchema,
  decisionQuestionSchema,
  incidentSchema,
  seatSchema,
  severitySchema,
  triageSchema,
} from '../model/incident.ts';
import { capabilitiesSchema, demoStateSchema, engineInfoSchema, liveMessageSchema } from '../model/live.ts';
import { leverKindSchema, promptStatusSchema, promptVersionSchema } from '../model/prompt.ts';
import { rollbackPlanSchema, rollbackSchema } from '../model/rollback.ts';
import { signalComparisonSchema, signalIdSchema } from '../model/signal.ts';
import { sourceHealthSchema, sourceTestSchema } from '../model/source.ts';
import { drillContract } from './drill.ts';
import { evalCaseContract } from './eval-case.ts';
import { ERRORS } from './errors.ts';
import { actionItemContract } from './action-item.ts';
import { auditContract, historyContract } from './history.ts';
import { presenceContract } from './presence.ts';
import { noteContract, postmortemContract } from './postmortem.ts';
import { wave2Contract } from './wave2.ts';
import {
  certaintyQuery,
  command,
  evidenceQuery,
  incidentRef,
  promptRef,
  seenIncident,
  seriesQuery,
} from './inputs.ts';

const base = oc.errors(ERRORS);
const personName = z.string().trim().min(1).max(80);

/** One finding of `fusebox doctor`: what was looked at, how it is, what to do. */
export const doctorFindingSchema = z.object({
  area: z.enum(['engine', 'workspace', 'source', 'prompt', 'records', 'telemetry']),
  subject: z.string(),
  state: z.enum(['ok', 'warning', 'problem']),
  text: z.string(),
  fix: z.string().nullable(),
});
export type DoctorFinding = z.infer<typeof doctorFindingSchema>;

/** Everything a page, the command line or a script can ask of the engine. Procedures are noun.verb. */
export const contract = {
  engine: {
    info: base.output(z.object({ info: engineInfoSchema, capabilities: capabilitiesSchema })),
    doctor: base.output(z.array(doctorFindingSchema)),
  },
  live: {
    /** The page's one feed: a snapshot first, then deltas and heartbeats (every 2 s of real time). */
    subscribe: base.output(eventIterator(liveMessageSchema)),
  },
  prompt: {
    list: base.output(z.array(promptStatusSchema)),
    versions: base.input(z.object(promptRef)).output(z.array(promptVersionSchema)),
  },
  evidence: {
    distribution: base.input(z.object(evidenceQuery)).output(distributionSchema),
    workers: base
      .input(z.object({ ...promptRef, window: windowSchema, expectedVersion: z.string().optional() }))
      .output(z.array(workerShareSchema)),
    series: base.input(z.object(seriesQuery)).output(signalSeriesSchema),
    comparisons: base
      .input(
        z.object({
          ...promptRef,
          cohort: z.string().default('all'),
          candidate: z.string().optional(),
          window: windowSchema.optional(),
        }),
      )
      .output(z.array(signalComparisonSchema)),
    samples: base
      .input(
        z.object({
          ...promptRef,
          version: z.string(),
          kind: z.enum(['bad', 'good']),
          signal: signalIdSchema.optional(),
          limit: z.number().int().min(1).max(50).default(10),
          window: windowSchema,
        }),
      )
      .output(z.array(sampleSchema)),
    changes: base.input(z.object({ ...promptRef, window: windowSchema })).output(z.array(changeSchema)),
    /** How sure the detector was of one signal over the last hours, in anytime sigma. */
    certainty: base.input(z.object(certaintyQuery)).output(certaintySeriesSchema),
  },
  incident: {
    list: base
      .input(
        z.object({
          status: z.enum(['open', 'closed', 'any']).default('any'),
          limit: z.number().int().min(1).max(500).default(100),
        }),
      )
      .output(z.array(incidentSchema)),
    get: base.input(z.object(incidentRef)).output(incidentSchema),
    declare: base
      .input(
        z.object({
          ...command,
          ...promptRef,
          reason: z.string().trim().min(1).max(500),
          severity: severitySchema.optional(),
        }),
      )
      .output(incidentSchema),
    identify: base
      .input(z.object({ ...command, ...seenIncident, version: z.string() }))
      .output(incidentSchema),
    triage: base
      .input(z.object({ ...command, ...seenIncident, triage: triageSchema }))
      .output(incidentSchema),
    setSeverity: base
      .input(z.object({ ...command, ...seenIncident, severity: severitySchema }))
      .output(incidentSchema),
    answer: base
      .input(
        z.object({
          ...command,
          ...seenIncident,
          question: decisionQuestionSchema,
          answer: z.enum(['yes', 'no', 'unknown']),
        }),
      )
      .output(incidentSchema),
    decide: base
      .input(z.object({ ...command, ...seenIncident, outcome: decisionOutcomeSchema }))
      .output(incidentSchema),
    /** Takes a seat, gives it to somebody, or leaves it (`name` null). */
    setSeat: base
      .input(z.object({ ...command, ...seenIncident, seat: seatSchema, name: personName.nullable() }))
      .output(incidentSchema),
    /** The driver's seat to somebody else, with what is open. */
    handOver: base
      .input(
        z.object({ ...command, ...seenIncident, to: personName, text: z.string().trim().min(1).max(4000) }),
      )
      .output(incidentSchema),
    note: base
      .input(
        z.object({
          ...command,
          ...incidentRef,
          text: z.string().trim().min(1).max(4000),
          atMs: z.number().optional(),
        }),
      )
      .output(incidentSchema),
    close: base
      .input(z.object({ ...command, ...seenIncident, summary: z.string().trim().min(1).max(8000) }))
      .output(incidentSchema),
  },
  presence: presenceContract,
  rollback: {
    /** What a press would do now, read fresh from the provider. */
    plan: base
      .input(z.object({ ...promptRef, lever: leverKindSchema.optional(), toVersion: z.string().optional() }))
      .output(rollbackPlanSchema),
    /**
     * Press. Answers as soon as the intent is on disk (or, with waitMs, once settled or the wait is over); progress comes over the feed.
     * `revisionShown` null = the caller showed no state and accepts whatever is there (command line).
     */
    press: base
      .input(
        z.object({
          ...command,
          ...promptRef,
          incidentId: z.string().nullable().default(null),
          lever: leverKindSchema,
          toVersion: z.string(),
          revisionShown: z.string().nullable(),
          reason: z.string().max(500).nullable().default(null),
          held: z.boolean().default(false),
          waitMs: z.number().int().min(0).max(30_000).default(0),
        }),
      )
      .output(rollbackSchema),
    /** Puts the snapshot taken before `undoes` back. The risky direction: always needs `held`. */
    undo: base
      .input(
        z.object({
          ...command,
          undoes: z.string(),
          held: z.boolean(),
          reason: z.string().max(500).nullable().default(null),
          waitMs: z.number().int().min(0).max(30_000).default(0),
        }),
      )
      .output(rollbackSchema),
    /** Holds the candidate at share 0 of new ramp steps: sets its share to `share01` (default: the present share is kept and recorded). */
    pauseRamp: base
      .input(
        z.object({
          ...command,
          ...promptRef,
          incidentId: z.string().nullable().default(null),
          share01: z.number().min(0).max(1),
          waitMs: z.number().int().min(0).max(30_000).default(0),
        }),
      )
      .output(rollbackSchema),
    get: base.input(z.object(command)).output(rollbackSchema),
  },
  policy: {
    /** Cancels what a policy announced, until it acts. Answers with the action as it is afterwards. */
    veto: base
      .input(z.object({ ...command, policyActionId: z.string().max(120) }))
      .output(policyActionSchema),
  },
  note: noteContract,
  postmortem: postmortemContract,
  actionItem: actionItemContract,
  evalCase: evalCaseContract,
  wave2: wave2Contract,
  history: historyContract,
  audit: auditContract,
  source: {
    list: base.output(z.array(sourceHealthSchema)),
    test: base.input(z.object({ sourceId: z.string() })).output(sourceTestSchema),
  },
  demo: {
    startRegression: base.input(z.object(command)).output(demoStateSchema),
    reset: base.input(z.object(command)).output(demoStateSchema),
    setSpeed: base
      .input(z.object({ ...command, speed: z.union([z.literal(1), z.literal(10)]) }))
      .output(demoStateSchema),
    setStaleWorkers: base
      .input(z.object({ ...command, count: z.number().int().min(0).max(100) }))
      .output(demoStateSchema),
  },
  drill: drillContract,
};
export type Contract = typeof contract;
