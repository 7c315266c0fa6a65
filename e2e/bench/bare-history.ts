import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { METRIC_COLUMNS } from '../support/history-fill.ts';

/**
 * The bare SQL of history on a thread of its own: it answers without a pause, and the bench beside it must hear its connections.
 * `workerData` is the record file.
 */
export type BareQuestion =
  | { readonly kind: 'figures'; readonly fromMs: number }
  | { readonly kind: 'page'; readonly offset: number; readonly limit: number };

export type BareAnswer = { readonly tookMs: number; readonly medians: ReadonlyMap<string, number> };

/** Median and p90 of every metric, of the whole and by week, as one would write it by hand: ranks by window functions. */
function figures(handle: DatabaseSync, fromMs: number): Map<string, number> {
  const medians = new Map<string, number>();
  for (const column of METRIC_COLUMNS) {
    for (const group of ['is_drill', 'week_start_ms']) {
      const rows = handle
        .prepare(
          `select g, max(n) as n, avg(case when r in ((n + 1) / 2, (n + 2) / 2) then ms end) as median,
             max(case when r = (9 * n + 9) / 10 then ms end) as p90, min(ms), max(ms),
             sum(case when ms <= 300000 then 1 else 0 end)
           from (select ${group} as g, ${column} as ms, row_number() over (partition by ${group} order by ${column}) as r,
                   count(*) over (partition by ${group}) as n
                 from incident_facts where declared_at_ms >= ? and status = 'closed' and ${column} is not null
                   ${group === 'is_drill' ? '' : 'and is_drill = 0'})
           group by g`,
        )
        .all(fromMs);
      for (const row of rows) medians.set(`${column} ${group} ${String(row['g'])}`, Number(row['median']));
    }
  }
  return medians;
}

function answer(handle: DatabaseSync, question: BareQuestion): BareAnswer {
  const beganMs = performance.now();
  let medians = new Map<string, number>();
  if (question.kind === 'figures') medians = figures(handle, question.fromMs);
  else {
    handle
      .prepare('select * from incident_facts order by total_ms desc nulls last limit ? offset ?')
      .all(question.limit, question.offset);
  }
  return { tookMs: performance.now() - beganMs, medians };
}

if (parentPort !== null) {
  const handle = new DatabaseSync(String(workerData), { readOnly: true });
  parentPort.on('message', (question: BareQuestion) => parentPort?.postMessage(answer(handle, question)));
}
