import { DuckDBInstance } from '@duckdb/node-api';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCockpit } from '../support/cockpit.ts';
import { atMost, type BenchItem, median, quantile, type Scale, shown, timed } from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { benchCalls, engineFile, memoryMb } from './engine-access.ts';

const DAY_MS = 24 * 3600_000;
const HOUR_MS = 3600_000;
const BUCKET_MS = 10_000;
const PROMPTS = ['support', 'planner', 'router', 'summary'];
const TURNS = 2;

/**
 * A day of spans, `TURNS` per conversation, four prompts, five cohorts, eight workers, ids as random as real ones,
 * and the conversations they add up to. Written with SQL, because ten million through the door would take minutes.
 */
function fillSql(spans: number, endMs: number): string {
  const beganMs = endMs - DAY_MS;
  const ofConversation = `
    'conversation-' || c AS conversation, hash(c, 'conversation')::HUGEINT::BIGINT AS conversation_key,
    ['${PROMPTS.join("','")}'][1 + (c % ${PROMPTS.length})] AS prompt,
    CASE WHEN hash(c, 'arm') % 20 = 0 THEN 'v18' ELSE 'v17' END AS version,
    CASE WHEN hash(c, 'arm') % 20 = 0 THEN 'sha-v18' ELSE 'sha-v17' END AS sha,
    'cohort_' || (hash(c, 'cohort') % 5) AS cohort, 'worker-' || (hash(c, 'worker') % 8) AS worker,
    hash(c, 'bad') % 200 = 0 AS complaint, hash(c, 'safe') % 500 = 0 AS safety, hash(c, 'down') % 100 = 0 AS downstream`;
  const startMs = (index: string) => `${beganMs} + (${index} * ${DAY_MS} // ${spans})`;
  // hash() is unsigned: halve it into a BIGINT.
  const signed = (sql: string) =>
    sql.replaceAll(/hash\(([^()]*)\)::HUGEINT::BIGINT/g, '(hash($1) // 2)::BIGINT');
  return signed(`
    INSERT INTO spans BY NAME
    SELECT ${startMs('i')} AS start_ms, ${startMs('i')} + 300 + (hash(i, 'd') % 4000)::BIGINT AS end_ms,
      hash(i, 'span')::HUGEINT::BIGINT AS span_key, hash(c, 'trace')::HUGEINT::BIGINT AS trace_key,
      hash(c, 'thread')::HUGEINT::BIGINT AS thread_key, md5('t' || i) AS trace_id, substr(md5('s' || i), 1, 16) AS span_id,
      false AS is_error, 'Where is parcel ' || i || '?' AS input, 'Hello, parcel ' || i || ' comes today.' AS output,
      ${ofConversation}
    FROM (SELECT i, i // ${TURNS} AS c FROM range(${spans}) r(i));
    INSERT INTO conversations BY NAME
    SELECT ${startMs(`(c * ${TURNS})`)} AS start_ms, ${startMs(`(c * ${TURNS})`)} + 4000 AS end_ms,
      (${startMs(`(c * ${TURNS})`)}) * 1048576 AS first_rank, false AS is_error, ${ofConversation}
    FROM range(${Math.floor(spans / TURNS)}) r(c);
    CHECKPOINT`);
}

const bareSql = (window: { fromMs: number; toMs: number }) => `
  SELECT time_bucket(INTERVAL '10 seconds', make_timestamp(start_ms * 1000)) AS bucket, sha, count(*)::DOUBLE AS spans
  FROM spans WHERE start_ms >= ${window.fromMs} AND start_ms < ${window.toMs} AND prompt = 'support' GROUP BY bucket, sha`;

async function run({ isQuick, say }: Scale) {
  const spans = isQuick ? 500_000 : 10_000_000;
  const rounds = isQuick ? 7 : 31;
  const endMs = Math.floor(Date.now() / BUCKET_MS) * BUCKET_MS;
  const cockpit = await startCockpit({
    workspace: benchWorkspace({ promptIds: PROMPTS, telemetry: { retentionMb: 20_000 } }),
  });
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-bench-'));
  try {
    await cockpit.crash();
    const file = join(cockpit.dataDir, 'telemetry.duckdb');
    const copy = join(folder, 'copy.duckdb');
    say(`writing ${spans.toLocaleString('en')} spans`);
    const filling = await DuckDBInstance.create(file);
    const filler = await filling.connect();
    await filler.run(fillSql(spans, endMs));
    filler.closeSync();
    filling.closeSync();
    await copyFile(file, copy);
    await cockpit.restart();
    const calls = benchCalls(cockpit.dataDir);

    const bareInstance = await DuckDBInstance.create(copy, { threads: '2', memory_limit: '512MB' });
    const bare = await bareInstance.connect();
    const window = { fromMs: endMs - HOUR_MS, toMs: endMs };
    const ask = () => calls.evidence.distribution({ promptId: 'support', window, bucketMs: BUCKET_MS });
    const askBare = async () => (await bare.runAndReadAll(bareSql(window))).getRowsJS();

    say('asking');
    for (let round = 0; round < 3; round += 1) {
      await ask();
      await askBare();
    }
    const ours: number[] = [];
    const theirs: number[] = [];
    let counted = 0;
    let countedBare = 0;
    for (let round = 0; round < rounds; round += 1) {
      const mine = await timed(ask);
      ours.push(mine.tookMs);
      counted = mine.result.versions.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0);
      const other = await timed(askBare);
      theirs.push(other.tookMs);
      countedBare = other.result.reduce((sum, row) => sum + Number(row[2]), 0);
    }
    bare.closeSync();
    bareInstance.closeSync();
    const { nowMb } = memoryMb(engineFile(cockpit.dataDir).pid);
    return [
      atMost(
        'who is serving, 1 h, against the bare query',
        median(ours) / median(theirs),
        'x',
        1.3,
        `${spans.toLocaleString('en')} spans stored; asked over the engine's API, as the page does; medians of ${rounds}, in turn`,
      ),
      shown('who is serving, median', median(ours), 'ms'),
      shown('who is serving, p95', quantile(ours, 0.95), 'ms'),
      shown('bare query, median', median(theirs), 'ms'),
      atMost(
        'conversations counted wrongly',
        Math.abs(counted - countedBare / TURNS),
        '',
        TURNS,
        `${counted} of ${countedBare / TURNS}; one may lie across the edge of the hour`,
      ),
      shown('engine memory with that store', nowMb, 'MB'),
    ];
  } finally {
    await cockpit.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export const whoIsServing: BenchItem = {
  name: 'who-is-serving',
  title: 'Who is serving: 1 h over ten million stored spans',
  run,
};
