import type { Kysely, Transaction } from 'kysely';
import { countEvalCase, createTally, noEvalCases, type Tally } from '#shared/domain/history/tally.ts';
import type { ActionItem } from '#shared/model/action-item.ts';
import {
  type EvalCounts,
  evalOutcomeSchema,
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

const GROUP_COLUMNS = {
  week: 'week_start_ms',
  prompt: 'prompt_id',
  team: 'team',
  trigger: 'trigger_kind',
  lever: 'lever',
} as const satisfies Record<HistoryGroup, keyof RecordTables['incident_facts']>;

/** Rows read at once: few enough that whatever else the engine does is never kept waiting for more than some milliseconds. */
const PAGE_ROWS = 2_000;

export type FiguresQuery = {
  readonly filter: HistoryFilter;
  readonly groupBy: HistoryGroup;
  readonly withMeans: boolean;
};

export type Figures = {
  readonly incidents: HistorySet;
  readonly drills: HistorySet;
  /** Of incidents alone. Keys are text: '' stands for "none named". */
  readonly groups: readonly { readonly key: string; readonly title: string; readonly figures: HistorySet }[];
  /** By the week's first moment, oldest first; of incidents alone. */
  readonly evalWeeks: readonly { readonly weekStartMs: number; readonly counts: EvalCounts }[];
};

/**
 * The figures of the whole and of every group, from one pass over the rows that the filter leaves, in the order of the index by
 * time. The database selects, the ranks are counted here: with window functions, the only form that SQLite and PostgreSQL share,
 * SQLite sorts once per metric and grouping on the engine's own thread: several times as long (the bench `history` has the figures),
 * and nothing else gets a turn. `pause` gives it one.
 */
export async function readFigures(db: Db, query: FiguresQuery, pause: () => Promise<void>): Promise<Figures> {
  const incidents = createTally();
  const drills = createTally();
  const groups = new Map<string, { title: string; tally: Tally }>();
  const weeks = new Map<number, EvalCounts>();
  const groupColumn = GROUP_COLUMNS[query.groupBy];
  for await (const rows of pages(db, query.filter, groupColumn)) {
    for (const row of rows) {
      const counted = {
        isClosed: row.status === 'closed',
        isRecurrence: row.recurrence_of !== null,
        evalOutcome: row.eval_outcome === null ? null : evalOutcomeSchema.parse(row.eval_outcome),
        hasWaiver: row.has_waiver === null ? null : Number(row.has_waiver) === 1,
      };
      const timeOf = (metric: ResponseMetric) => {
        const ms = row[METRIC_COLUMNS[metric]];
        return ms === null ? null : Number(ms);
      };
      if (Number(row.is_drill) === 1) {
        drills.add(counted, timeOf);
        continue;
      }
      incidents.add(counted, timeOf);
      const weekStartMs = Number(row.week_start_ms);
      const week = weeks.get(weekStartMs) ?? noEvalCases();
      countEvalCase(week, counted);
      weeks.set(weekStartMs, week);
      const key = String(row[groupColumn] ?? '');
      const group = groups.get(key) ?? { title: '', tally: createTally() };
      // The newest name a prompt had.
      group.title = row.prompt_title;
      group.tally.add(counted, timeOf);
      groups.set(key, group);
    }
    await pause();
  }
  const setOf = async (tally: Tally): Promise<HistorySet> => {
    const metrics: MetricFigures[] = [];
    for (const { id } of RESPONSE_METRICS) {
      metrics.push(tally.figures(id, query.withMeans));
      await pause();
    }
    return { ...tally.counts(), metrics };
  };
  const found: Figures['groups'][number][] = [];
  for (const [key, { title, tally }] of groups) found.push({ key, title, figures: await setOf(tally) });
  return {
    incidents: await setOf(incidents),
    drills: await setOf(drills),
    groups: found,
    evalWeeks: [...weeks]
      .map(([weekStartMs, counts]) => ({ weekStartMs, counts }))
      .toSorted((a, b) => a.weekStartMs - b.weekStartMs),
  };
}

/** The rows of a filter by time, a page at a time, each page from where the one before ended. */
async function* pages(db: Db, filter: HistoryFilter, groupColumn: (typeof GROUP_COLUMNS)[HistoryGroup]) {
  let after: { readonly atMs: number; readonly id: string } | null = null;
  for (;;) {
    let select = db
      .selectFrom('incident_facts')
      .select([
        'incident_id',
        groupColumn,
        'prompt_title',
        'status',
        'declared_at_ms',
        'is_drill',
        'recurrence_of',
        'eval_outcome',
        'week_start_ms',
        'has_waiver',
        ...Object.values(METRIC_COLUMNS),
      ])
      .where(matches(filter))
      .orderBy('declared_at_ms')
      .orderBy('incident_id')
      .limit(PAGE_ROWS);
    if (after !== null) {
      const { atMs, id } = after;
      select = select
        .where('declared_at_ms', '>=', atMs)
        .where((on) => on.or([on('declared_at_ms', '>', atMs), on('incident_id', '>', id)]));
    }
    const rows = await select.execute();
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return;
    after = { atMs: Number(last.declared_at_ms), id: last.incident_id };
  }
}

/** The unfinished action items of the incidents that a filter leaves. */
export async function readUnfinishedItems(db: Db, filter: HistoryFilter): Promise<ActionItem[]> {
  const incidents = db.selectFrom('incident_facts').select('incident_id').where(matches(filter));
  const rows = await db
    .selectFrom('action_items')
    .select('body')
    .where('state', 'in', ['open', 'in-progress'])
    .where('incident_id', 'in', incidents)
    .execute();
  return rows.map(({ body }) => JSON.parse(body) as ActionItem);
}

/** What the filters can offer, from the incidents there are; drills are played with prompts of their own. */
export async function readChoices(
  db: Db,
): Promise<{ prompts: { id: string; title: string }[]; teams: string[] }> {
  const prompts = await db
    .selectFrom('incident_facts')
    .select((on) => ['prompt_id', on.fn.max('prompt_title').as('title')])
    .where('is_drill', '=', 0)
    .groupBy('prompt_id')
    .orderBy('prompt_id')
    .limit(500)
    .execute();
  const teams = await db
    .selectFrom('incident_facts')
    .select('team')
    .distinct()
    .where('team', 'is not', null)
    .where('is_drill', '=', 0)
    .orderBy('team')
    .limit(500)
    .execute();
  return {
    prompts: prompts.map(({ prompt_id: id, title }) => ({ id, title })),
    teams: teams.map(({ team }) => team ?? ''),
  };
}
