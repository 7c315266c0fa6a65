import { DuckDBInstance } from '@duckdb/node-api';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { startCockpit } from '../support/cockpit.ts';
import { atMost, type BenchItem, median, type Measure, type Scale, shown, timed } from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { benchCalls, engineFile, memoryMb } from './engine-access.ts';

/**
 * The list of what the bad version wrote, over hours of a large service. The least work there is: group the version's spans by
 * conversation and take a page, by hand, in a DuckDB with as many threads and as much memory. The product also counts them all, asks
 * each conversation on which version it began and whether an error was reported later, and lists the traces of the page.
 */
const TIMES_BARE = 6;
const MEMORY_MB = 1_024;
const PAGE = 200;
/** Turns of a conversation, and one conversation in so many on the bad version. */
const TURNS = 3;
const ONE_IN = 5;
const HOURS = 2;

const BARE_PAGE = `
  SELECT conversation_key, min(start_ms) AS first_ms, max(end_ms), arg_min(conversation, start_ms), arg_min(cohort, start_ms),
    arg_min(worker, start_ms), bool_or(downstream)
  FROM spans WHERE prompt = 'support' AND version = 'v18'
  GROUP BY conversation_key ORDER BY first_ms, conversation_key LIMIT ${PAGE}`;

/** Fills the store of an engine that is not running: through the receiver it would take minutes. */
function fillSql(spans: number, untilMs: number): string[] {
  const fromMs = untilMs - HOURS * 3_600_000;
  const everyMs = (untilMs - fromMs) / spans;
  return [
    `INSERT INTO spans BY NAME
     SELECT (${fromMs} + i * ${everyMs})::BIGINT AS start_ms, start_ms + 900 AS end_ms, i AS span_key, i // ${TURNS} AS trace_key,
       NULL::BIGINT AS response_key, NULL::BIGINT AS thread_key, i // ${TURNS} AS conversation_key, 'support' AS prompt,
       CASE WHEN (i // ${TURNS}) % ${ONE_IN} = 0 THEN 'v18' ELSE 'v17' END AS version, 'sha-' || version AS sha,
       'cohort-' || (i // ${TURNS}) % 7 AS cohort, 'worker-' || (i // ${TURNS}) % 48 AS worker,
       'c-' || (i // ${TURNS}) AS conversation, printf('%032x', i // ${TURNS}) AS trace_id, printf('%016x', i) AS span_id,
       i % 40 = 0 AS is_error, CASE WHEN i % 40 = 0 THEN 'the answer could not be parsed' END AS error,
       CASE WHEN i % 40 = 0 THEN 'parse_error' END AS error_type, NULL::VARCHAR AS model, false AS complaint, false AS safety,
       i % 40 = 0 AS downstream, NULL::DOUBLE AS csat, 'Where is order ' || i AS input, 'On its way' AS output, end_ms AS received_ms
     FROM range(${spans}) AS made(i)`,
    `INSERT INTO conversations BY NAME
     SELECT min(start_ms) AS start_ms, max(end_ms) AS end_ms, conversation_key, 'support' AS prompt, any_value(version) AS version,
       any_value(sha) AS sha, any_value(cohort) AS cohort, any_value(worker) AS worker, any_value(conversation) AS conversation,
       min(start_ms) AS first_rank, bool_or(is_error) AS is_error, false AS complaint, false AS safety,
       bool_or(downstream) AS downstream, NULL::DOUBLE AS csat, NULL::BIGINT AS csat_rank
     FROM spans GROUP BY conversation_key`,
  ];
}

async function inStore<T>(
  file: string,
  work: (run: (sql: string) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(file, { threads: '2', memory_limit: '512MB' });
  const connection = await instance.connect();
  try {
    return await work((sql) => connection.runAndReadAll(sql));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function medianMs(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) took.push((await timed(work)).tookMs);
  return median(took);
}

async function measure({ isQuick, say }: Scale): Promise<Measure[]> {
  const spans = isQuick ? 300_000 : 4_000_000;
  const rounds = isQuick ? 3 : 9;
  const cockpit = await startCockpit({ workspace: benchWorkspace({ promptIds: ['support'] }) });
  try {
    await cockpit.crash();
    say(`filling the store with ${spans.toLocaleString('en')} spans`);
    const bareMs = await inStore(join(cockpit.dataDir, 'telemetry.duckdb'), async (run) => {
      for (const sql of fillSql(spans, Date.now())) await run(sql);
      await run('CHECKPOINT');
      return medianMs(rounds, () => run(BARE_PAGE));
    });
    await cockpit.restart();
    const calls = benchCalls(cockpit.dataDir);
    const { id: incidentId } = await calls.incident.declare({
      operationId: randomUUID(),
      promptId: 'support',
      reason: 'declared for a measurement',
    });
    await calls.incident.identify({ operationId: randomUUID(), incidentId, version: 'v18' });
    say('asking for pages of records');
    const { total } = await calls.wave2.records({ incidentId, offset: 0, limit: PAGE });
    const page = (offset: number, filter: object = {}) =>
      medianMs(rounds, () => calls.wave2.records({ incidentId, offset, limit: PAGE, filter }));
    const wanted = Math.ceil(spans / TURNS / ONE_IN);
    if (total !== wanted) throw new Error(`${total} records listed, ${wanted} written`);
    const against = (what: string, tookMs: number) =>
      atMost(
        `${what}, against the bare page`,
        tookMs / bareMs,
        'x',
        TIMES_BARE,
        `${tookMs.toFixed(0)} ms, median of ${rounds}`,
      );
    const measures = [
      against('the first page', await page(0)),
      against('the last page', await page(Math.max(0, total - PAGE))),
      against(
        'a page of those with errors in one cohort',
        await page(0, { hasError: true, cohort: 'cohort-3' }),
      ),
      against('a conversation found by its name', await page(0, { text: 'c-12345' })),
      against('what the bad window holds', await medianMs(rounds, () => calls.wave2.look({ incidentId }))),
    ];
    const { nowMb, peakMb } = memoryMb(engineFile(cockpit.dataDir).pid);
    return [
      ...measures,
      shown(
        'the bare page',
        bareMs,
        'ms',
        `${spans.toLocaleString('en')} spans, ${total.toLocaleString('en')} records`,
      ),
      atMost(
        'memory of the engine',
        peakMb,
        'MB',
        MEMORY_MB,
        `the most it had; ${nowMb.toFixed(0)} at the end`,
      ),
    ];
  } finally {
    await cockpit.stop();
  }
}

export const wave2: BenchItem = {
  name: 'wave2',
  title: 'What a bad version left behind',
  run: measure,
};
