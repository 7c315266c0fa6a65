import { oc } from '@orpc/contract';
import { z } from 'zod';
import {
  drillReportSchema,
  drillSpeedSchema,
  drillStateSchema,
  drillSummarySchema,
  scenarioProblemSchema,
  scenarioSummarySchema,
} from '../model/drill.ts';
import { faultSchema, worldActionSchema } from '../model/scenario.ts';
import { ERRORS } from './errors.ts';
import { command } from './inputs.ts';

const base = oc.errors(ERRORS);
const drillRef = { drillId: z.string().max(64) };
const drillCommand = { ...command, ...drillRef };
const name = z.string().trim().min(1).max(80);

/** drill.*: the facilitator's console, in the team's own world. `act` alone belongs to the world of a drill. */
export const drillContract = {
  /** Who does not run game days is told titles, briefs and lengths, and nothing of what goes wrong in them. */
  scenarios: base.output(z.array(scenarioSummarySchema)),
  /** Files that are no scenarios yet, the library's and the team's own. */
  scenarioProblems: base.output(z.array(scenarioProblemSchema)),
  /** Null: no drill is under way. Who does not run game days is told that there is one, and nothing of what is wrong in it. */
  current: base.output(drillStateSchema.nullable()),
  /** Builds the world: fleet, levers, an engine of its own. One drill at a time. */
  prepare: base
    .input(
      z.object({
        ...command,
        scenarioId: z.string().max(80),
        seed: z.number().int().min(0).max(2_147_483_647).optional(),
        participants: z.array(name).max(20).default([]),
        /** A prompt of the workspace that the scenario's first prompt stands for: takes its name, versions and owner. */
        castPromptId: z.string().max(200).nullable().default(null),
      }),
    )
    .output(drillStateSchema),
  begin: base.input(z.object(drillCommand)).output(drillStateSchema),
  setSpeed: base.input(z.object({ ...drillCommand, speed: drillSpeedSchema })).output(drillStateSchema),
  inject: base.input(z.object({ ...drillCommand, fault: faultSchema })).output(drillStateSchema),
  withdraw: base.input(z.object({ ...drillCommand, faultId: z.string().max(64) })).output(drillStateSchema),
  /** Gives the scenario's next hint, or one in the facilitator's own words. */
  hint: base
    .input(z.object({ ...drillCommand, text: z.string().trim().min(1).max(500).nullable().default(null) }))
    .output(drillStateSchema),
  /** Ends it and scores it. */
  finish: base.input(z.object(drillCommand)).output(drillReportSchema),
  abort: base
    .input(z.object({ ...drillCommand, reason: z.string().trim().min(1).max(500) }))
    .output(drillReportSchema.nullable()),
  reports: base
    .input(z.object({ limit: z.number().int().min(1).max(500).default(100) }))
    .output(z.array(drillSummarySchema)),
  report: base.input(z.object(drillRef)).output(drillReportSchema),
  /** An incident of the team's record as a bundle that can be replayed as a drill, here or elsewhere; texts redacted. */
  record: base
    .input(z.object({ ...command, incidentId: z.string().max(64) }))
    .output(z.object({ scenario: scenarioSummarySchema, fileName: z.string(), text: z.string() })),
  /** Takes a bundle from another machine into the library. */
  openBundle: base
    .input(z.object({ ...command, text: z.string().max(20_000_000) }))
    .output(scenarioSummarySchema),
  /** In the world of a drill: what people do outside Fusebox. Refused elsewhere. */
  act: base
    .input(z.object({ ...command, action: worldActionSchema }))
    .output(z.object({ endsAtMs: z.number() })),
};
