import { oc } from '@orpc/contract';
import { z } from 'zod';
import { incidentSchema } from '../model/incident.ts';
import {
  badRecordFilterSchema,
  badRecordPageSchema,
  playbookIdSchema,
  tellStateSchema,
  wave2LookSchema,
  wave2StepStateSchema,
} from '../model/wave2.ts';
import { ERRORS } from './errors.ts';
import { command, incidentRef } from './inputs.ts';

const base = oc.errors(ERRORS);
/** The revision of the step, playbook, tenant or clock that the caller looked at; 0 = untouched. CHANGED_SINCE_SHOWN says who was first. */
const shown = { revisionShown: z.number().int().min(0) };
const reason = z.string().trim().min(1).max(1_000);

/** wave2.*: what the bad version left behind, also on closed incidents; commands answer with the incident. */
export const wave2Contract = {
  /** What received telemetry says about the bad window: tenants, error types, suggested playbooks, and what the list cannot hold. */
  look: base.input(z.object(incidentRef)).output(wave2LookSchema),
  /** One page of the conversations that the bad version had a part in, oldest first. */
  records: base
    .input(
      z.object({
        ...incidentRef,
        filter: badRecordFilterSchema.prefault({}),
        offset: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(5_000).default(200),
      }),
    )
    .output(badRecordPageSchema),
  open: base.input(z.object({ ...command, ...incidentRef, reason })).output(incidentSchema),
  close: base.input(z.object({ ...command, ...incidentRef, ...shown, reason })).output(incidentSchema),
  choose: base
    .input(
      z.object({
        ...command,
        ...incidentRef,
        ...shown,
        playbook: playbookIdSchema,
        isChosen: z.boolean(),
      }),
    )
    .output(incidentSchema),
  setStep: base
    .input(
      z.object({
        ...command,
        ...incidentRef,
        ...shown,
        step: z.string().max(80),
        state: wave2StepStateSchema,
        owner: z.string().trim().min(1).max(120).nullable(),
        reason: reason.nullable(),
      }),
    )
    .output(incidentSchema),
  tell: base
    .input(
      z.object({
        ...command,
        ...incidentRef,
        ...shown,
        cohort: z.string().min(1).max(300),
        state: tellStateSchema,
        reason: reason.nullable(),
      }),
    )
    .output(incidentSchema),
};
