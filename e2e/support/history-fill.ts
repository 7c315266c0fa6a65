import { DatabaseSync } from 'node:sqlite';
import { RESPONSE_METRICS } from '#shared/model/history.ts';

const HOUR_MS = 3600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
/** 1970-01-05 00:00 UTC, a Monday. */
const MONDAY_MS = 4 * 24 * HOUR_MS;
/** Two minutes to half an hour, spread evenly, different per metric, the same in every run. */
export const spread = (metric: number, i = 'i') =>
  `(120000 + ((${i} * ${2_654_435 + metric * 7_919}) % 1680000))`;
export const closedAfterMs = HOUR_MS;
/** Monday 00:00 UTC of a moment, in SQL whose division of whole numbers is whole. */
export const weekOf = (moment: string) =>
  `((${moment} - ${MONDAY_MS}) / ${WEEK_MS}) * ${WEEK_MS} + ${MONDAY_MS}`;

/** Names of the metrics' columns, as the store has them. */
export const METRIC_COLUMNS = RESPONSE_METRICS.map(({ id }) =>
  id.startsWith('time-to-') ? `${id.slice('time-'.length).replace('-', '_')}_ms` : `${id}_ms`,
);

/**
 * Fills a record file with `count` incidents like the one that is in it, `everyMs` (ten minutes) apart, `events` timeline lines each, and their
 * facts; every twentieth a drill. Written with SQL, because a hundred thousand through the door would take hours.
 */
export function fillHistory(
  file: string,
  options: { count: number; events: number; endMs: number; everyMs?: number },
): void {
  const { count, events, endMs, everyMs = 600_000 } = options;
  const handle = new DatabaseSync(file);
  const numbers = (most: number) =>
    `with recursive numbers(i) as (select 0 union all select i + 1 from numbers where i < ${most - 1})`;
  const declared = `(${endMs} - (${count} - i) * ${everyMs})`;
  const closed = `${declared} + ${HOUR_MS}`;
  const week = weekOf(declared);
  handle.exec(`
    pragma synchronous = off;
    begin;
    create temp table model as select body from incidents limit 1;
    ${numbers(count)}
    insert into incidents (id, prompt_id, status, declared_at_ms, body)
    select 'INC-20200101-' || i, 'prompt-' || (i % 40), 'closed', ${declared},
      (select json_set(body, '$.id', 'INC-20200101-' || i, '$.promptId', 'prompt-' || (i % 40), '$.status', 'closed',
        '$.declaredAtMs', ${declared}, '$.closedAtMs', ${closed}) from model)
    from numbers;
    ${numbers(count)}, lines(line) as (select 0 union all select line + 1 from lines where line < ${events - 1})
    insert into timeline (id, incident_id, at_ms, recorded_at_ms, kind, by_whom, text)
    select 'line-' || i || '-' || line, 'INC-20200101-' || i, ${declared} + line * 60000, ${declared} + line * 60000, 'note', 'ana',
      'complaints are at 20.4 per 1,000 conversations, 4.1 times the control version, line ' || line
    from numbers, lines;
    ${numbers(count)}
    insert into incident_facts (incident_id, prompt_id, prompt_title, team, service, trigger_kind, signal, lever, severity, status,
      declared_at_ms, closed_at_ms, week_start_ms, is_drill, recurrence_of, has_eval_case, has_waiver, bad_conversations, eval_outcome,
      ${METRIC_COLUMNS.join(', ')})
    select 'INC-20200101-' || i, 'prompt-' || (i % 40), 'Prompt ' || (i % 40), 'team-' || (i % 8), 'bench', 'incident', 'complaints',
      'flag', 'P2', 'closed', ${declared}, ${closed}, ${week}, i % 20 = 0, null, i % 2, 0, 40, case i % 7 when 0 then 'waived' when 1 then 'not-owed' when 2 then 'missing' else 'proven' end,
      ${METRIC_COLUMNS.map((_, metric) => spread(metric)).join(', ')}
    from numbers;
    commit;
    analyze;
    pragma wal_checkpoint(truncate)`);
  handle.close();
}
