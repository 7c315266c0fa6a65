import {
  type HistorySet,
  type HistorySummary,
  type IncidentFacts,
  RESPONSE_METRICS,
} from '#shared/model/history.ts';
import { EVAL_OUTCOMES, ITEM_AGES } from './words.ts';

type Cell = string | number | boolean | null;

/**
 * CSV as RFC 4180 has it: CRLF, quoted where needed. A text that a spreadsheet would take for a formula is disarmed with a leading
 * apostrophe: prompt titles and owners come from other people's files.
 */
export function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: Cell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const moment = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());

/** One line per incident, times in ms. `withHeader` false continues a file begun with the page before. */
export function incidentsCsv(rows: readonly IncidentFacts[], withHeader = true): string {
  const header: readonly Cell[] = [
    'incident',
    'prompt',
    'title',
    'team',
    'service',
    'severity',
    'status',
    'trigger',
    'signal',
    'lever',
    'declared',
    'closed',
    'drill',
    'recurrence_of',
    'eval_case',
    'eval_outcome',
    'waiver',
    'bad_conversations',
    ...RESPONSE_METRICS.map(({ id }) => `${id}_ms`),
  ];
  const lines = rows.map((row): readonly Cell[] => [
    row.incidentId,
    row.promptId,
    row.promptTitle,
    row.team,
    row.service,
    row.severity,
    row.status,
    row.trigger,
    row.signal,
    row.lever,
    moment(row.declaredAtMs),
    moment(row.closedAtMs),
    row.isDrill,
    row.recurrenceOf,
    row.hasEvalCase,
    row.evalOutcome,
    row.hasWaiver,
    row.badConversations,
    ...RESPONSE_METRICS.map(({ id }) => row.times[id]),
  ]);
  return csv(withHeader ? [header, ...lines] : lines);
}

/**
 * The figures, one line per group and metric, in ms: `all` and `drills` first, then the groups; then counts alone, of eval cases by week
 * and of unfinished action items by age and by owner. An empty cell is a figure that there is not (too few incidents, nothing measured).
 */
export function figuresCsv(summary: HistorySummary): string {
  const header: readonly Cell[] = [
    'group',
    'key',
    'title',
    'closed',
    'open',
    'metric',
    'target_ms',
    'count',
    'within_target',
    'median_ms',
    'p90_ms',
    'mean_ms',
    'min_ms',
    'max_ms',
  ];
  const lines = (group: string, key: string, title: string, { closed, open, metrics }: HistorySet) =>
    metrics.map((one): readonly Cell[] => [
      group,
      key,
      title,
      closed,
      open,
      one.metric,
      RESPONSE_METRICS.find(({ id }) => id === one.metric)?.targetMs ?? null,
      one.count,
      one.withinTarget,
      one.medianMs,
      one.p90Ms,
      one.meanMs,
      one.minMs,
      one.maxMs,
    ]);
  return csv([
    header,
    ...lines('all', '', 'incidents', summary.incidents),
    ...lines('drills', '', 'drills', summary.drills),
    ...summary.groups.flatMap(({ key, title, figures }) => lines(summary.groupBy, key, title, figures)),
    ...aftermathLines(summary),
  ]);
}

const NO_TIMES: readonly Cell[] = [null, null, null, null, null, null];

/** Counts in the columns of the figures: group, key, title, –, –, what is counted, –, how many. */
function aftermathLines({ evalWeeks, actionItems }: HistorySummary): (readonly Cell[])[] {
  const line = (group: string, key: string, title: string, what: string, count: number): readonly Cell[] => [
    group,
    key,
    title,
    null,
    null,
    what,
    null,
    count,
    ...NO_TIMES,
  ];
  const items = (group: string, key: string, title: string, one: { unfinished: number; overdue: number }) => [
    line(group, key, title, 'action-items-unfinished', one.unfinished),
    line(group, key, title, 'action-items-overdue', one.overdue),
  ];
  return [
    ...evalWeeks.flatMap(({ key, counts }) =>
      EVAL_OUTCOMES.map(({ id, title }) =>
        line('eval-week', key, `week of ${key}`, `eval-cases-${title.replaceAll(' ', '-')}`, counts[id]),
      ),
    ),
    ...actionItems.ages.flatMap(({ age, ...counts }) => items('item-age', age, ITEM_AGES[age], counts)),
    ...actionItems.owners.flatMap(({ owner, ...counts }) =>
      items('item-owner', owner ?? '', owner ?? 'nobody named', counts),
    ),
  ];
}
