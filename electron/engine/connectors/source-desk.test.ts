import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { LiveChange } from '#shared/model/live.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { Workspace } from '#shared/model/workspace.ts';
import { createFakeClock } from '../fake-clock.ts';
import { SourceError } from './kind.ts';
import type { ConnectorDescriptor } from './kind.ts';
import { createSourceDesk } from './source-desk.ts';
import type { RunningSourceDesk } from './source-desk.ts';
import type { TelemetryFacts } from './telemetry-source.ts';

const desks: RunningSourceDesk[] = [];
afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.stop()));
});

const INTERVAL_MS = 10_000;

/** A connector whose health the test decides. */
function scripted() {
  const script = {
    probe: (): Promise<void> => Promise.resolve(),
    probes: 0,
    created: 0,
    closed: 0,
    createFails: false,
  };
  const connector: ConnectorDescriptor<{ url: string }> = {
    id: 'scripted',
    title: 'Scripted',
    kinds: ['flags'],
    settings: z.strictObject({ url: z.string() }),
    leastPrivilegeHint: 'none',
    refreshIntervalMs: INTERVAL_MS,
    create(source) {
      script.created += 1;
      if (script.createFails) return Promise.reject(new SourceError('The port is taken.'));
      return Promise.resolve({
        baseUrl: source.settings.url,
        probe() {
          script.probes += 1;
          return script.probe();
        },
        test: () => Promise.resolve({ ok: true, latencyMs: 3, message: 'fine', checks: [] }),
        close() {
          script.closed += 1;
          return Promise.resolve();
        },
      });
    },
  };
  return { script, connector };
}

const workspaceWith = (sources: unknown[]): Workspace =>
  workspaceSchema.parse({ version: 1, name: 'w', sources });
const one = { id: 'a', connector: 'scripted', settings: { url: 'http://a' } };

async function start(sources: unknown[], facts: TelemetryFacts | null = null) {
  const { script, connector } = scripted();
  const clock = createFakeClock();
  const changes: LiveChange[] = [];
  const held = { workspace: workspaceWith(sources), facts };
  const desk = await createSourceDesk({
    workspace: { current: () => held.workspace },
    connectors: [connector],
    clock,
    fetch: globalThis.fetch,
    dataDir: '/nonexistent',
    readSecret: () => Promise.resolve(''),
    log: { info: () => undefined, warn: () => undefined },
    publisher: { publish: (change) => void changes.push(change) },
    telemetry: () => held.facts,
  });
  desks.push(desk);
  return {
    script,
    clock,
    desk,
    changes,
    held,
    health: (id = 'a') => desk.list().find((row) => row.id === id)!,
  };
}

describe('the health of a source', () => {
  it('is never, fresh, then stale when nothing answers any more', async () => {
    const { script, clock, desk, health, changes } = await start([one]);
    expect(health()).toMatchObject({ state: 'never', baseUrl: 'http://a', leastPrivilegeHint: 'none' });
    desk.start();
    await clock.advance(0);
    expect(health()).toMatchObject({ state: 'fresh', lastError: null, latencyMs: 0 });
    expect(changes.at(-1)).toMatchObject({ entity: 'source', id: 'a', value: { state: 'fresh' } });
    script.probe = () => new Promise(() => undefined);
    await clock.advance(INTERVAL_MS * 2 + 1);
    expect(health().state).toBe('stale');
    await clock.advance(2000);
    expect(changes.at(-1)).toMatchObject({ entity: 'source', id: 'a', value: { state: 'stale' } });
  });

  it('is failing with its words, tried again sooner, up to 30 s apart, and fresh again at once', async () => {
    const { script, clock, desk, health } = await start([one]);
    script.probe = () => Promise.reject(new SourceError('Nothing answers.', { fix: 'Start it.' }));
    desk.start();
    await clock.advance(0);
    expect(health()).toMatchObject({ state: 'failing', lastError: 'Nothing answers. Start it.' });
    expect(health().nextAttemptMs! - clock.nowMs()).toBeLessThanOrEqual(1000);
    await clock.advance(60_000);
    const probes = script.probes;
    await clock.advance(31_000);
    expect(script.probes).toBeGreaterThan(probes);
    expect(script.probes).toBeLessThanOrEqual(probes + 3);
    script.probe = () => Promise.resolve();
    await clock.advance(31_000);
    expect(health()).toMatchObject({ state: 'fresh', lastError: null });
  });

  it('is throttled for as long as the vendor asks, and is left alone', async () => {
    const { script, clock, desk, health } = await start([one]);
    script.probe = () =>
      Promise.reject(new SourceError('Too many calls.', { status: 429, retryAfterMs: 50_000 }));
    desk.start();
    await clock.advance(0);
    expect(health().state).toBe('throttled');
    await clock.advance(49_000);
    expect(script.probes).toBe(1);
    script.probe = () => Promise.resolve();
    await clock.advance(2000);
    expect(script.probes).toBe(2);
    expect(health().state).toBe('fresh');
  });

  it('shows nothing of an error that is not ours', async () => {
    const { script, clock, desk, health } = await start([one]);
    script.probe = () => Promise.reject(new Error('https://hooks.example.com/secret failed'));
    desk.start();
    await clock.advance(0);
    expect(health().state).toBe('failing');
    expect(health().lastError).not.toContain('secret');
  });

  it('is off where the workspace says so', async () => {
    const { script, clock, desk, health } = await start([{ ...one, enabled: false }]);
    desk.start();
    await clock.advance(INTERVAL_MS);
    expect(health().state).toBe('off');
    expect(script.created).toBe(0);
    expect(await desk.test('a')).toMatchObject({
      ok: false,
      message: expect.stringContaining('switched off') as string,
    });
  });

  it('books what others ask of the source; a question that makes no sense is no illness', async () => {
    const { clock, desk, health } = await start([one]);
    const ask = desk.observe('a', async () => {
      await clock.sleep(120);
      return 7;
    });
    await clock.advance(120);
    expect(await ask).toBe(7);
    expect(health()).toMatchObject({ state: 'fresh', latencyMs: 120 });
    const bad = new SourceError('bad query', { status: 400 });
    await expect(desk.observe('a', () => Promise.reject(bad))).rejects.toBe(bad);
    expect(health().state).toBe('fresh');
    await expect(desk.observe('a', () => Promise.reject(new SourceError('down')))).rejects.toThrow('down');
    expect(health().state).toBe('failing');
    expect(await desk.observe('unknown', () => Promise.resolve(1))).toBe(1);
  });
});

describe('sources that cannot be made', () => {
  it('fail alone, naming source, field and what to write', async () => {
    const { clock, desk, health } = await start([
      { id: 'bad', connector: 'scripted', settings: { ulr: 'x' } },
      { id: 'odd', connector: 'nonsense' },
      one,
    ]);
    desk.start();
    await clock.advance(0);
    expect(health().state).toBe('fresh');
    expect(health('bad')).toMatchObject({
      state: 'failing',
      lastError: expect.stringMatching(/"bad".*settings/) as string,
    });
    expect(health('odd').lastError).toContain('Write one of: scripted');
    expect(desk.instance('bad')).toBeNull();
    expect(desk.instance('a')).not.toBeNull();
    expect(await desk.test('odd')).toMatchObject({ ok: false });
    await expect(desk.test('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('are tried again when the reason may go away', async () => {
    const { script, clock, desk, health, held } = await start([]);
    script.createFails = true;
    held.workspace = workspaceWith([one]);
    await desk.reconcile();
    desk.start();
    await clock.advance(0);
    expect(health()).toMatchObject({ state: 'failing', lastError: 'The port is taken.' });
    script.createFails = false;
    await clock.advance(5000);
    expect(health().state).toBe('fresh');
    expect(await desk.test('a')).toMatchObject({ ok: true });
  });
});

describe('a workspace that was loaded again', () => {
  it('closes what changed or went, makes what is new, leaves the rest', async () => {
    const { script, clock, desk, changes, held } = await start([one, { ...one, id: 'b' }]);
    desk.start();
    await clock.advance(0);
    const kept = desk.instance('a');
    held.workspace = workspaceWith([one, { ...one, id: 'c' }]);
    await desk.reconcile();
    await clock.advance(0);
    expect(desk.list().map((row) => row.id)).toEqual(['a', 'c']);
    expect(desk.instance('a')).toBe(kept);
    expect(script.closed).toBe(1);
    expect(changes).toContainEqual({ entity: 'source', id: 'b', value: null });
    await desk.stop();
    expect(script.closed).toBe(3);
  });
});

describe('the built-in receiver', () => {
  const counters = {
    spans: 0,
    feedback: 0,
    duplicates: 0,
    rejected: 0,
    unattributed: 0,
    requests: 0,
    lastReceivedMs: null,
  };
  const facts: TelemetryFacts = {
    counters,
    dataUpToMs: null,
    endpoint: 'http://127.0.0.1:4318',
    problem: null,
  };

  it('is a row of its own, first, with its counters and the age of its data', async () => {
    const { clock, desk, held, health, changes } = await start([one], facts);
    desk.start();
    await clock.advance(0);
    expect(desk.list()[0]).toMatchObject({
      id: 'telemetry',
      state: 'never',
      baseUrl: 'http://127.0.0.1:4318',
    });
    held.facts = {
      ...facts,
      dataUpToMs: clock.nowMs() - 500,
      counters: { ...counters, spans: 10, duplicates: 2, requests: 1, lastReceivedMs: clock.nowMs() },
    };
    await clock.advance(2000);
    expect(health('telemetry')).toMatchObject({ state: 'fresh', counters: { spans: 10, duplicates: 2 } });
    expect(changes.at(-1)).toMatchObject({ entity: 'source', id: 'telemetry', value: { state: 'fresh' } });
    await clock.advance(70_000);
    expect(health('telemetry').state).toBe('stale');
    held.facts = { ...held.facts, problem: 'Port 4318 is taken.' };
    expect(health('telemetry')).toMatchObject({ state: 'failing', lastError: 'Port 4318 is taken.' });
  });

  it('tests whether data arrives and can be told apart', async () => {
    const { desk, held } = await start([], facts);
    expect(await desk.test('telemetry')).toMatchObject({
      ok: false,
      message: expect.stringContaining('nothing yet') as string,
    });
    held.facts = { ...facts, counters: { ...counters, spans: 5, unattributed: 5, requests: 1 } };
    expect((await desk.test('telemetry')).message).toContain('gen_ai.prompt.name');
    held.facts = { ...facts, counters: { ...counters, spans: 5, requests: 1 } };
    expect(await desk.test('telemetry')).toMatchObject({ ok: true });
  });
});
