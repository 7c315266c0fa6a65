import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { badRecordFilterSchema } from '#shared/model/wave2.ts';
import { telemetrySettingsSchema } from '#shared/model/workspace.ts';
import { createFakeClock } from '../fake-clock.ts';
import type { EvidenceReader } from './kind.ts';
import { createMapper } from './mapping.ts';
import { logsOfJson, spansOfJson } from './otlp/json.ts';
import { type FixtureSpan, hexId, logsJson, tracesJson } from './otlp-fixtures.ts';
import { createReader } from './reader.ts';
import { emptyMapped } from './rows.ts';
import { openStore, type TelemetryStore } from './store.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const mapper = createMapper(telemetrySettingsSchema.parse({}));
const ALL = badRecordFilterSchema.parse({});
let dataDir: string;
let store: TelemetryStore;
let reader: EvidenceReader;
let nowMs: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fusebox-served-'));
  const clock = createFakeClock();
  nowMs = clock.nowMs();
  store = await openStore({ dataDir, clock, log: quiet });
  reader = createReader(store, { sampled: false });
});
afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

type Turn = { version?: string; conversation?: string; cohort?: string; worker?: string; failed?: string };

async function send(turns: readonly Turn[]): Promise<void> {
  const times = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const mapped = emptyMapped();
  for (const [index, turn] of turns.entries()) {
    const span: FixtureSpan = {
      traceId: hexId(index + 1, 16),
      spanId: hexId(index + 1, 8),
      startMs: nowMs - 600_000 + index * 1_000,
      endMs: nowMs - 600_000 + index * 1_000 + 500,
      ...(turn.failed === undefined ? {} : { error: `failed: ${turn.failed}` }),
      attributes: {
        'gen_ai.prompt.name': 'support',
        ...(turn.version === '' ? {} : { 'gen_ai.prompt.version': turn.version ?? 'v18' }),
        ...(turn.version === 'v17' ? {} : { 'prompt.sha': '9f3c1ab77e04' }),
        'tenant.cohort': turn.cohort ?? 'acme',
        'gen_ai.conversation.id': turn.conversation ?? `c-${index}`,
        ...(turn.failed === undefined ? {} : { 'error.type': turn.failed }),
      },
    };
    for (const group of spansOfJson(
      tracesJson({ 'service.instance.id': turn.worker ?? 'w-1' }, [span]),
      null,
    )) {
      for (const item of group.items) mapper.span(item, group.resource, times, mapped);
    }
  }
  await store.submit(mapped);
}

const query = (sha: string | null = null) => ({
  prompt: 'support',
  version: 'v18',
  sha,
  window: { fromMs: 0, toMs: nowMs },
});
const served = (filter: Partial<typeof ALL> = {}, offset = 0, limit = 100) =>
  reader.served({ ...query(), filter: { ...ALL, ...filter }, offset, limit });

it('lists every conversation that the version had a part in, oldest first, also one that began elsewhere', async () => {
  await send([
    { version: 'v17', conversation: 'mixed' },
    { conversation: 'mixed', cohort: 'globex' },
    { conversation: 'long', failed: 'parse_error' },
    { conversation: 'long' },
    { version: 'v17', conversation: 'good' },
  ]);
  const { rows, total } = await served();
  expect(total).toBe(2);
  expect(rows).toMatchObject([
    { conversation: 'mixed', beganOn: 'v17', cohort: 'globex', traces: 1, hasError: false, errorType: null },
    {
      conversation: 'long',
      beganOn: 'v18',
      sha: '9f3c1ab77e04',
      traceIds: [hexId(3, 16), hexId(4, 16)],
      traces: 2,
      hasError: true,
      errorType: 'parse_error',
    },
  ]);
  expect(rows[0]?.startMs).toBe(nowMs - 599_000);
});

it('finds the version by its SHA where its name differs, and by name alone where the SHA is short', async () => {
  await send([{ version: '2026-05-09' }, { version: 'v18' }, { version: '' }]);
  const bySha = (sha: string | null) =>
    reader.served({ ...query(sha), filter: ALL, offset: 0, limit: 9 }).then(({ total }) => total);
  expect(await bySha('9f3c1ab')).toBe(3);
  expect(await bySha('9f3c1ab77e04d5')).toBe(3);
  expect(await bySha('9f')).toBe(1);
  expect(await bySha(null)).toBe(1);
});

it('filters and pages, with the total of what is left', async () => {
  await send(
    Array.from({ length: 30 }, (_, index) => ({
      cohort: index % 3 === 0 ? "o'neil" : 'acme',
      worker: `w-${index % 2}`,
      ...(index % 5 === 0 ? { failed: 'late' } : {}),
    })),
  );
  expect((await served({ cohort: "o'neil" })).total).toBe(10);
  expect((await served({ hasError: true })).total).toBe(6);
  expect((await served({ hasError: false, worker: 'w-1' })).total).toBe(12);
  expect((await served({ text: 'C-2' })).total).toBe(11);
  expect((await served({ text: hexId(7, 16) })).rows.map(({ conversation }) => conversation)).toEqual([
    'c-6',
  ]);
  const pages = await Promise.all([served({}, 0, 20), served({}, 20, 20), served({}, 40, 20)]);
  expect(pages.map(({ rows, total }) => [rows.length, total])).toEqual([
    [20, 30],
    [10, 30],
    [0, 30],
  ]);
  expect(new Set(pages.flatMap(({ rows }) => rows.map(({ conversation }) => conversation))).size).toBe(30);
});

it('counts per cohort, with errors that were reported later', async () => {
  await send([{}, { cohort: 'globex' }, { cohort: 'globex', worker: 'w-2', failed: 'x' }]);
  const mapped = emptyMapped();
  const late = {
    atMs: nowMs,
    traceId: hexId(1, 16),
    spanId: hexId(1, 8),
    attributes: { 'gen_ai.evaluation.name': 'downstream', 'gen_ai.evaluation.score.value': 1 },
  };
  for (const group of logsOfJson(logsJson({}, [late]), null)) {
    for (const item of group.items) {
      mapper.log(item, group.resource, nowMs, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }, mapped);
    }
  }
  await store.submit(mapped);
  expect(await reader.servedByCohort(query())).toMatchObject([
    { cohort: 'globex', conversations: 2, errors: 1, beganElsewhere: 0, workers: ['w-1', 'w-2'] },
    { cohort: 'acme', conversations: 1, errors: 1, firstMs: nowMs - 600_000, lastMs: nowMs - 599_500 },
  ]);
  expect(await reader.servedByCohort({ ...query(), prompt: 'other' })).toEqual([]);
});

it('counts error types in the bad window and since the flip', async () => {
  await send([
    { failed: 'parse_error' },
    { failed: 'parse_error' },
    { version: 'v17', failed: 'before' },
    { version: 'v17', failed: 'parse_error' },
    { version: 'v17', failed: 'StringDataRightTruncation' },
  ]);
  const sinceMs = nowMs - 600_000 + 3_000;
  expect(await reader.errorTypes({ ...query(), sinceMs })).toEqual([
    { type: 'parse_error', sample: 'failed: parse_error', count: 2, sinceFlip: 1 },
    {
      type: 'StringDataRightTruncation',
      sample: 'failed: StringDataRightTruncation',
      count: 0,
      sinceFlip: 1,
    },
  ]);
  expect(await reader.errorTypes({ ...query(), sinceMs: null })).toHaveLength(1);
  expect(await reader.keptSinceMs('support')).toBe(nowMs - 600_000);
  expect(await reader.keptSinceMs('other')).toBeNull();
});
