import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, asyncProperty, integer, shuffledSubarray } from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { telemetrySettingsSchema } from '#shared/model/workspace.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { createMapper } from './mapping.ts';
import { spansOfJson, logsOfJson } from './otlp/json.ts';
import { type FixtureLog, type FixtureSpan, hexId, logsJson, tracesJson } from './otlp-fixtures.ts';
import { createReader } from './reader.ts';
import { emptyMapped, type Mapped } from './rows.ts';
import { openStore, type TelemetryStore } from './store.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const settings = telemetrySettingsSchema.parse({});
const mapper = createMapper(settings);
const PROMPT = 'support';
const MINUTE = 60_000;

let dataDir: string;
let clock: FakeClock;
let store: TelemetryStore;
let nowMs: number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'fusebox-store-'));
  clock = createFakeClock();
  nowMs = clock.nowMs();
  store = await openStore({ dataDir, clock, log: quiet });
});

afterEach(async () => {
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

const times = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

function spanRows(spans: readonly FixtureSpan[], resource = { 'service.instance.id': 'w-1' }): Mapped {
  const mapped = emptyMapped();
  for (const group of spansOfJson(tracesJson(resource, spans), null)) {
    for (const item of group.items) mapper.span(item, group.resource, times, mapped);
  }
  return mapped;
}

function logRows(logs: readonly FixtureLog[]): Mapped {
  const mapped = emptyMapped();
  for (const group of logsOfJson(logsJson({}, logs), null)) {
    for (const item of group.items) mapper.log(item, group.resource, nowMs, times, mapped);
  }
  return mapped;
}

function span(
  index: number,
  version: string,
  startMs: number,
  extra: FixtureSpan['attributes'] = {},
): FixtureSpan {
  return {
    traceId: hexId(index, 16),
    spanId: hexId(index, 8),
    startMs,
    endMs: startMs + 500,
    attributes: {
      'gen_ai.prompt.name': PROMPT,
      'gen_ai.prompt.version': version,
      'prompt.sha': `sha-${version}`,
      'tenant.cohort': 'A',
      'gen_ai.conversation.id': `c-${index}`,
      ...extra,
    },
  };
}

const complaint = (index: number, atMs: number): FixtureLog => ({
  atMs,
  traceId: hexId(index, 16),
  spanId: hexId(index, 8),
  attributes: { 'gen_ai.evaluation.name': 'complaint', 'gen_ai.evaluation.score.value': 1 },
});

const rating = (index: number, atMs: number, score: number): FixtureLog => ({
  atMs,
  attributes: {
    'gen_ai.evaluation.name': 'csat',
    'gen_ai.evaluation.score.value': score,
    'gen_ai.conversation.id': `c-${index}`,
  },
});

const reader = () => createReader(store, { sampled: false });
const window = () => ({ fromMs: nowMs - 60 * MINUTE, toMs: nowMs + MINUTE });

describe('the telemetry store', () => {
  it.each(["o'clock", "' OR 1=1 --", "''", 'back\\slash', '$prompt', 'Grüße "x"'])(
    'counts the prompt named %j and no other',
    async (name) => {
      const start = nowMs - MINUTE;
      const named = span(1, 'v17', start, { 'gen_ai.prompt.name': name });
      await store.submit(spanRows([named, span(2, 'v17', start)]));
      const answer = await createReader(store, { sampled: false }).distribution({
        prompt: name,
        window: { fromMs: start - MINUTE, toMs: nowMs },
        bucketMs: MINUTE,
      });
      expect(answer.versions.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0)).toBe(1);
    },
  );

  it('counts conversations in the bucket of their earliest span, zero-filled', async () => {
    const start = nowMs - 10 * MINUTE;
    await store.submit(
      spanRows([
        span(1, 'v17', start + 30_000, { 'gen_ai.conversation.id': 'same' }),
        span(2, 'v17', start, { 'gen_ai.conversation.id': 'same' }),
        span(3, 'v18', start + 70_000),
      ]),
    );
    const found = await reader().distribution({
      prompt: PROMPT,
      window: { fromMs: start, toMs: start + 3 * MINUTE },
      bucketMs: MINUTE,
    });
    expect(found.startsMs).toHaveLength(3);
    expect(found.versions).toEqual([
      { version: 'v17', sha: 'sha-v17', counts: [1, 0, 0] },
      { version: 'v18', sha: 'sha-v18', counts: [0, 1, 0] },
    ]);
  });

  it('moves a conversation to an earlier span that comes later, with its version', async () => {
    const start = nowMs - 10 * MINUTE;
    await store.submit(spanRows([span(1, 'v17', start + 90_000, { 'gen_ai.conversation.id': 'same' })]));
    await store.submit(spanRows([span(2, 'v18', start, { 'gen_ai.conversation.id': 'same' })]));
    const found = await reader().counts({ prompt: PROMPT, window: window() });
    expect(found.map(({ version, conversations }) => [version, conversations])).toEqual([['v18', 1]]);
    const [times17] = await reader().versionTimes(PROMPT);
    expect(times17).toMatchObject({ version: 'v18', firstSeenMs: start, lastEndedMs: start + 500 });
  });

  it('counts a duplicate once, in one batch and over a restart', async () => {
    const rows = () => spanRows([span(1, 'v17', nowMs - MINUTE), span(1, 'v17', nowMs - MINUTE)]);
    expect(await store.submit(rows())).toMatchObject({ spans: 1, duplicates: 1 });
    await store.close();
    store = await openStore({ dataDir, clock, log: quiet });
    expect(await store.submit(rows())).toMatchObject({ spans: 0, duplicates: 2 });
    const [count] = await reader().counts({ prompt: PROMPT, window: window() });
    expect(count?.conversations).toBe(1);
  });

  it('counts late feedback in the bucket of its conversation, once per signal', async () => {
    const start = nowMs - 40 * MINUTE;
    await store.submit(spanRows([span(1, 'v18', start), span(2, 'v18', start)]));
    await store.submit(logRows([complaint(1, nowMs), complaint(1, nowMs - 5), complaint(1, nowMs)]));
    const found = await reader().series({
      prompt: PROMPT,
      window: { fromMs: start, toMs: nowMs + MINUTE },
      bucketMs: 10 * MINUTE,
      cohort: 'all',
    });
    expect(found.versions[0]?.readings[0]?.complaints).toEqual({ kind: 'rate', conversations: 2, events: 1 });
    expect(await reader().reportLagsMs(PROMPT, 10)).toEqual([40 * MINUTE, 40 * MINUTE - 5]);
  });

  it('keeps feedback that comes before its span', async () => {
    await store.submit(logRows([complaint(1, nowMs), rating(1, nowMs, 20)]));
    clock.jumpWall(5 * MINUTE);
    await store.searchOverdueFeedback();
    await store.submit(spanRows([span(1, 'v18', nowMs - 20 * MINUTE)]));
    const [count] = await reader().counts({ prompt: PROMPT, window: window() });
    expect(count?.readings).toMatchObject({
      complaints: { events: 1 },
      csat: { ratings: 1, sum: 20, sumSquares: 400 },
    });
  });

  it('finds conversations far back once the near ones were searched in vain', async () => {
    const start = nowMs - 30 * 60 * MINUTE;
    await store.submit(spanRows([span(1, 'v18', start)]));
    await store.submit(logRows([complaint(1, nowMs)]));
    const far = { fromMs: start - 1, toMs: start + 1 };
    expect((await reader().counts({ prompt: PROMPT, window: far }))[0]?.readings.complaints).toMatchObject({
      events: 0,
    });
    clock.jumpWall(6_000);
    await store.searchOverdueFeedback();
    expect((await reader().counts({ prompt: PROMPT, window: far }))[0]?.readings.complaints).toMatchObject({
      events: 1,
    });
  });

  it('uses the trace of feedback whose own span is not of a prompt, after waiting for that span', async () => {
    await store.submit(spanRows([span(1, 'v18', nowMs - MINUTE)]));
    await store.submit(logRows([{ ...complaint(1, nowMs), spanId: hexId(999, 8) }]));
    const events = async () =>
      (await reader().counts({ prompt: PROMPT, window: window() }))[0]?.readings.complaints;
    expect(await events()).toMatchObject({ events: 0 });
    clock.jumpWall(6_000);
    await store.searchOverdueFeedback();
    expect(await events()).toMatchObject({ events: 1 });
  });

  it('gives the same answers for any order, grouping and repetition of the same telemetry', async () => {
    const spans = Array.from({ length: 12 }, (_, index) =>
      span(index + 1, index % 3 === 0 ? 'v18' : 'v17', nowMs - (30 - index) * MINUTE, {
        'gen_ai.conversation.id': `c-${(index % 6) + 1}`,
        'tenant.cohort': index % 2 === 0 ? 'A' : 'B',
        ...(index === 7 ? { 'fusebox.safety_trip': true } : {}),
        ...(index === 5 ? { 'user.csat': 30 } : {}),
      }),
    );
    const logs = [
      complaint(2, nowMs),
      complaint(4, nowMs - MINUTE),
      rating(3, nowMs, 80),
      rating(3, nowMs + 5, 10),
    ];
    const parts = [...spans.map((one) => () => spanRows([one])), ...logs.map((one) => () => logRows([one]))];
    const everything = async () => {
      const asked = reader();
      return {
        counts: await asked.counts({ prompt: PROMPT, window: window() }),
        series: await asked.series({ prompt: PROMPT, window: window(), bucketMs: MINUTE, cohort: 'A' }),
        workers: await asked.workers({ prompt: PROMPT, window: window(), expectedVersion: 'v17' }),
        times: await asked.versionTimes(PROMPT),
        bad: await asked.samples({
          prompt: PROMPT,
          window: window(),
          version: 'v18',
          kind: 'bad',
          signal: null,
          limit: 9,
        }),
      };
    };
    for (const part of parts) await store.submit(part());
    const expected = await everything();
    expect(expected.counts.reduce((sum, { conversations }) => sum + conversations, 0)).toBe(6);
    await store.close();

    const tenfold = Array.from({ length: 10 }, () => parts.map((_, index) => index)).flat();
    await assert(
      asyncProperty(
        shuffledSubarray(tenfold, { minLength: tenfold.length }),
        integer({ min: 1, max: 40 }),
        async (order, size) => {
          const dir = await mkdtemp(join(tmpdir(), 'fusebox-order-'));
          store = await openStore({ dataDir: dir, clock, log: quiet });
          try {
            for (let from = 0; from < order.length; from += size) {
              const batch = emptyMapped();
              for (const index of order.slice(from, from + size)) {
                const rows = parts[index]!();
                batch.spans.push(...rows.spans);
                batch.feedback.push(...rows.feedback);
              }
              await store.submit(batch);
            }
            expect(await everything()).toEqual(expected);
          } finally {
            await store.close();
            await rm(dir, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 4 },
    );
  }, 120_000);

  it('adds up versions beyond twenty as (other)', async () => {
    const rows = Array.from({ length: 23 }, (_, index) => span(index + 1, `v${index + 1}`, nowMs - MINUTE));
    await store.submit(spanRows([...rows, span(100, 'v1', nowMs - MINUTE)]));
    const found = await reader().distribution({ prompt: PROMPT, window: window(), bucketMs: 60 * MINUTE });
    expect(found.versions).toHaveLength(21);
    expect(found.versions[0]?.version).toBe('v1');
    const other = found.versions.at(-1);
    expect(other).toMatchObject({ version: '(other)', sha: null });
    expect(other?.counts.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it('names workers that start an unexpected version', async () => {
    await store.submit(spanRows([span(1, 'v17', nowMs - 3000)], { 'service.instance.id': 'w-1' }));
    await store.submit(
      spanRows([span(2, 'v17', nowMs - 3000), span(3, 'v18', nowMs - 1000)], {
        'service.instance.id': 'w-2',
      }),
    );
    const found = await reader().workers({ prompt: PROMPT, window: window(), expectedVersion: 'v17' });
    expect(found).toMatchObject([
      { worker: 'w-1', isStale: false, lastVersion: 'v17' },
      { worker: 'w-2', isStale: true, lastVersion: 'v18', lastSeenMs: nowMs - 500 },
    ]);
  });

  it('shows bad and good samples, newest first, with their late feedback', async () => {
    const texts = { 'gen_ai.input.messages': '[hello]', 'gen_ai.output.messages': '[rude]' };
    await store.submit(
      spanRows([
        span(1, 'v18', nowMs - 5 * MINUTE, texts),
        span(2, 'v18', nowMs - 4 * MINUTE),
        span(3, 'v18', nowMs - 3 * MINUTE),
        { ...span(4, 'v18', nowMs - 2 * MINUTE), error: 'parser: no greeting' },
      ]),
    );
    await store.submit(logRows([complaint(1, nowMs), rating(2, nowMs, 10)]));
    const query = { prompt: PROMPT, window: window(), version: 'v18', limit: 10 };
    const bad = await reader().samples({ ...query, kind: 'bad', signal: null });
    expect(bad.map(({ conversation, flags, csat, error }) => [conversation, flags, csat, error])).toEqual([
      ['c-4', ['downstream'], null, 'parser: no greeting'],
      ['c-2', ['csat'], 10, null],
      ['c-1', ['complaints'], null, null],
    ]);
    expect(bad[2]).toMatchObject({ input: '[hello]', output: '[rude]' });
    const good = await reader().samples({ ...query, kind: 'good', signal: null });
    expect(good.map(({ conversation }) => conversation)).toEqual(['c-3']);
    const complained = await reader().samples({ ...query, kind: 'bad', signal: 'complaints' });
    expect(complained.map(({ conversation }) => conversation)).toEqual(['c-1']);
  });

  it('knows the share of spans without a version and the newest data', async () => {
    expect(await reader().dataUpToMs(PROMPT)).toBeNull();
    const unversioned = span(2, 'v17', nowMs - 1000);
    const { 'gen_ai.prompt.version': _version, 'prompt.sha': _sha, ...rest } = unversioned.attributes ?? {};
    await store.submit(spanRows([span(1, 'v17', nowMs - 2000), { ...unversioned, attributes: rest }]));
    expect(await reader().unversionedShare01({ prompt: PROMPT, window: window() })).toBe(0.5);
    expect(await reader().dataUpToMs(PROMPT)).toBe(nowMs - 500);
    expect(await reader().dataUpToMs(null)).toBe(nowMs - 500);
    expect(await reader().dataUpToMs('another')).toBeNull();
  });

  it('forgets what is older than the retention, and the oldest when it grows too large', async () => {
    const old = nowMs - 50 * 3600_000;
    await store.submit(spanRows([span(1, 'v17', old), span(2, 'v17', nowMs - MINUTE)]));
    await store.applyRetention({ retentionHours: 24, retentionMb: 1000 });
    const all = { fromMs: 0, toMs: nowMs };
    expect((await reader().counts({ prompt: PROMPT, window: all }))[0]?.conversations).toBe(1);

    // Text that does not compress, so that the file really grows.
    const noise = () => Array.from({ length: 1200 }, () => Math.random().toString(36)).join('');
    const many = Array.from({ length: 400 }, (_, index) =>
      span(index + 10, 'v17', nowMs - (400 - index) * 1000, { 'gen_ai.output.messages': noise() }),
    );
    await store.submit(spanRows(many));
    await store.applyRetention({ retentionHours: 24, retentionMb: 4 });
    const left = (await reader().counts({ prompt: PROMPT, window: all }))[0]?.conversations ?? 0;
    expect(left).toBeLessThan(401);
    expect(left).toBeGreaterThan(0);
    const newest = await reader().samples({
      prompt: PROMPT,
      window: all,
      version: 'v17',
      kind: 'good',
      signal: null,
      limit: 1,
    });
    expect(newest[0]?.conversation).toBe('c-409');
  });

  it('sets an unreadable database aside, begins a new one and says so', async () => {
    await store.close();
    await rm(join(dataDir, 'telemetry.duckdb'));
    await writeFile(join(dataDir, 'telemetry.duckdb'), Buffer.alloc(65_536, 'not a database'));
    store = await openStore({ dataDir, clock, log: quiet });
    expect(store.problem).toMatch(/set aside/);
    const aside = (await readdir(dataDir)).filter((name) => name.includes('unreadable'));
    expect(aside).toHaveLength(1);
    expect(await store.submit(spanRows([span(1, 'v17', nowMs)]))).toMatchObject({ spans: 1 });
  });
});
