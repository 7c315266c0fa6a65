import pg from 'pg';
import { closedAfterMs, METRIC_COLUMNS, spread, weekOf } from './history-fill.ts';

/**
 * Fills a team's database like `fillHistory` fills a file: `count` incidents like the newest one that is in it, `everyMs` apart, with
 * `events` timeline lines each and their facts.
 */
export async function fillHistoryInPostgres(
  url: string,
  options: { count: number; events: number; endMs: number; everyMs?: number },
): Promise<void> {
  const { count, events, endMs, everyMs = 600_000 } = options;
  const declared = `(${endMs}::bigint - (${count} - i) * ${everyMs}::bigint)`;
  const closed = `(${declared} + ${closedAfterMs})`;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`
      begin;
      create temp table model on commit drop as select body::jsonb as body from incidents order by declared_at_ms desc limit 1;
      insert into incidents (id, prompt_id, status, declared_at_ms, body)
      select 'INC-20200101-' || i, 'prompt-' || (i % 40), 'closed', ${declared},
        (body || jsonb_build_object('id', 'INC-20200101-' || i, 'promptId', 'prompt-' || (i % 40), 'status', 'closed',
          'declaredAtMs', ${declared}, 'closedAtMs', ${closed}))::text
      from generate_series(0, ${count - 1}) as i, model;
      insert into timeline (id, incident_id, at_ms, recorded_at_ms, kind, by_whom, text)
      select 'line-' || i || '-' || line, 'INC-20200101-' || i, ${declared} + line * 60000, ${declared} + line * 60000, 'note', 'ana',
        'complaints are at 20.4 per 1,000 conversations, 4.1 times the control version, line ' || line
      from generate_series(0, ${count - 1}) as i, generate_series(0, ${events - 1}) as line;
      insert into incident_facts (incident_id, prompt_id, prompt_title, team, service, trigger_kind, signal, lever, severity, status,
        declared_at_ms, closed_at_ms, week_start_ms, is_drill, recurrence_of, has_eval_case, has_waiver, bad_conversations, eval_outcome,
        ${METRIC_COLUMNS.join(', ')})
      select 'INC-20200101-' || i, 'prompt-' || (i % 40), 'Prompt ' || (i % 40), 'team-' || (i % 8), 'bench', 'incident', 'complaints',
        'flag', 'P2', 'closed', ${declared}, ${closed}, ${weekOf(declared)}, case when i % 20 = 0 then 1 else 0 end, null, i % 2, 0, 40,
        case i % 7 when 0 then 'waived' when 1 then 'not-owed' when 2 then 'missing' else 'proven' end,
        ${METRIC_COLUMNS.map((_, metric) => spread(metric, 'i::bigint')).join(', ')}
      from generate_series(0, ${count - 1}) as i;
      commit`);
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}
