import { oc } from '@orpc/contract';
import { z } from 'zod';
import { daySchema, earlierIncidentSchema } from '../model/action-item.ts';
import { blockerIdSchema } from '../model/closing.ts';
import { incidentSchema } from '../model/incident.ts';
import { postmortemSchema, postmortemStyleSchema, sectionIdSchema } from '../model/postmortem.ts';
import { ERRORS } from './errors.ts';
import { command, incidentRef } from './inputs.ts';

const base = oc.errors(ERRORS);
/** The revision the caller looked at; CHANGED_SINCE_SHOWN says who changed it and when, and nothing is written. */
const shown = { revisionShown: z.number().int().min(0) };
const longText = z.string().max(20_000);

/** postmortem.*: drafted from the record, written by people; also on closed incidents. */
export const postmortemContract = {
  get: base.input(z.object(incidentRef)).output(postmortemSchema),
  /** The document in one style. The same record gives the same bytes. */
  render: base
    .input(z.object({ ...incidentRef, style: postmortemStyleSchema }))
    .output(z.object({ markdown: z.string(), html: z.string() })),
  /** One section; `text` null goes back to the draft. Sections have revisions of their own. */
  saveSection: base
    .input(
      z.object({ ...command, ...incidentRef, ...shown, section: sectionIdSchema, text: longText.nullable() }),
    )
    .output(postmortemSchema),
  saveDetails: base
    .input(
      z.object({
        ...command,
        ...incidentRef,
        ...shown,
        style: postmortemStyleSchema,
        preparedBy: z.string().trim().min(1).max(120).nullable(),
        reviewOn: daySchema.nullable(),
      }),
    )
    .output(postmortemSchema),
  /** The true time of an event. The recorded one is kept beside it. */
  correct: base
    .input(
      z.object({
        ...command,
        ...incidentRef,
        entryId: z.string().max(80),
        atMs: z.number().int().min(0).max(8_640_000_000_000_000),
        reason: z.string().trim().min(1).max(500),
      }),
    )
    .output(postmortemSchema),
  confirmTimeline: base.input(z.object({ ...command, ...incidentRef })).output(postmortemSchema),
  /** Closing without one of the outputs: by name, with a reason, for good. */
  waive: base
    .input(
      z.object({
        ...command,
        ...incidentRef,
        blocker: blockerIdSchema,
        name: z.string().trim().min(1).max(120),
        reason: z.string().trim().min(1).max(1_000),
      }),
    )
    .output(incidentSchema),
  /** Earlier incidents of the same prompt, failure mode or suite, with their unfinished action items. */
  earlier: base.input(z.object(incidentRef)).output(z.array(earlierIncidentSchema)),
};

/** note.*: the incident note. */
export const noteContract = {
  /** `text` null goes back to the draft. */
  save: base
    .input(z.object({ ...command, ...incidentRef, ...shown, text: z.string().max(8_000).nullable() }))
    .output(incidentSchema),
  /** Through the prompt's chat, once. `again`: also where an earlier attempt has no known outcome. */
  post: base
    .input(z.object({ ...command, ...incidentRef, again: z.boolean().default(false) }))
    .output(incidentSchema),
  /** It went out some other way. */
  finish: base.input(z.object({ ...command, ...incidentRef })).output(incidentSchema),
};
