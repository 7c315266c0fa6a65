import { describe, expect, it } from 'vitest';
import type { LiveMessage, LiveState } from '#shared/model/live.ts';
import { applyMessage, EMPTY_FEED, engineNow, type Feed } from './feed.ts';

const state = (over: Partial<LiveState> = {}): LiveState =>
  ({
    engine: { clockSpeed: 1 },
    prompts: {},
    incidents: {},
    sources: {},
    drill: null,
    presence: {},
    dataUpToMs: null,
    ...over,
  }) as LiveState;
const snapshot = (seq: number, over?: Partial<LiveState>): LiveMessage => ({
  type: 'snapshot',
  seq,
  nowMs: 1_000,
  state: state(over),
});
const delta = (seq: number, ...changes: Extract<LiveMessage, { type: 'delta' }>['changes']): LiveMessage => ({
  type: 'delta',
  seq,
  nowMs: 2_000,
  changes,
});

function take(...messages: LiveMessage[]): Feed {
  return messages.reduce<Feed>((feed, message) => {
    const applied = applyMessage(feed, message, 50);
    if (!applied.whole) throw new Error(`gap at ${message.seq}`);
    return applied.feed;
  }, EMPTY_FEED);
}

describe('applyMessage', () => {
  it('puts the latest value of each entity, and takes gone ones out', () => {
    const prompt = { id: 'a', title: 'A' } as LiveState['prompts'][string];
    const feed = take(
      snapshot(4, { prompts: { b: prompt } }),
      delta(5, { entity: 'prompt', id: 'a', value: prompt }, { entity: 'prompt', id: 'b', value: null }),
      delta(6, { entity: 'data', dataUpToMs: 77 }),
    );
    expect(feed.state?.prompts).toEqual({ a: prompt });
    expect(feed.state?.dataUpToMs).toBe(77);
    expect(feed.seq).toBe(6);
  });

  it('leaves untouched entities the same objects, so that nothing redraws for nothing', () => {
    const sources = { s: { id: 's' } as LiveState['sources'][string] };
    const feed = take(snapshot(1, { sources }), delta(2, { entity: 'data', dataUpToMs: 1 }));
    expect(feed.state?.sources).toBe(sources);
  });

  it.each([3, 1, 2 + 5])('calls number %i after 1 a gap unless it is 2', (seq) => {
    expect(applyMessage(take(snapshot(1)), delta(seq), 50).whole).toBe(false);
  });

  it('asks for a snapshot before anything else', () => {
    expect(applyMessage(EMPTY_FEED, { type: 'heartbeat', seq: 0, nowMs: 0 }, 50).whole).toBe(false);
  });

  it('a snapshot replaces everything, whatever its number', () => {
    const feed = take(snapshot(8, { dataUpToMs: 5 }), snapshot(2));
    expect(feed.state?.dataUpToMs).toBeNull();
    expect(feed.seq).toBe(2);
  });

  it('a heartbeat moves the clock and nothing else', () => {
    const before = take(snapshot(1));
    const applied = applyMessage(before, { type: 'heartbeat', seq: 2, nowMs: 9_000 }, 60);
    expect(applied).toMatchObject({ whole: true, feed: { engineNowMs: 9_000, receivedAtMs: 60 } });
    expect(applied.whole && applied.feed.state).toBe(before.state);
  });
});

describe('engineNow', () => {
  it("goes on between messages at the engine's own speed", () => {
    const feed: Feed = { ...EMPTY_FEED, engineNowMs: 10_000, receivedAtMs: 500, clockSpeed: 10 };
    expect(engineNow(feed, 500)).toBe(10_000);
    expect(engineNow(feed, 2_500)).toBe(30_000);
  });
});
