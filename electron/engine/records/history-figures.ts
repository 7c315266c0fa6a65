import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import {
  ENOUGH_INCIDENTS,
  type HistoryFilter,
  type HistoryGroup,
  type HistorySet,
  type MetricFigures,
  RESPONSE_METRICS,
  type ResponseMetric,
} from '#shared/model/history.ts';
import { matches, METRIC_COLUMNS } from './history-store.ts';
import type { RecordTables } from './tables.ts';

type Db = Kysely<RecordTables> | Transaction<RecordTables>;

/** What figures may be grouped by: what a person asks for, and incidents against drills. */
export type FigureGroup = HistoryGroup | 'drill';

const GROUP_COLUMNS = {
  week: 'week_start_ms',
  prompt: 'prompt_id',
  team: 'team',
  trigger: 'trigger_kind',
  lever: 'lever',
  drill: 'is_drill',
} as const satisfies Record<FigureGroup, keyof RecordTables['incident_facts']>;

export type GroupFigures = { readonly key: string; readonly title: string; readonly figures: HistorySet };

export type FiguresQuery = {
  readonly filter: HistoryFilter;
  readonly groupBy: FigureGroup;
  readonly withMeans: boolean;
};

/**
 * The figures of every group. Grouped by `drill` the keys are '0' (incidents) and '1' (drills); every other grouping is of incidents
 * alone. One statement per metric, so that whoever runs them can do something else in between (`pause`): SQLite answers on the
 * engine's own thread. Ranks come from window functions, which SQLite and PostgreSQL share: SQLite has no percentile_cont.
 */
export async function readFigures(
  db: Db,
  query: FiguresQuery,
  pause: () => Promise<void>,
): Promise<GroupFigures[]> {
  const groups = await readCounts(db, query);
  for (const { id, targetMs } of RESPONSE_METRICS) {
    await pause();
    const found = new Map((await readMetric(db, query, id, targetMs)).map((row) => [row.key, row.figures]));
    for (const group of groups) group.figures.metrics.push(found.get(group.key) ?? nothing(id));
  }
  return groups;
}

/** Group keys are text: '' stands for "none named". */
function keyOf({ groupBy }: FiguresQuery): RawBuilder<string> {
  return sql<string>`coalesce(cast(${sql.ref(GROUP_COLUMNS[groupBy])} as text), '')`;
}

function selected(db: Db, { filter, groupBy }: FiguresQuery) {
  const select = db.selectFrom('incident_facts').where(matches(filter));
  return groupBy === 'drill' ? select : select.where('is_drill', '=', 0);
}

async function readCounts(db: Db, query: FiguresQuery): Promise<GroupFigures[]> {
  const counted = (condition: RawBuilder<unknown>) =>
    sql<number>`sum(case when ${condition} then 1 else 0 end)`;
  const isClosed = sql`status = 'closed'`;
  const rows = await selected(db, query)
    .select([
      keyOf(query).as('key'),
      sql<string>`max(prompt_title)`.as('prompt_title'),
      counted(isClosed).as('closed'),
      counted(sql`status <> 'closed'`).as('open'),
      counted(sql`recurrence_of is not null`).as('recurrences'),
      counted(sql`has_eval_case = 1`).as('proven'),
      // An open incident still has its time for the eval case.
      counted(sql`has_eval_case = 0 and ${isClosed}`).as('missing'),
      counted(sql`has_eval_case is null and ${isClosed}`).as('evals_unknown'),
      counted(sql`has_waiver = 1`).as('waivers'),
      counted(sql`has_waiver is null`).as('waivers_unknown'),
    ])
    .groupBy(keyOf(query))
    .execute();
  return rows.map((row) => ({
    key: row.key,
    title: row.prompt_title,
    figures: {
      closed: Number(row.closed),
      open: Number(row.open),
      recurrences: Number(row.recurrences),
      evalCases: {
        proven: Number(row.proven),
        missing: Number(row.missing),
        unknown: Number(row.evals_unknown),
      },
      waivers: { given: Number(row.waivers), unknown: Number(row.waivers_unknown) },
      metrics: [],
    },
  }));
}

/**
 * Median (mean of the two middle ranks) and 90th percentile (nearest rank, ceil(0.9 n)) of closed incidents. Integer division, so
 * that both databases round alike.
 */
async function readMetric(
  db: Db,
  query: FiguresQuery,
  metric: ResponseMetric,
  targetMs: number,
): Promise<{ key: string; figures: MetricFigures }[]> {
  const value = METRIC_COLUMNS[metric];
  const group = keyOf(query);
  const ranked = selected(db, query)
    .where('status', '=', 'closed')
    .where(value, 'is not', null)
    .select([
      group.as('key'),
      sql<number>`${sql.ref(value)}`.as('ms'),
      sql<number>`row_number() over (partition by ${group} order by ${sql.ref(value)})`.as('rank'),
      sql<number>`count(*) over (partition by ${group})`.as('size'),
    ]);
  const rows = await db
    .selectFrom(ranked.as('ranked'))
    .select([
      'ranked.key',
      sql<number>`max(size)`.as('count'),
      sql<number>`sum(case when ms <= ${sql.lit(targetMs)} then 1 else 0 end)`.as('within_target'),
      sql<number>`avg(case when rank in ((size + 1) / 2, (size + 2) / 2) then ms end)`.as('median'),
      sql<number>`max(case when rank = (9 * size + 9) / 10 then ms end)`.as('p90'),
      sql<number>`avg(ms)`.as('mean'),
      sql<number>`min(ms)`.as('least'),
      sql<number>`max(ms)`.as('most'),
    ])
    .groupBy('ranked.key')
    .execute();
  return rows.map((row) => {
    const count = Number(row.count);
    const isEnough = count >= ENOUGH_INCIDENTS;
    return {
      key: row.key,
      figures: {
        metric,
        count,
        withinTarget: Number(row.within_target),
        medianMs: isEnough ? Number(row.median) : null,
        p90Ms: isEnough ? Number(row.p90) : null,
        meanMs: isEnough && query.withMeans ? Number(row.mean) : null,
        minMs: Number(row.least),
        maxMs: Number(row.most),
      },
    };
  });
}

function nothing(metric: ResponseMetric): MetricFigures {
  const none = { medianMs: null, p90Ms: null, meanMs: null, minMs: null, maxMs: null };
  return { metric, count: 0, withinTarget: 0, ...none };
}

/** Of no incident at all. */
export function emptySet(): HistorySet {
  return {
    closed: 0,
    open: 0,
    recurrences: 0,
    evalCases: { proven: 0, missing: 0, unknown: 0 },
    waivers: { given: 0, unknown: 0 },
    metrics: RESPONSE_METRICS.map(({ id }) => nothing(id)),
  };
}

/** What the filters can offer, from the incidents there are. */
export async function readChoices(
  db: Db,
): Promise<{ prompts: { id: string; title: string }[]; teams: string[] }> {
  const prompts = await db
    .selectFrom('incident_facts')
    .select(['prompt_id', sql<string>`max(prompt_title)`.as('title')])
    .groupBy('prompt_id')
    .orderBy('prompt_id')
    .limit(500)
    .execute();
  const teams = await db
    .selectFrom('incident_facts')
    .select('team')
    .distinct()
    .where('team', 'is not', null)
    .orderBy('team')
    .limit(500)
    .execute();
  return {
    prompts: prompts.map(({ prompt_id: id, title }) => ({ id, title })),
    teams: teams.map(({ team }) => team ?? ''),
  };
}
