import { oc } from '@orpc/contract';
import { z } from 'zod';
import {
  auditAnchorSchema,
  auditVerdictSchema,
  historyFilterSchema,
  historyGroupSchema,
  historyPageSchema,
  historySortSchema,
  historySummarySchema,
} from '../model/history.ts';
import { ERRORS } from './errors.ts';
import { command } from './inputs.ts';

const base = oc.errors(ERRORS);

/** history.*: what incidents came to over weeks; the same figures for the page and `fusebox report`. */
export const historyContract = {
  summary: base
    .input(
      z.object({
        filter: historyFilterSchema.prefault({}),
        groupBy: historyGroupSchema.default('week'),
        withMeans: z.boolean().default(false),
      }),
    )
    .output(historySummarySchema),
  /** One page of the table, drills among them. */
  incidents: base
    .input(
      z.object({
        filter: historyFilterSchema.prefault({}),
        sort: historySortSchema.default('declared'),
        isDescending: z.boolean().default(true),
        offset: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(1_000).default(200),
      }),
    )
    .output(historyPageSchema),
};

/** audit.*: whether the trail still fits together, and its head for places that this machine cannot reach. */
export const auditContract = {
  head: base.output(auditAnchorSchema.nullable()),
  verify: base
    .input(z.object({ anchors: z.array(auditAnchorSchema).max(10_000).default([]) }))
    .output(auditVerdictSchema),
  /** Posts the head to a chat source, so that a copy lies where nobody here can change it. Answers with what was posted. */
  post: base
    .input(
      z.object({
        ...command,
        source: z.string().max(200),
        channel: z.string().max(200).nullable().default(null),
      }),
    )
    .output(auditAnchorSchema),
};
