import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { telemetrySettingsSchema } from '#shared/model/workspace.ts';
import { createFakeClock } from '../fake-clock.ts';
import { createMapper } from './mapping.ts';
import { createMemoryEvidence } from './memory-evidence.ts';
import { logsOfJson, spansOfJson } from './otlp/json.ts';
import { type FixtureLog, type FixtureSpan, hexId, logsJson, tracesJson } from './otlp-fixtures.ts';
import { createReader } from './reader.ts';
import { emptyMapped, type Mapped } from './rows.ts';
import { openStore } from './store.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const settings = telemetrySettingsSchema.parse({});
const PROMPT = 'support';
const MINUTE = 60_000;
const times = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A few hundred conversations of every kind there is: several turns, several versions, no version, late and double reports. */
function story(startMs: number): { spans: Map<string, FixtureSpan[]>; logs: FixtureLog[] }[] {
  const batches = [];
  for (let minute = 0; minute < 6; minute += 1) {
    const spans = new Map<string, FixtureSpan[]>();
    const logs: FixtureLog[] = [];
    for (let nth = 0; nth < 60; nth += 1) {
      const index = minute * 60 + nth + 1;
      const atMs = startMs + minute * MINUTE + nth * 937;
      const version = index % 11 === 0 ? null : index % 7 === 0 ? 'v18' : 'v17';
      const turn = (part: number, extra: FixtureSpan['attributes'] = {}, error?: string): FixtureSpan => ({
        traceId: hexId(index, 16),
        spanId: hexId(index * 10 + part, 8),
        startMs: atMs + part * 3_000,
        endMs: atMs + part * 3_000 + 2_000,
        ...(error === undefined ? {} : { error }),
        attributes: {
          'gen_ai.prompt.name': index % 40 === 0 ? 'other' : PROMPT,
          ...(version === null
            ? {}
            : { 'gen_ai.prompt.version': version, 'prompt.sha': `0123456789-${version}` }),
          'tenant.cohort': index % 3 === 0 ? 'a' : 'b',
          'gen_ai.conversation.id': `c-${index}`,
          ...extra,
        },
      });
      const sent = [turn(0)];
      if (index % 4 === 0) sent.push(turn(1, { 'gen_ai.output.messages': `answer ${index}` }));
      if (index % 13 === 0) sent.push(turn(2, { 'error.type': 'parse_error' }, 'it broke'));
      if (index % 17 === 0) sent.push(turn(2, { 'fusebox.fallback': true }));
      if (index % 19 === 0)
        sent.push({ ...turn(3), attributes: { ...turn(3).attributes, 'gen_ai.prompt.version': 'v18' } });
      const worker = `w-${index % 5}`;
      spans.set(worker, [...(spans.get(worker) ?? []), ...sent]);
      const report = (name: string, score: number, lagMs: number): FixtureLog => ({
        atMs: atMs + lagMs,
        traceId: hexId(index, 16),
        spanId: hexId(index * 10, 8),
        attributes: { 'gen_ai.evaluation.name': name, 'gen_ai.evaluation.score.value': score },
      });
      if (index % 5 === 0) logs.push(report('complaint', 1, 20_000), report('complaint', 1, 25_000));
      if (index % 6 === 0) logs.push(report('csat', (index * 7) % 101, 30_000 + index));
      if (index % 23 === 0) logs.push(report('safety', 1, 5_000));
    }
    batches.push({ spans, logs });
  }
  return batches;
}

async function both() {
  const clock = createFakeClock();
  const startMs = clock.nowMs() - 30 * MINUTE;
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-memory-evidence-'));
  const store = await openStore({ dataDir, clock, log: quiet });
  closing.push(
    () => store.close(),
    () => rm(dataDir, { recursive: true, force: true }),
  );
  const memory = createMemoryEvidence();
  const mapper = createMapper(settings);
  const take = async (mapped: Mapped) => {
    await store.submit(mapped);
    memory.accept(mapped, clock.nowMs());
  };
  for (const { spans, logs } of story(startMs)) {
    const mapped = emptyMapped();
    for (const [worker, group] of spans)
      for (const { items, resource } of spansOfJson(
        tracesJson({ 'service.instance.id': worker }, group),
        null,
      ))
        for (const item of items) mapper.span(item, resource, times, mapped);
    const reports = emptyMapped();
    for (const { items, resource } of logsOfJson(logsJson({}, logs), null))
      for (const item of items) mapper.log(item, resource, clock.nowMs(), times, reports);
    // Reports come before their spans as well, and everything comes twice.
    await take(reports);
    await take(mapped);
    await take(mapped);
  }
  return { stored: createReader(store, settings), memory, startMs };
}

describe('evidence in memory', () => {
  it('answers every question as the store does, from the same OTLP bodies', async () => {
    const { stored, memory, startMs } = await both();
    const windows = [
      { fromMs: startMs - MINUTE, toMs: startMs + 10 * MINUTE },
      { fromMs: startMs + 12_345, toMs: startMs + 3 * MINUTE + 678 },
      { fromMs: startMs + 61_000, toMs: startMs + 64_000 },
      { fromMs: startMs - 10 * MINUTE, toMs: startMs - 9 * MINUTE },
    ];
    const none = { cohort: null, worker: null, hasError: null, text: '' };
    for (const window of windows) {
      const query = { prompt: PROMPT, window };
      const served = { ...query, version: 'v18', sha: '0123456789-v18' };
      for (const [name, ask] of Object.entries({
        counts: (of: typeof stored) => of.counts(query),
        ticks: (of: typeof stored) => of.ticks(query),
        arrivals: (of: typeof stored) => of.arrivals(query),
        distribution: (of: typeof stored) => of.distribution({ ...query, bucketMs: 7_000 }),
        series: (of: typeof stored) => of.series({ ...query, bucketMs: 25_000, cohort: 'all' }),
        cohortSeries: (of: typeof stored) => of.series({ ...query, bucketMs: 10_000, cohort: 'a' }),
        workers: (of: typeof stored) => of.workers({ ...query, expectedVersion: 'v17' }),
        bad: (of: typeof stored) =>
          of.samples({ ...query, version: 'v17', kind: 'bad', signal: null, limit: 20 }),
        complaints: (of: typeof stored) =>
          of.samples({ ...query, version: 'v18', kind: 'bad', signal: 'complaints', limit: 20 }),
        good: (of: typeof stored) =>
          of.samples({ ...query, version: 'v17', kind: 'good', signal: 'csat', limit: 7 }),
        cohorts: (of: typeof stored) => of.cohorts(PROMPT, window),
        unversioned: (of: typeof stored) => of.unversionedShare01(query),
        served: (of: typeof stored) => of.served({ ...served, filter: none, offset: 0, limit: 500 }),
        servedByCohort: (of: typeof stored) => of.servedByCohort(served),
        errorTypes: (of: typeof stored) => of.errorTypes({ ...served, sinceMs: startMs + MINUTE }),
      }))
        expect({ name, answer: await ask(memory) }).toEqual({ name, answer: await ask(stored) });
    }
    expect(await memory.versionTimes(PROMPT)).toEqual(await stored.versionTimes(PROMPT));
    expect(await memory.reportLagsMs(PROMPT, 50)).toEqual(await stored.reportLagsMs(PROMPT, 50));
    expect(await memory.keptSinceMs(PROMPT)).toBe(await stored.keptSinceMs(PROMPT));
    for (const prompt of [PROMPT, 'other', 'never seen', null])
      expect(await memory.dataUpToMs(prompt)).toBe(await stored.dataUpToMs(prompt));
  }, 120_000);
});
