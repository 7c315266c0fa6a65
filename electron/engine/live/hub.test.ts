import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { EngineInfo, LiveChange, LiveMessage } from '#shared/model/live.ts';
import type { SourceHealth } from '#shared/model/source.ts';
import { createFakeClock } from '../fake-clock.ts';
import { createHub, HEARTBEAT_INTERVAL_MS } from './hub.ts';

const engine: EngineInfo = {
  version: '0',
  workspaceName: 'test',
  workspacePath: null,
  workspaceProblems: [],
  dataDir: '/nowhere',
  host: 'cli',
  startedAtMs: 0,
  engineId: null,
  nowMs: 0,
  clockSpeed: 1,
  actor: 'ana',
  otlpEndpoint: null,
  demo: null,
  drill: null,
  person: { name: 'ana', roles: ['admin'], owns: [], team: [] },
  recordProblem: null,
};

function source(id: string, latencyMs: number): LiveChange {
  const value: SourceHealth = {
    id,
    title: id,
    connector: 'test',
    kinds: ['flags'],
    state: 'fresh',
    refreshIntervalMs: 1000,
    lastAttemptMs: null,
    lastOkMs: null,
    dataUpToMs: null,
    latencyMs,
    lastError: null,
    nextAttemptMs: null,
    baseUrl: null,
    leastPrivilegeHint: null,
    counters: {},
  };
  return { entity: 'source', id, value };
}

function setUp(maxPending?: number) {
  const clock = createFakeClock();
  const hub = createHub({
    clock,
    state: () => ({ engine, prompts: {}, incidents: {}, sources: {}, presence: {}, drill: null }),
    maxPending,
  });
  /** Reads the feed into an array, as a consumer that is always ready. */
  function listen(signal?: AbortSignal) {
    const messages: LiveMessage[] = [];
    const ended = (async () => {
      for await (const message of hub.subscribe(signal)) messages.push(message);
    })();
    return { messages, ended };
  }
  return { clock, hub, listen };
}

describe('the feed hub', () => {
  it('shows each reader what it may see', async () => {
    const { clock, hub } = setUp();
    const messages: LiveMessage[] = [];
    const leaving = new AbortController();
    const ended = (async () => {
      const shown = (message: LiveMessage) => ({ ...message, nowMs: -1 });
      for await (const message of hub.subscribe(leaving.signal, shown)) messages.push(message);
    })();
    await clock.advance(HEARTBEAT_INTERVAL_MS * 2);
    leaving.abort();
    await ended;
    expect(messages.map(({ type, nowMs }) => [type, nowMs]).slice(0, 2)).toEqual([
      ['snapshot', -1],
      ['heartbeat', -1],
    ]);
  });

  it('starts with a snapshot and numbers its messages without a gap', async () => {
    const { clock, hub, listen } = setUp();
    const { messages } = listen();
    await clock.advance(0);
    expect(messages.map((message) => message.type)).toEqual(['snapshot']);
    for (let turn = 0; turn < 5; turn += 1) {
      hub.publish(source('a', turn));
      await clock.advance(150);
    }
    await clock.advance(5000);
    expect(messages.map((message) => message.seq)).toEqual(messages.map((_, index) => index + 1));
    expect(messages.some((message) => message.type === 'heartbeat')).toBe(true);
    hub.close();
  });

  it('sends the latest value per entity and at most one message per 100 ms', async () => {
    const { clock, hub, listen } = setUp();
    const { messages } = listen();
    await clock.advance(200);
    for (let turn = 0; turn < 1000; turn += 1) {
      hub.publish(source('a', turn));
      hub.publish(source('b', -turn));
    }
    await clock.advance(1);
    expect(messages).toHaveLength(2);
    expect(messages[1]).toMatchObject({ type: 'delta', changes: [source('a', 999), source('b', -999)] });
    // 50 changes spread over one second: ten messages at most.
    for (let turn = 0; turn < 50; turn += 1) {
      hub.publish(source('a', turn));
      await clock.advance(20);
    }
    await clock.advance(100);
    expect(messages.length - 2).toBeLessThanOrEqual(11);
    expect(messages.at(-1)).toMatchObject({ changes: [source('a', 49)] });
    hub.close();
  });

  it('replaces too many pending changes by a new snapshot', async () => {
    const { clock, hub, listen } = setUp(10);
    const { messages } = listen();
    await clock.advance(0);
    for (let entity = 0; entity < 11; entity += 1) hub.publish(source(`s${entity}`, 1));
    await clock.advance(100);
    expect(messages.map((message) => message.type)).toEqual(['snapshot', 'snapshot']);
    hub.publish(source('a', 1));
    await clock.advance(100);
    expect(messages.at(-1)).toMatchObject({ type: 'delta', seq: 3, changes: [source('a', 1)] });
    hub.close();
  });

  it('keeps only the latest for a consumer that does not read', async () => {
    const { clock, hub } = setUp();
    const feed = hub.subscribe(undefined);
    await feed.next();
    for (let turn = 0; turn < 10_000; turn += 1) hub.publish(source('a', turn));
    await clock.advance(60_000);
    const next = feed.next();
    await clock.advance(0);
    expect((await next).value).toMatchObject({ seq: 2, changes: [source('a', 9999)] });
    hub.close();
  });

  it('says something every two seconds of silence', async () => {
    const { clock, hub, listen } = setUp();
    const { messages } = listen();
    await clock.advance(HEARTBEAT_INTERVAL_MS * 3);
    expect(messages.map((message) => message.type)).toEqual([
      'snapshot',
      'heartbeat',
      'heartbeat',
      'heartbeat',
    ]);
    hub.close();
  });

  it('ends while it waits when its signal aborts, and forgets the subscriber', async () => {
    const { clock, hub, listen } = setUp();
    const leaving = new AbortController();
    const { ended } = listen(leaving.signal);
    listen();
    await clock.advance(500);
    expect(hub.subscribers()).toBe(2);
    leaving.abort();
    await ended;
    expect(hub.subscribers()).toBe(1);
    hub.close();
    await clock.advance(0);
    expect(hub.subscribers()).toBe(0);
  });

  it('keeps nothing of a thousand pages that came and went', async () => {
    const { clock, hub } = setUp();
    const window = new AbortController();
    for (let turn = 0; turn < 1000; turn += 1) {
      const leaving = new AbortController();
      const feed = hub.subscribe(AbortSignal.any([leaving.signal, window.signal]));
      await feed.next();
      const pending = feed.next();
      leaving.abort();
      expect((await pending).done).toBe(true);
    }
    expect(hub.subscribers()).toBe(0);
    const staying = new AbortController();
    const feed = hub.subscribe(staying.signal);
    await feed.next();
    for (let turn = 0; turn < 100; turn += 1) {
      const next = feed.next();
      hub.publish(source('a', turn));
      await clock.advance(100);
      await next;
    }
    // Waits leave no listener behind on a signal that lives as long as the page.
    expect(getEventListeners(staying.signal, 'abort').length).toBeLessThanOrEqual(1);
    hub.close();
  });

  it('ends at once for a signal that is aborted already', async () => {
    const { hub } = setUp();
    const messages = await Array.fromAsync(hub.subscribe(AbortSignal.abort()));
    expect(messages).toEqual([]);
    expect(hub.subscribers()).toBe(0);
  });

  it('remembers up to when the data reaches', async () => {
    const { hub } = setUp();
    hub.publish({ entity: 'data', dataUpToMs: 42 });
    const feed = hub.subscribe(undefined);
    expect((await feed.next()).value).toMatchObject({ type: 'snapshot', state: { dataUpToMs: 42 } });
    hub.close();
  });
});
