import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { key64 } from './hash.ts';
import { createReader } from './reader.ts';
import { emptyMapped, type FeedbackRow, type SpanRow } from './rows.ts';
import { openStore, type TelemetryStore } from './store.ts';

/** The tables as the first release made them, before canaries were counted. */
const FIRST_RELEASE = `
CREATE TABLE spans (start_ms BIGINT, end_ms BIGINT, span_key BIGINT, trace_key BIGINT, response_key BIGINT, thread_key BIGINT,
  conversation_key BIGINT, prompt VARCHAR, version VARCHAR, sha VARCHAR, cohort VARCHAR, worker VARCHAR, conversation VARCHAR,
  trace_id VARCHAR, span_id VARCHAR, is_error BOOLEAN, error VARCHAR, complaint BOOLEAN, safety BOOLEAN, downstream BOOLEAN,
  csat DOUBLE, input VARCHAR, output VARCHAR);
CREATE TABLE conversations (
  start_ms BIGINT, end_ms BIGINT, conversation_key BIGINT, prompt VARCHAR, version VARCHAR, sha VARCHAR, cohort VARCHAR,
  worker VARCHAR, conversation VARCHAR, first_rank BIGINT, is_error BOOLEAN, complaint BOOLEAN, safety BOOLEAN,
  downstream BOOLEAN, csat DOUBLE, csat_rank BIGINT);
CREATE TABLE feedback (feedback_key BIGINT, at_ms BIGINT, signal VARCHAR, is_event BOOLEAN, csat DOUBLE, prompt VARCHAR,
  span_key BIGINT, response_key BIGINT, trace_key BIGINT, thread_key BIGINT, received_ms BIGINT, state TINYINT,
  conversation_key BIGINT, lag_ms BIGINT);
CREATE TABLE metric_points (point_key BIGINT, at_ms BIGINT, metric VARCHAR, attributes VARCHAR, value DOUBLE);
`;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const START_MS = 1_767_225_600_000;

let dataDir: string;
let store: TelemetryStore | null = null;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fusebox-old-'));
});

afterEach(async () => {
  await store?.close();
  store = null;
  await rm(dataDir, { recursive: true, force: true });
});

function span(index: number, more: Partial<SpanRow> = {}): SpanRow {
  const conversation = `c-${index}`;
  return {
    startMs: START_MS + index,
    endMs: START_MS + index + 500,
    spanKey: key64(`span-${index}`),
    traceKey: key64(`trace-${index}`),
    responseKey: null,
    threadKey: key64(conversation),
    conversationKey: key64(`support\u0000${conversation}`),
    prompt: 'support',
    version: 'v18',
    sha: null,
    cohort: 'acme',
    worker: 'w-1',
    conversation,
    traceId: `trace-${index}`,
    spanId: `span-${index}`,
    isError: false,
    error: null,
    errorType: null,
    model: null,
    complaint: false,
    safety: false,
    downstream: false,
    fallback: false,
    escalation: false,
    correction: false,
    csat: null,
    input: null,
    output: null,
    ...more,
  };
}

const escalationOf = (index: number): FeedbackRow => ({
  feedbackKey: key64(`escalation-${index}`),
  atMs: START_MS + 60_000,
  signal: 'escalation',
  isEvent: true,
  csat: null,
  prompt: null,
  spanKey: null,
  responseKey: null,
  traceKey: null,
  threadKey: key64(`c-${index}`),
});

it('takes over a file of the first release in place: its conversations count, and can still show a canary', async () => {
  const old = await DuckDBInstance.create(join(dataDir, 'telemetry.duckdb'));
  const connection = await old.connect();
  await connection.run(FIRST_RELEASE);
  const { conversationKey, spanKey, traceKey, threadKey, startMs, endMs } = span(1);
  await connection.run(`
    INSERT INTO spans BY NAME SELECT ${startMs} AS start_ms, ${endMs} AS end_ms, ${spanKey} AS span_key, ${traceKey} AS trace_key,
      ${threadKey} AS thread_key, ${conversationKey} AS conversation_key, 'support' AS prompt, 'v18' AS version, 'acme' AS cohort;
    INSERT INTO conversations BY NAME SELECT ${startMs} AS start_ms, ${endMs} AS end_ms, ${conversationKey} AS conversation_key,
      'support' AS prompt, 'v18' AS version, 'acme' AS cohort, 'w-1' AS worker, 'c-1' AS conversation,
      ${BigInt(startMs) << 20n} AS first_rank, false AS is_error, true AS complaint, false AS safety, false AS downstream`);
  connection.closeSync();
  old.closeSync();

  const clock = createFakeClock();
  store = await openStore({ dataDir, clock, log: quiet });
  expect(store.problem).toBeNull();
  await store.submit({ ...emptyMapped(), spans: [span(2, { fallback: true })], feedback: [escalationOf(1)] });
  const everything = { prompt: 'support', window: { fromMs: START_MS, toMs: START_MS + 10_000 } };
  const ticks = () => createReader(store!, { sampled: false }).ticks(everything);
  const expected = [
    {
      bucketMs: START_MS,
      version: 'v18',
      cohort: 'acme',
      conversations: 2,
      events: { complaints: 1, fallback: 1, escalation: 1 },
      ratings: [],
    },
  ];
  expect(await ticks()).toEqual(expected);

  // Opening it once more changes nothing.
  await store.close();
  store = await openStore({ dataDir, clock, log: quiet });
  expect(store.problem).toBeNull();
  expect(await ticks()).toEqual(expected);
});
