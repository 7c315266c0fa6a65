import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { telemetrySettingsSchema } from '#shared/model/workspace.ts';
import { createFakeClock } from '../fake-clock.ts';
import { createMapper } from './mapping.ts';
import { spansOfJson } from './otlp/json.ts';
import { type FixtureSpan, hexId, tracesJson } from './otlp-fixtures.ts';
import { createReader } from './reader.ts';
import { emptyMapped } from './rows.ts';
import { openStore, type TelemetryStore } from './store.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const mapper = createMapper(telemetrySettingsSchema.parse({}));
const PROMPT = 'support';

let dataDir: string;
let store: TelemetryStore;
let t0: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fusebox-answered-'));
  const clock = createFakeClock();
  store = await openStore({ dataDir, clock, log: quiet });
  t0 = Math.floor(clock.nowMs() / 60_000) * 60_000 - 600_000;
});

afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

const turn = (
  index: number,
  atMs: number,
  attributes: NonNullable<FixtureSpan['attributes']>,
  error?: string,
): FixtureSpan => ({
  traceId: hexId(index, 16),
  spanId: hexId(index, 8),
  startMs: atMs,
  endMs: atMs + 500,
  ...(error === undefined ? {} : { error }),
  attributes: { 'gen_ai.prompt.name': PROMPT, 'gen_ai.prompt.version': 'v18', ...attributes },
});

async function keep(spans: readonly FixtureSpan[]) {
  const mapped = emptyMapped();
  const times = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  for (const { items, resource } of spansOfJson(tracesJson({}, spans), null)) {
    for (const item of items) mapper.span(item, resource, times, mapped);
  }
  await store.submit(mapped);
  return createReader(store, { sampled: false });
}

describe('who answered', () => {
  it('is the model that answered, else the one that was asked for, with when each was first and last seen', async () => {
    const reader = await keep([
      turn(1, t0, { 'gen_ai.response.model': 'x-1', 'gen_ai.request.model': 'x' }),
      turn(2, t0 + 60_000, { 'gen_ai.response.model': 'x-1' }),
      turn(3, t0 + 120_000, { 'gen_ai.response.model': 'x-2' }),
      turn(4, t0 + 130_000, { 'gen_ai.request.model': 'x-2' }),
      turn(5, t0 + 140_000, {}),
    ]);
    const window = { fromMs: t0, toMs: t0 + 600_000 };
    expect(await reader.answeredBy({ prompt: PROMPT, window })).toEqual([
      { version: 'v18', model: 'x-1', firstSeenMs: t0, lastSeenMs: t0 + 60_000, turns: 2 },
      { version: 'v18', model: 'x-2', firstSeenMs: t0 + 120_000, lastSeenMs: t0 + 130_000, turns: 2 },
    ]);
  });

  it('counts failures by minute and type, and conversations by worker', async () => {
    const reader = await keep([
      turn(1, t0, { 'host.name': 'w-1' }),
      turn(2, t0 + 1_000, { 'error.type': '429', 'host.name': 'w-2' }, 'too many'),
      turn(3, t0 + 61_000, { 'error.type': 'timeout', 'host.name': 'w-2' }, 'slow'),
    ]);
    const window = { fromMs: t0, toMs: t0 + 600_000 };
    expect(await reader.failedMinutes({ prompt: PROMPT, window })).toEqual([
      { startMs: t0, version: 'v18', turns: 2, failed: { '429': 1 } },
      { startMs: t0 + 60_000, version: 'v18', turns: 1, failed: { timeout: 1 } },
    ]);
    expect(await reader.workerCounts({ prompt: PROMPT, window, version: 'v18' })).toMatchObject([
      { worker: 'w-1', conversations: 1, events: { downstream: 0 } },
      { worker: 'w-2', conversations: 2, events: { downstream: 2 } },
    ]);
  });
});
