import { oc } from '@orpc/contract';
import { z } from 'zod';
import { actionItemContentSchema, auditedItemSchema } from '../model/action-item.ts';
import { ERRORS } from './errors.ts';
import { command, incidentRef } from './inputs.ts';

const base = oc.errors(ERRORS);

/** actionItem.*: what postmortems promised. Commands answer with all items of the incident, the loudest first. */
export const actionItemContract = {
  /** The audit: the loudest first. */
  list: base
    .input(
      z.object({
        incidentId: incidentRef.incidentId.optional(),
        which: z.enum(['unfinished', 'any']).default('unfinished'),
      }),
    )
    .output(z.array(auditedItemSchema)),
  create: base
    .input(z.object({ ...command, ...incidentRef, content: actionItemContentSchema }))
    .output(z.array(auditedItemSchema)),
  change: base
    .input(
      z.object({
        ...command,
        itemId: z.string().max(80),
        revisionShown: z.number().int().min(0),
        content: actionItemContentSchema,
      }),
    )
    .output(z.array(auditedItemSchema)),
};
