import { DuckDBInstance } from '@duckdb/node-api';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startCockpit } from '../support/cockpit.ts';
import { atLeast, atMost, type BenchItem, quantile, type Scale, shown, timed } from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { type BenchCalls, benchCalls, engineFile, memoryMb } from './engine-access.ts';

const run = promisify(execFile);
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

type Sent = {
  acknowledged: number;
  xor: string;
  tookMs: number;
  sentAgain: number;
  answerP50Ms: number;
  answerP99Ms: number;
};

const QUERIES = ['distribution', 'workers', 'samples', 'comparisons'] as const;

async function askAll(calls: BenchCalls): Promise<Record<(typeof QUERIES)[number], number>> {
  const toMs = Date.now();
  const window = { fromMs: toMs - 3600_000, toMs };
  const promptId = 'support';
  const took = async (work: () => Promise<unknown>) => (await timed(work)).tookMs;
  return {
    distribution: await took(() => calls.evidence.distribution({ promptId, window, bucketMs: 10_000 })),
    workers: await took(() => calls.evidence.workers({ promptId, window })),
    samples: await took(() => calls.evidence.samples({ promptId, window, version: 'v18', kind: 'good' })),
    comparisons: await took(() => calls.evidence.comparisons({ promptId })),
  };
}

async function bareAppender(dataDir: string, seconds: number, createSql: string): Promise<number> {
  const file = join(dataDir, 'bare.duckdb');
  const { stdout } = await run(process.execPath, [
    script('./bare-appender.ts'),
    file,
    String(seconds),
    createSql,
  ]);
  return (JSON.parse(stdout) as { perSecond: number }).perSecond;
}

/** What is in the file after `kill -9`: counted past the engine. */
async function storedIn(
  file: string,
): Promise<{ spans: number; distinct: number; xor: string; createSql: string }> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  const [row] = (
    await connection.runAndReadAll(`
      SELECT count(*)::DOUBLE, count(DISTINCT span_id)::DOUBLE, coalesce(bit_xor(('0x' || span_id)::UBIGINT), 0)::VARCHAR,
        (SELECT sql FROM duckdb_tables() WHERE table_name = 'spans') FROM spans`)
  ).getRowsJS() as [number, number, string, string][];
  connection.closeSync();
  instance.closeSync();
  if (row === undefined) throw new Error('the store holds no count');
  const [spans, distinct, xor, createSql] = row;
  return { spans, distinct, xor, createSql };
}

async function measure({ isQuick, say }: Scale) {
  const seconds = isQuick ? 8 : 60;
  const cockpit = await startCockpit({ workspace: benchWorkspace({ promptIds: ['support'] }) });
  try {
    const calls = benchCalls(cockpit.dataDir);
    const { info } = await calls.engine.info();
    if (info.otlpEndpoint === null) throw new Error(`no OTLP endpoint:\n${cockpit.logTail()}`);
    const { pid } = engineFile(cockpit.dataDir);
    const idleMb = memoryMb(pid).nowMb;

    say(`sending for ${seconds} s`);
    const sending = run(process.execPath, [
      script('./ingest-sender.ts'),
      new URL(info.otlpEndpoint).origin,
      String(seconds),
      '8',
    ]);
    const answers: Record<(typeof QUERIES)[number], number[]> = {
      distribution: [],
      workers: [],
      samples: [],
      comparisons: [],
    };
    const done = new AbortController();
    const asking = (async () => {
      while (!done.signal.aborted) {
        const took = await askAll(calls);
        for (const query of QUERIES) answers[query].push(took[query]);
        await sleep(1000);
      }
    })();
    const { stdout } = await sending.finally(() => {
      done.abort();
    });
    await asking;
    const sent = JSON.parse(stdout) as Sent;
    const { peakMb } = memoryMb(pid);
    await cockpit.crash();
    say('counting what is on disk');
    const stored = await storedIn(join(cockpit.dataDir, 'telemetry.duckdb'));
    say('the bare appender');
    const bare = await bareAppender(cockpit.dataDir, isQuick ? 3 : 15, stored.createSql);

    const perSecond = sent.acknowledged / (sent.tookMs / 1000);
    const all = QUERIES.flatMap((query) => answers[query]);
    return [
      shown(
        'ingest, spans acknowledged',
        perSecond,
        'spans/s',
        `${sent.acknowledged.toLocaleString('en')} in ${Math.round(sent.tookMs / 1000)} s, batches of 512 over 8 connections, 200 = on disk`,
      ),
      shown('bare appender, one commit per 512', bare, 'rows/s', 'same columns, nothing else'),
      atLeast(
        'ingest against the bare appender',
        perSecond / bare,
        'x',
        0.15,
        'decoding, deduplication, conversations and queries included; sender on the same machine',
      ),
      atMost(
        'acknowledged spans lost after kill -9',
        Math.max(0, sent.acknowledged - stored.distinct),
        '',
        0,
      ),
      atMost(
        'ids that differ',
        stored.xor === sent.xor || stored.distinct > sent.acknowledged ? 0 : 1,
        '',
        0,
        'XOR of all span ids, sender against file',
      ),
      atMost('spans stored twice', stored.spans - stored.distinct, '', 0),
      shown('answer to a batch, p50', sent.answerP50Ms, 'ms'),
      shown('answer to a batch, p99', sent.answerP99Ms, 'ms', `${sent.sentAgain} sent again`),
      ...QUERIES.map((query) =>
        shown(
          `${query} meanwhile, p50 / p95`,
          quantile(answers[query], 0.5),
          'ms',
          `p95 ${Math.round(quantile(answers[query], 0.95))} ms of ${answers[query].length}`,
        ),
      ),
      atMost('incident view queries meanwhile, p95', quantile(all, 0.95), 'ms', 1000),
      shown('engine memory before', idleMb, 'MB'),
      atMost('engine memory, most', peakMb, 'MB', 1536, 'DuckDB may take 512 MB of it'),
    ];
  } finally {
    await cockpit.stop();
  }
}

export const ingest: BenchItem = {
  name: 'ingest',
  title: 'OTLP ingest, sustained, with the incident view asking meanwhile',
  run: measure,
};
