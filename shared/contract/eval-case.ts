import { oc } from '@orpc/contract';
import { z } from 'zod';
import {
  evalCaseSchema,
  evalContentSchema,
  evalFormatSchema,
  evalPreviewSchema,
  evalSuiteStatusSchema,
} from '../model/eval-case.ts';
import { ERRORS } from './errors.ts';
import { command, incidentRef, promptRef } from './inputs.ts';

const base = oc.errors(ERRORS);
const caseRef = { caseId: z.string().max(80) };
/** The revision the caller looked at: a command on another one is refused, and nothing is lost. */
const shown = { revisionShown: z.number().int() };

/** evalCase.*: the case that must fail on the bad version and pass on the good one before an incident closes. */
export const evalCaseContract = {
  /** The suites of a prompt as they are found now. */
  suites: base.input(z.object(promptRef)).output(z.array(evalSuiteStatusSchema)),
  /** Newest first. */
  list: base.input(z.object(incidentRef)).output(z.array(evalCaseSchema)),
  /** The files as they would be written; `format` shows another runner's than the suite's own, next to nothing else. */
  preview: base
    .input(
      z.object({
        ...incidentRef,
        caseId: z.string().max(80).nullable().default(null),
        content: evalContentSchema,
        format: evalFormatSchema.optional(),
      }),
    )
    .output(evalPreviewSchema),
  /** Creates (caseId null) or changes. A change takes proof and gate away: they were about other words. */
  save: base
    .input(
      z.object({
        ...command,
        ...incidentRef,
        caseId: z.string().max(80).nullable(),
        revisionShown: z.number().int().nullable(),
        content: evalContentSchema,
      }),
    )
    .output(evalCaseSchema),
  /** Into the working tree of the checkout, or as a commit on a new branch that is ready to push. */
  write: base
    .input(z.object({ ...command, ...caseRef, ...shown, to: z.enum(['working-tree', 'branch']) }))
    .output(evalCaseSchema),
  /** Begins the runs and answers at once; `list` shows them coming in. */
  prove: base.input(z.object({ ...command, ...caseRef, ...shown })).output(evalCaseSchema),
  cancel: base.input(z.object({ ...command, ...caseRef })).output(evalCaseSchema),
  /** Looks whether continuous integration runs the suite. */
  checkGate: base.input(z.object({ ...command, ...caseRef, ...shown })).output(evalCaseSchema),
};
