import {
  sql,
  type ExpressionBuilder,
  type Kysely,
  type Selectable,
  type SelectQueryBuilder,
  type Transaction,
} from 'kysely';
import { z } from 'zod';
import {
  type HistoryFilter,
  type HistoryPage,
  type HistorySort,
  type IncidentFacts,
  incidentFactsSchema,
  type ResponseMetric,
} from '#shared/model/history.ts';
import type { PolicyActionRecord } from './kind.ts';
import type { RecordTables } from './tables.ts';

type Db = Kysely<RecordTables> | Transaction<RecordTables>;
type FactsTable = RecordTables['incident_facts'];

/** Where each metric lies, in ms. */
export const METRIC_COLUMNS = {
  detect: 'detect_ms',
  identify: 'identify_ms',
  decide: 'decide_ms',
  rollback: 'rollback_ms',
  verify: 'verify_ms',
  note: 'note_ms',
  eval: 'eval_ms',
  'time-to-rollback': 'to_rollback_ms',
  'time-to-recover': 'to_recover_ms',
  total: 'total_ms',
} as const satisfies Record<ResponseMetric, keyof FactsTable>;

/** An incident whose facts are to be worked out again; `marks` tells whether it changed once more in the meantime. */
export type DueFacts = { readonly incidentId: string; readonly marks: number };

/** Facts worked out from the incident as it was at `marks`. Which earlier incident it repeats is looked up when they are stored. */
export type FactsRecord = {
  readonly facts: Omit<IncidentFacts, 'recurrenceOf'>;
  readonly marks: number;
};

/** Marks an incident's facts as out of date, in the transaction that changes it: whoever writes incidents cannot forget history. */
export async function markFactsDue(trx: Transaction<RecordTables>, incidentId: string): Promise<void> {
  await trx
    .insertInto('incident_facts_due')
    .values({ incident_id: incidentId, marks: 1 })
    .onConflict((conflict) =>
      conflict.column('incident_id').doUpdateSet({ marks: sql<number>`incident_facts_due.marks + 1` }),
    )
    .execute();
}

/** Stores an incident's facts and takes its mark away, unless the incident changed since they were worked out. */
export async function writeFacts(
  trx: Transaction<RecordTables>,
  { facts, marks }: FactsRecord,
): Promise<void> {
  const { incidentId } = facts;
  const row = { ...rowOf(facts), recurrence_of: await earlierOfKind(trx, facts) };
  await trx
    .insertInto('incident_facts')
    .values({ incident_id: incidentId, ...row })
    .onConflict((conflict) => conflict.column('incident_id').doUpdateSet(row))
    .execute();
  await trx
    .deleteFrom('incident_facts_due')
    .where('incident_id', '=', incidentId)
    .where('marks', '=', marks)
    .execute();
}

/** The newest earlier incident of the same prompt on the same signal. Without a signal nothing can be said. */
async function earlierOfKind(db: Db, facts: FactsRecord['facts']): Promise<string | null> {
  const { promptId, signal, declaredAtMs, isDrill } = facts;
  if (signal === null) return null;
  const row = await db
    .selectFrom('incident_facts')
    .select('incident_id')
    .where('prompt_id', '=', promptId)
    .where('declared_at_ms', '<', declaredAtMs)
    .where('signal', '=', signal)
    .where('is_drill', '=', isDrill ? 1 : 0)
    .orderBy('declared_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.incident_id ?? null;
}

/** Oldest incident first, so that a recurrence finds the one before it. */
export async function readDue(db: Db, limit: number): Promise<DueFacts[]> {
  const rows = await db
    .selectFrom('incident_facts_due as due')
    .innerJoin('incidents', 'incidents.id', 'due.incident_id')
    .select(['due.incident_id', 'due.marks'])
    .orderBy('incidents.declared_at_ms')
    .orderBy('due.incident_id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ incidentId: row.incident_id, marks: Number(row.marks) }));
}

export async function countDue(db: Db): Promise<number> {
  const row = await db
    .selectFrom('incident_facts_due')
    .innerJoin('incidents', 'incidents.id', 'incident_facts_due.incident_id')
    .select((on) => on.fn.countAll().as('count'))
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

/** The rows a filter leaves, as a condition for `where`. */
export function matches(filter: HistoryFilter) {
  return (on: ExpressionBuilder<RecordTables, 'incident_facts'>) => {
    const { fromMs, toMs, promptId, team, trigger, lever, severity } = filter;
    return on.and([
      ...(fromMs === null ? [] : [on('declared_at_ms', '>=', fromMs)]),
      ...(toMs === null ? [] : [on('declared_at_ms', '<', toMs)]),
      ...(promptId === null ? [] : [on('prompt_id', '=', promptId)]),
      ...(team === null ? [] : [on('team', '=', team)]),
      ...(trigger === null ? [] : [on('trigger_kind', '=', trigger)]),
      ...(lever === null ? [] : [on('lever', '=', lever)]),
      ...(severity === null ? [] : [on('severity', '=', severity)]),
    ]);
  };
}

const SORT_COLUMNS = {
  declared: 'declared_at_ms',
  incident: 'declared_at_ms',
  prompt: 'prompt_title',
  team: 'team',
  trigger: 'trigger_kind',
  lever: 'lever',
  severity: 'severity',
  status: 'status',
  detect: 'detect_ms',
  'time-to-rollback': 'to_rollback_ms',
  'time-to-recover': 'to_recover_ms',
  total: 'total_ms',
} as const satisfies Record<HistorySort, keyof FactsTable>;

export type HistoryPageQuery = {
  readonly filter: HistoryFilter;
  readonly sort: HistorySort;
  readonly isDescending: boolean;
  readonly offset: number;
  readonly limit: number;
};

/** One page of the table of incidents, drills not among them; what is not known comes last, whichever way it is sorted. */
export async function readHistoryPage(db: Db, query: HistoryPageQuery): Promise<HistoryPage> {
  const filter = matches(query.filter);
  const where: typeof filter = (on) => on.and([filter(on), on('is_drill', '=', 0)]);
  const column = SORT_COLUMNS[query.sort];
  const direction = query.isDescending ? ('desc' as const) : ('asc' as const);
  const count = await db
    .selectFrom('incident_facts')
    .select((on) => on.fn.countAll().as('count'))
    .where(where)
    .executeTakeFirst();
  const sorted = <Output>(from: SelectQueryBuilder<RecordTables, 'incident_facts', Output>) =>
    from
      .orderBy(column, (order) => (query.isDescending ? order.desc() : order.asc()).nullsLast())
      // The same order every time: pages must neither repeat nor miss a row.
      .orderBy('declared_at_ms', direction)
      .orderBy('incident_id', direction);
  // Only what is sorted by is carried through the sort: five times as fast on the last page of a hundred thousand.
  const ids = sorted(db.selectFrom('incident_facts').select('incident_id').where(where))
    .limit(query.limit)
    .offset(query.offset);
  const rows = await sorted(
    db.selectFrom('incident_facts').selectAll().where('incident_id', 'in', ids),
  ).execute();
  return { total: Number(count?.count ?? 0), rows: rows.map(factsOfRow) };
}

/**
 * Ramps a policy froze within the time asked about, without an incident, and none of the same prompt within `quietMs` after it.
 */
export async function readPreventingActions(
  db: Db,
  query: { readonly fromMs: number | null; readonly toMs: number | null; readonly quietMs: number },
): Promise<{ readonly promptId: string; readonly atMs: number }[]> {
  let select = db.selectFrom('policy_actions').select('body').where('state', '=', 'done');
  if (query.fromMs !== null) select = select.where('announced_at_ms', '>=', query.fromMs);
  if (query.toMs !== null) select = select.where('announced_at_ms', '<', query.toMs);
  const records = (await select.execute()).map(({ body }) => JSON.parse(body) as PolicyActionRecord);
  const found: { promptId: string; atMs: number }[] = [];
  for (const { action, incidentId } of records) {
    if (action.kind !== 'freeze-ramp' || incidentId !== null) continue;
    const after = await db
      .selectFrom('incidents')
      .select('id')
      .where('prompt_id', '=', action.promptId)
      .where('declared_at_ms', '>=', action.announcedAtMs)
      .where('declared_at_ms', '<', action.announcedAtMs + query.quietMs)
      .limit(1)
      .executeTakeFirst();
    if (!after) found.push({ promptId: action.promptId, atMs: action.announcedAtMs });
  }
  return found;
}

const flagOf = (value: boolean | null) => (value === null ? null : value ? 1 : 0);
const booleanOf = (value: number | null) => (value === null ? null : Number(value) === 1);
const numberOf = (value: number | null) => (value === null ? null : Number(value));

function rowOf(facts: FactsRecord['facts']): Omit<FactsTable, 'incident_id' | 'recurrence_of'> {
  const times = Object.fromEntries(
    Object.entries(METRIC_COLUMNS).map(([metric, column]) => [column, facts.times[metric as ResponseMetric]]),
  ) as Pick<FactsTable, (typeof METRIC_COLUMNS)[ResponseMetric]>;
  return {
    prompt_id: facts.promptId,
    prompt_title: facts.promptTitle,
    team: facts.team,
    service: facts.service,
    trigger_kind: facts.trigger,
    signal: facts.signal,
    lever: facts.lever,
    severity: facts.severity,
    status: facts.status,
    declared_at_ms: facts.declaredAtMs,
    closed_at_ms: facts.closedAtMs,
    week_start_ms: facts.weekStartMs,
    ...times,
    is_drill: facts.isDrill ? 1 : 0,
    has_eval_case: flagOf(facts.hasEvalCase),
    eval_outcome: facts.evalOutcome,
    has_waiver: flagOf(facts.hasWaiver),
    bad_conversations: facts.badConversations,
  };
}

const rowWords = z.object({
  trigger: incidentFactsSchema.shape.trigger,
  signal: incidentFactsSchema.shape.signal,
  lever: incidentFactsSchema.shape.lever,
  severity: incidentFactsSchema.shape.severity,
  status: incidentFactsSchema.shape.status,
  evalOutcome: incidentFactsSchema.shape.evalOutcome,
});

/** The measured times of a row; PostgreSQL's bigint may come as text. */
function timesOfRow(
  row: Pick<Selectable<FactsTable>, (typeof METRIC_COLUMNS)[ResponseMetric]>,
): IncidentFacts['times'] {
  return {
    detect: numberOf(row.detect_ms),
    identify: numberOf(row.identify_ms),
    decide: numberOf(row.decide_ms),
    rollback: numberOf(row.rollback_ms),
    verify: numberOf(row.verify_ms),
    note: numberOf(row.note_ms),
    eval: numberOf(row.eval_ms),
    'time-to-rollback': numberOf(row.to_rollback_ms),
    'time-to-recover': numberOf(row.to_recover_ms),
    total: numberOf(row.total_ms),
  };
}

function factsOfRow(row: Selectable<FactsTable>): IncidentFacts {
  const { trigger_kind: trigger, signal, lever, severity, status, eval_outcome: evalOutcome } = row;
  return {
    ...rowWords.parse({ trigger, signal, lever, severity, status, evalOutcome }),
    incidentId: row.incident_id,
    promptId: row.prompt_id,
    promptTitle: row.prompt_title,
    team: row.team,
    service: row.service,
    declaredAtMs: Number(row.declared_at_ms),
    closedAtMs: numberOf(row.closed_at_ms),
    weekStartMs: Number(row.week_start_ms),
    times: timesOfRow(row),
    isDrill: Number(row.is_drill) === 1,
    recurrenceOf: row.recurrence_of,
    hasEvalCase: booleanOf(row.has_eval_case),
    hasWaiver: booleanOf(row.has_waiver),
    badConversations: numberOf(row.bad_conversations),
  };
}
