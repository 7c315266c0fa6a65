import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { telemetrySettingsSchema } from '#shared/model/workspace.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { createMapper } from './mapping.ts';
import { logsOfJson, spansOfJson } from './otlp/json.ts';
import { type FixtureLog, type FixtureSpan, hexId, logsJson, tracesJson } from './otlp-fixtures.ts';
import { createReader } from './reader.ts';
import { emptyMapped } from './rows.ts';
import { openStore, type TelemetryStore } from './store.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const mapper = createMapper(telemetrySettingsSchema.parse({}));
const times = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const PROMPT = 'support';

let dataDir: string;
let clock: FakeClock;
let store: TelemetryStore;
let t0: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fusebox-ticks-'));
  clock = createFakeClock();
  store = await openStore({ dataDir, clock, log: quiet });
  t0 = Math.floor(clock.nowMs() / 10_000) * 10_000 - 600_000;
});

afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** A conversation with one span; its number is its trace, span and conversation id. */
function conversation(
  index: number,
  version: string,
  cohort: string,
  startMs: number,
  more: FixtureSpan['attributes'] = {},
): FixtureSpan {
  return {
    traceId: hexId(index, 16),
    spanId: hexId(index, 8),
    startMs,
    endMs: startMs + 500,
    attributes: {
      'gen_ai.prompt.name': PROMPT,
      'gen_ai.prompt.version': version,
      'tenant.cohort': cohort,
      'gen_ai.conversation.id': `c-${index}`,
      ...more,
    },
  };
}

const report = (index: number, name: string, atMs: number, score = 1): FixtureLog => ({
  atMs,
  traceId: hexId(index, 16),
  spanId: hexId(index, 8),
  attributes: { 'gen_ai.evaluation.name': name, 'gen_ai.evaluation.score.value': score },
});

async function send(spans: readonly FixtureSpan[], logs: readonly FixtureLog[] = []): Promise<void> {
  const mapped = emptyMapped();
  for (const { items, resource } of spansOfJson(tracesJson({}, spans), null)) {
    for (const item of items) mapper.span(item, resource, times, mapped);
  }
  for (const { items, resource } of logsOfJson(logsJson({}, logs), null)) {
    for (const item of items) mapper.log(item, resource, clock.nowMs(), times, mapped);
  }
  await store.submit(mapped);
}

const ticks = (fromMs: number, toMs: number) =>
  createReader(store, { sampled: false }).ticks({ prompt: PROMPT, window: { fromMs, toMs } });

describe('ticks', () => {
  it('counts conversations per 10 s, version and cohort, with what is known about them by now', async () => {
    await send(
      [
        conversation(1, 'v17', 'acme', t0),
        conversation(2, 'v17', 'acme', t0 + 9_999, { 'fusebox.safety_trip': true }),
        conversation(3, 'v17', 'globex', t0 + 1),
        conversation(4, 'v18', 'acme', t0 + 10_000),
        conversation(5, 'v18', 'acme', t0 + 10_001),
      ],
      [
        report(1, 'complaint', t0 + 400_000),
        report(4, 'csat', t0 + 50_000, 74.6),
        report(5, 'csat', t0 + 50_000, 20),
      ],
    );
    expect(await ticks(t0, t0 + 20_000)).toEqual([
      {
        bucketMs: t0,
        version: 'v17',
        cohort: 'acme',
        conversations: 2,
        events: { complaints: 1, safety: 1 },
        ratings: [],
      },
      { bucketMs: t0, version: 'v17', cohort: 'globex', conversations: 1, events: {}, ratings: [] },
      {
        bucketMs: t0 + 10_000,
        version: 'v18',
        cohort: 'acme',
        conversations: 2,
        events: {},
        ratings: [
          [20, 1],
          [75, 1],
        ],
      },
    ]);
  });

  it('counts a conversation once per stream, and only its last rating', async () => {
    await send(
      [conversation(1, 'v18', 'acme', t0, { 'fusebox.complaint': true })],
      [
        report(1, 'complaint', t0 + 1_000),
        report(1, 'complaint', t0 + 2_000),
        report(1, 'csat', t0 + 3_000, 90),
        report(1, 'csat', t0 + 4_000, 10),
      ],
    );
    const [tick] = await ticks(t0, t0 + 1);
    expect(tick).toMatchObject({ conversations: 1, events: { complaints: 1 }, ratings: [[10, 1]] });
  });

  it('counts canaries from spans and from late reports, each conversation once', async () => {
    await send([
      conversation(1, 'v18', 'acme', t0, { 'fusebox.fallback': true }),
      conversation(2, 'v18', 'acme', t0, { 'app.escalation': true }),
      conversation(3, 'v18', 'acme', t0),
    ]);
    await send(
      [{ ...conversation(3, 'v18', 'acme', t0 + 5_000, { 'fusebox.fallback': true }), spanId: hexId(77, 8) }],
      [
        report(3, 'correction', t0 + 60_000),
        report(3, 'manual_correction', t0 + 61_000),
        report(2, 'escalation', t0 + 62_000),
        report(1, 'fallback', t0 + 63_000, 0),
      ],
    );
    const [tick] = await ticks(t0, t0 + 1);
    expect(tick).toMatchObject({
      conversations: 3,
      events: { fallback: 2, escalation: 1, correction: 1 },
    });
    expect(tick?.events.complaints).toBeUndefined();
    const counts = await createReader(store, { sampled: false }).counts({
      prompt: PROMPT,
      window: { fromMs: t0, toMs: t0 + 1 },
    });
    expect(counts[0]?.readings.downstream).toMatchObject({ events: 0 });
    expect(await createReader(store, { sampled: false }).reportLagsMs(PROMPT, 10)).toEqual([]);
  });

  it('never cuts a bucket: the window is widened to whole ticks', async () => {
    await send([conversation(1, 'v18', 'acme', t0), conversation(2, 'v18', 'acme', t0 + 9_000)]);
    expect((await ticks(t0 + 5_000, t0 + 6_000))[0]?.conversations).toBe(2);
    expect(await ticks(t0 + 10_000, t0 + 20_000)).toEqual([]);
  });
});
