import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import { fillHistory, METRIC_COLUMNS } from '../support/history-fill.ts';
import { fillHistoryInPostgres } from '../support/history-fill-postgres.ts';
import { startPostgres } from '../support/servers/postgres.ts';
import type { BareAnswer, BareQuestion } from './bare-history.ts';

const RECORD_FILE = 'records.db';

/** A record store under the bench: where the engine finds it, how it is filled, and its bare SQL. */
export type BenchStore = {
  readonly title: string;
  /** What the workspace file says about it, and the environment it needs. */
  readonly workspace: object;
  readonly env: Readonly<Record<string, string>>;
  /** Writes the incidents while no engine is running. */
  fill(dataDir: string, options: { count: number; events: number; endMs: number }): Promise<void>;
  /** Opens the bare SQL, once it is filled. */
  bare(dataDir: string): Promise<{
    ask(question: BareQuestion): Promise<BareAnswer>;
    end(): Promise<void>;
  }>;
  stop(): Promise<void>;
};

export function sqliteStore(): BenchStore {
  return {
    title: 'SQLite',
    workspace: {},
    env: {},
    fill: async (dataDir, options) => fillHistory(join(dataDir, RECORD_FILE), options),
    async bare(dataDir) {
      // SQLite answers without a pause, so it has a thread of its own.
      const worker = new Worker(new URL('./bare-history.ts', import.meta.url), {
        workerData: join(dataDir, RECORD_FILE),
      });
      return {
        async ask(question) {
          worker.postMessage(question);
          const [answer] = (await once(worker, 'message')) as [BareAnswer];
          return answer;
        },
        end: async () => void (await worker.terminate()),
      };
    },
    stop: async () => undefined,
  };
}

export async function postgresStore(): Promise<BenchStore> {
  const server = await startPostgres();
  return {
    title: 'PostgreSQL',
    workspace: { records: { url: { env: 'FUSEBOX_BENCH_RECORDS' } } },
    env: { FUSEBOX_BENCH_RECORDS: server.url },
    fill: (_dataDir, options) => fillHistoryInPostgres(server.url, options),
    async bare() {
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      return {
        async ask(question) {
          const beganMs = performance.now();
          const medians = new Map<string, number>();
          if (question.kind === 'figures') await figures(client, question.fromMs, medians);
          else {
            await client.query(
              'select * from incident_facts order by total_ms desc nulls last limit $1 offset $2',
              [question.limit, question.offset],
            );
          }
          return { tookMs: performance.now() - beganMs, medians };
        },
        end: () => client.end(),
      };
    },
    stop: () => server.stop(),
  };
}

/** As one would write it by hand for PostgreSQL: its own percentiles, every metric of a grouping in one query. */
async function figures(client: pg.Client, fromMs: number, medians: Map<string, number>): Promise<void> {
  for (const group of ['is_drill', 'week_start_ms']) {
    const columns = METRIC_COLUMNS.map(
      (column) =>
        `percentile_cont(0.5) within group (order by ${column}) as ${column}_median,
         percentile_disc(0.9) within group (order by ${column}) as ${column}_p90, min(${column}), max(${column}),
         count(*) filter (where ${column} <= 300000)`,
    );
    const { rows } = await client.query<Record<string, string>>(
      `select ${group} as g, ${columns.join(', ')} from incident_facts
       where declared_at_ms >= $1 and status = 'closed' ${group === 'is_drill' ? '' : 'and is_drill = 0'} group by ${group}`,
      [fromMs],
    );
    for (const row of rows) {
      for (const column of METRIC_COLUMNS)
        medians.set(`${column} ${group} ${row['g'] ?? ''}`, Number(row[`${column}_median`]));
    }
  }
}
