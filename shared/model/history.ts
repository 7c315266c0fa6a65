import { z } from 'zod';
import { daySchema } from './action-item.ts';
import { LOOP_STEPS, loopStepIdSchema, severitySchema, triggerSchema } from './incident.ts';
import { leverKindSchema } from './prompt.ts';
import { signalIdSchema } from './signal.ts';

/** What is measured of a response: the seven steps of the loop, and three spans over several of them. */
export const responseMetricSchema = z.enum([
  ...loopStepIdSchema.options,
  'time-to-rollback',
  'time-to-recover',
  'total',
]);
export type ResponseMetric = z.infer<typeof responseMetricSchema>;

const targetOf = (...steps: readonly string[]) =>
  LOOP_STEPS.filter(({ id }) => steps.includes(id)).reduce((sum, { targetMs }) => sum + targetMs, 0);

/** Every metric with its target in ms and what it is measured from and to. `detect` is the time to detect. */
export const RESPONSE_METRICS: readonly {
  readonly id: ResponseMetric;
  readonly title: string;
  readonly targetMs: number;
  readonly meaning: string;
}[] = [
  {
    id: 'time-to-rollback',
    title: 'time to rollback',
    // The standing target of the whole tool.
    targetMs: 5 * 60_000,
    meaning: 'from the alarm to the flag flipped',
  },
  {
    id: 'time-to-recover',
    title: 'time to recover',
    targetMs: targetOf('identify', 'decide', 'rollback', 'verify'),
    meaning: 'from the alarm until every check had passed',
  },
  {
    id: 'total',
    title: 'total',
    targetMs: targetOf('detect', 'identify', 'decide', 'rollback', 'verify'),
    meaning: 'from the bad version in traffic until every check had passed',
  },
  ...LOOP_STEPS.map(({ id, title, targetMs }) => ({
    id,
    title: id === 'detect' ? 'time to detect' : title,
    targetMs,
    meaning:
      id === 'detect' ? 'from the bad version in traffic to the alarm' : `the step "${title}" of the loop`,
  })),
];

/** Fewer measured times than this give no median and no p90: too few incidents to say. */
export const ENOUGH_INCIDENTS = 5;

/** The metrics of one incident in ms; null = not measured (step skipped, not reached, beginning not known). */
export const responseTimesSchema = z.record(responseMetricSchema, z.number().nullable());
export type ResponseTimes = z.infer<typeof responseTimesSchema>;

/**
 * What became of an incident's eval case: proven and gated; waived by somebody by name; not owed (nothing was rolled back or fixed, so
 * there is nothing to learn); or missing.
 */
export const evalOutcomeSchema = z.enum(['proven', 'waived', 'missing', 'not-owed']);
export type EvalOutcome = z.infer<typeof evalOutcomeSchema>;

/** What history keeps of an incident, worked out whenever the incident changes. */
export const incidentFactsSchema = z.object({
  incidentId: z.string(),
  promptId: z.string(),
  promptTitle: z.string(),
  /** Who answers for the prompt, from the workspace at the time; null = nobody was named. */
  team: z.string().nullable(),
  service: z.string().nullable(),
  trigger: triggerSchema.shape.kind,
  signal: signalIdSchema.nullable(),
  /** What brought the good version back; null = nothing was flipped. */
  lever: leverKindSchema.nullable(),
  severity: severitySchema,
  status: z.enum(['open', 'closed']),
  declaredAtMs: z.number(),
  closedAtMs: z.number().nullable(),
  /** Monday 00:00 UTC of the week it was declared in. */
  weekStartMs: z.number(),
  times: responseTimesSchema,
  isDrill: z.boolean(),
  /** An earlier incident of the same prompt on the same signal; null = none is known. */
  recurrenceOf: z.string().nullable(),
  /** Null = not known. */
  hasEvalCase: z.boolean().nullable(),
  /** Null = not known, or the incident is still open and its case not proven yet. */
  evalOutcome: evalOutcomeSchema.nullable(),
  hasWaiver: z.boolean().nullable(),
  badConversations: z.number().nullable(),
});
export type IncidentFacts = z.infer<typeof incidentFactsSchema>;

export const historyGroupSchema = z.enum(['week', 'prompt', 'team', 'trigger', 'lever']);
export type HistoryGroup = z.infer<typeof historyGroupSchema>;

/** Which incidents; null = all. `fromMs` inclusive, `toMs` exclusive, of the time declared. */
export const historyFilterSchema = z.object({
  fromMs: z.number().int().nullable().default(null),
  toMs: z.number().int().nullable().default(null),
  promptId: z.string().max(200).nullable().default(null),
  team: z.string().max(200).nullable().default(null),
  trigger: triggerSchema.shape.kind.nullable().default(null),
  lever: leverKindSchema.nullable().default(null),
  severity: severitySchema.nullable().default(null),
});
export type HistoryFilter = z.infer<typeof historyFilterSchema>;

/** One metric over a set of closed incidents, in ms. */
export const metricFiguresSchema = z.object({
  metric: responseMetricSchema,
  /** How many incidents it was measured in. */
  count: z.number().int(),
  withinTarget: z.number().int(),
  /** Null below ENOUGH_INCIDENTS. */
  medianMs: z.number().nullable(),
  p90Ms: z.number().nullable(),
  /** Only on request: one long night moves a mean more than a quarter of work. */
  meanMs: z.number().nullable(),
  minMs: z.number().nullable(),
  maxMs: z.number().nullable(),
});
export type MetricFigures = z.infer<typeof metricFiguresSchema>;

/** Incidents by what became of their eval case; open ones count only when theirs is proven already. */
export const evalCountsSchema = z.object({
  proven: z.number().int(),
  waived: z.number().int(),
  missing: z.number().int(),
  notOwed: z.number().int(),
  unknown: z.number().int(),
});
export type EvalCounts = z.infer<typeof evalCountsSchema>;

export const historySetSchema = z.object({
  closed: z.number().int(),
  /** Counted apart: their times are still running and are in no figure. */
  open: z.number().int(),
  recurrences: z.number().int(),
  evalCases: evalCountsSchema,
  waivers: z.object({ given: z.number().int(), unknown: z.number().int() }),
  metrics: z.array(metricFiguresSchema),
});
export type HistorySet = z.infer<typeof historySetSchema>;

/** Regressions that were stopped before they became an incident. Null = not known: nothing reports them here. */
export const preventedSchema = z.object({
  /** Soft triggers whose ramp was frozen without an incident having been opened. */
  soft: z.number().int(),
  /** Changes that an eval suite stopped in continuous integration. */
  hard: z.number().int().nullable(),
});

export const historyGroupFiguresSchema = z.object({
  /** The week's first moment as text, a prompt id, a team, a trigger or a lever; '' = none named. */
  key: z.string(),
  title: z.string(),
  figures: historySetSchema,
});
export type HistoryGroupFigures = z.infer<typeof historyGroupFiguresSchema>;

/** The eval cases of the incidents declared in one week, drills left out. */
export const evalWeekSchema = z.object({
  /** The week's Monday, `2026-05-04`. */
  key: daySchema,
  counts: evalCountsSchema,
});
export type EvalWeek = z.infer<typeof evalWeekSchema>;

/** How long ago an unfinished action item was promised. */
export const itemAgeSchema = z.enum(['under-1-week', '1-to-4-weeks', '4-to-12-weeks', 'over-12-weeks']);
export type ItemAge = z.infer<typeof itemAgeSchema>;

/** Unfinished action items of the incidents asked about, as they are now. */
export const itemAgeingSchema = z.object({
  unfinished: z.number().int(),
  overdue: z.number().int(),
  /** Every age, youngest first, also those without an item. */
  ages: z.array(z.object({ age: itemAgeSchema, unfinished: z.number().int(), overdue: z.number().int() })),
  /** The owner with most overdue items first; null = nobody is named. */
  owners: z.array(
    z.object({
      owner: z.string().nullable(),
      unfinished: z.number().int(),
      overdue: z.number().int(),
      /** Of the oldest one, in whole days. */
      oldestDays: z.number().int(),
    }),
  ),
});
export type ItemAgeing = z.infer<typeof itemAgeingSchema>;

export const historySummarySchema = z.object({
  filter: historyFilterSchema,
  groupBy: historyGroupSchema,
  withMeans: z.boolean(),
  incidents: historySetSchema,
  drills: historySetSchema,
  prevented: preventedSchema,
  /** Incidents alone; weeks oldest first, everything else by number of incidents. */
  groups: z.array(historyGroupFiguresSchema),
  /** Oldest first, whatever is grouped by; weeks without an incident are left out. */
  evalWeeks: z.array(evalWeekSchema),
  actionItems: itemAgeingSchema,
  /** Older records whose times are still being worked out; 0 = complete. */
  notWorkedOut: z.number().int(),
  /** What the filters offer. */
  choices: z.object({
    prompts: z.array(z.object({ id: z.string(), title: z.string() })),
    teams: z.array(z.string()),
  }),
});
export type HistorySummary = z.infer<typeof historySummarySchema>;

export const historySortSchema = z.enum([
  'declared',
  'incident',
  'prompt',
  'team',
  'trigger',
  'lever',
  'severity',
  'status',
  'detect',
  'time-to-rollback',
  'time-to-recover',
  'total',
]);
export type HistorySort = z.infer<typeof historySortSchema>;

export const historyPageSchema = z.object({ total: z.number().int(), rows: z.array(incidentFactsSchema) });
export type HistoryPage = z.infer<typeof historyPageSchema>;

/** A place in the audit trail: its sequence number and the hash of its entry. */
export const auditAnchorSchema = z.object({
  seq: z.number().int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
});

export const auditVerdictSchema = z.object({
  entries: z.number().int(),
  head: z.object({ seq: z.number(), hash: z.string() }).nullable(),
  firstBad: z.object({ seq: z.number(), problem: z.string() }).nullable(),
  openIntents: z.array(z.string()),
  tail: z.enum(['proven', 'broken', 'not-proven']),
  sentence: z.string(),
});
