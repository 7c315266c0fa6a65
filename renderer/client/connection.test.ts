import type { ClientLink } from '@orpc/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveMessage } from '#shared/model/live.ts';
import { RefusedError } from './call-errors.ts';
import { createConnection } from './connection.ts';
import type { ConnectionState } from './connection-machine.ts';
import type { CallContext, HostEvent, Transport } from './transport.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A feed fed by hand. */
function createFeed() {
  const waiting: LiveMessage[] = [];
  let wake: (() => void) | null = null;
  let isOver = false;
  return {
    push: (message: LiveMessage) => {
      waiting.push(message);
      wake?.();
    },
    end: () => {
      isOver = true;
      wake?.();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else if (isOver) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
const beat = (seq: number): LiveMessage => ({ type: 'heartbeat', seq, nowMs: 0 });

function start(
  open: (attempt: number) => 'feed' | 'unreachable' | 'refused' = () => 'feed',
  isWhole = () => true,
) {
  const feeds: ReturnType<typeof createFeed>[] = [];
  const states: ConnectionState[] = [];
  const messages: LiveMessage[] = [];
  let tell: (event: HostEvent) => void = () => undefined;
  let attempts = 0;
  const link: ClientLink<CallContext> = {
    call: (path) => {
      if (path.join('.') !== 'live.subscribe') return new Promise(() => undefined);
      const feed = createFeed();
      feeds.push(feed);
      return Promise.resolve(feed);
    },
  };
  const transport: Transport = {
    open: () => {
      attempts += 1;
      const outcome = open(attempts);
      if (outcome === 'feed') return Promise.resolve({ link, close: () => undefined });
      return Promise.reject(
        outcome === 'refused' ? new RefusedError('Code used.') : new Error('ECONNREFUSED'),
      );
    },
    listen: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  const connection = createConnection({
    transport,
    monotonicMs: () => performance.now(),
    onMessage: (message) => {
      messages.push(message);
      return isWhole();
    },
    onState: (state) => states.push(state),
  });
  connection.start();
  return {
    connection,
    feeds,
    messages,
    names: () => states.map((state) => state.name),
    attempts: () => attempts,
    tell: (event: HostEvent) => tell(event),
    settle: () => vi.advanceTimersByTimeAsync(0),
  };
}

describe('createConnection', () => {
  it('is live with the first message', async () => {
    const page = start();
    await page.settle();
    expect(page.connection.state().name).toBe('connecting');
    page.feeds[0]?.push(beat(1));
    await page.settle();
    expect(page.connection.state().name).toBe('live');
    page.connection.stop();
  });

  it('shows silence as stale after 5 s, and opens the feed anew after 12 s', async () => {
    const page = start();
    await page.settle();
    page.feeds[0]?.push(beat(1));
    await vi.advanceTimersByTimeAsync(5_600);
    expect(page.connection.state().name).toBe('stale');
    expect(page.feeds).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(7_500);
    expect(page.feeds).toHaveLength(2);
    page.feeds[1]?.push(beat(1));
    await page.settle();
    expect(page.connection.state().name).toBe('live');
    page.connection.stop();
  });

  it('rejects what is pending when the host announces a restart, and comes back with the new port', async () => {
    const page = start();
    await page.settle();
    page.feeds[0]?.push(beat(1));
    await page.settle();
    const pending = page.connection.client.prompt.list().catch((error: unknown) => error);
    page.tell({ type: 'engine', state: 'restarting', detail: 'It crashed.' });
    expect(await pending).toMatchObject({ name: 'NoAnswerError', why: 'lost' });
    await expect(page.connection.client.prompt.list()).rejects.toThrow('The engine is restarting.');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(page.attempts()).toBe(1);
    page.tell({ type: 'replaced' });
    await page.settle();
    page.feeds[1]?.push(beat(1));
    await page.settle();
    expect(page.connection.state().name).toBe('live');
    page.connection.stop();
  });

  it('takes a new snapshot on a gap, without losing the connection', async () => {
    let isWhole = true;
    const page = start(undefined, () => isWhole);
    await page.settle();
    page.feeds[0]?.push(beat(1));
    await page.settle();
    isWhole = false;
    page.feeds[0]?.push(beat(9));
    await page.settle();
    isWhole = true;
    expect(page.feeds).toHaveLength(2);
    expect(page.attempts()).toBe(1);
    page.feeds[1]?.push(beat(1));
    await page.settle();
    expect(page.names()).toEqual(['live']);
    page.connection.stop();
  });

  it('backs off, says failed, and keeps trying slowly', async () => {
    const page = start((attempt) => (attempt < 8 ? 'unreachable' : 'feed'));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(page.connection.state()).toMatchObject({ name: 'failed', cause: 'unreachable' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(page.feeds).toHaveLength(1);
    page.feeds[0]?.push(beat(1));
    await page.settle();
    expect(page.connection.state().name).toBe('live');
    page.connection.stop();
  });

  it('does not knock again after a refusal until a person says so', async () => {
    const page = start((attempt) => (attempt === 1 ? 'refused' : 'feed'));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(page.attempts()).toBe(1);
    expect(page.connection.state()).toMatchObject({ name: 'failed', cause: 'refused', detail: 'Code used.' });
    page.connection.retry();
    await page.settle();
    expect(page.attempts()).toBe(2);
    page.connection.stop();
  });

  it('sends nothing while stale', async () => {
    const page = start();
    await page.settle();
    page.feeds[0]?.push(beat(1));
    await vi.advanceTimersByTimeAsync(6_000);
    await expect(page.connection.client.prompt.list()).rejects.toMatchObject({ name: 'NotSentError' });
    page.connection.stop();
  });

  it('reopens when the engine ends the feed', async () => {
    const page = start();
    await page.settle();
    page.feeds[0]?.push(beat(1));
    await page.settle();
    page.feeds[0]?.end();
    await vi.advanceTimersByTimeAsync(300);
    expect(page.feeds).toHaveLength(2);
    page.connection.stop();
  });
});

it('operation ids differ and are accepted by the contract', async () => {
  const { createOperationId } = await import('./operation-id.ts');
  const ids = new Set(Array.from({ length: 1_000 }, createOperationId));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[\w-]{8,64}$/);
});
