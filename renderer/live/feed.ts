import { assertNever } from '#shared/lib/assert-never.ts';
import type { LiveChange, LiveMessage, LiveState } from '#shared/model/live.ts';

/** What the page knows from the feed. `state` null = no snapshot yet. */
export type Feed = {
  readonly state: LiveState | null;
  readonly seq: number;
  /** The engine's clock at the last message, and the page's monotonic clock at that moment. */
  readonly engineNowMs: number;
  readonly receivedAtMs: number;
  readonly clockSpeed: number;
};

export const EMPTY_FEED: Feed = { state: null, seq: -1, engineNowMs: 0, receivedAtMs: 0, clockSpeed: 1 };

export type Applied =
  | { readonly whole: true; readonly feed: Feed }
  /** A message is missing: what is known stays on screen until a new snapshot replaces it. */
  | { readonly whole: false };

/** The feed after one message; pure. `receivedAtMs` is monotonic. */
export function applyMessage(feed: Feed, message: LiveMessage, receivedAtMs: number): Applied {
  if (message.type !== 'snapshot' && (feed.state === null || message.seq !== feed.seq + 1)) {
    return { whole: false };
  }
  const clock = { seq: message.seq, engineNowMs: message.nowMs, receivedAtMs };
  switch (message.type) {
    case 'snapshot':
      return {
        whole: true,
        feed: { ...clock, state: message.state, clockSpeed: message.state.engine.clockSpeed },
      };
    case 'delta': {
      let state = feed.state as LiveState;
      for (const change of message.changes) state = applyChange(state, change);
      return { whole: true, feed: { ...clock, state, clockSpeed: state.engine.clockSpeed } };
    }
    case 'heartbeat':
      return { whole: true, feed: { ...feed, ...clock } };
    default:
      return assertNever(message);
  }
}

function applyChange(state: LiveState, change: LiveChange): LiveState {
  switch (change.entity) {
    case 'engine':
      return { ...state, engine: change.value };
    case 'prompt':
      return { ...state, prompts: put(state.prompts, change.id, change.value) };
    case 'incident':
      return { ...state, incidents: put(state.incidents, change.id, change.value) };
    case 'source':
      return { ...state, sources: put(state.sources, change.id, change.value) };
    case 'drill':
      return { ...state, drill: change.value };
    case 'presence':
      return { ...state, presence: put(state.presence, change.id, change.value) };
    case 'data':
      return { ...state, dataUpToMs: change.dataUpToMs };
    default:
      return assertNever(change);
  }
}

function put<T>(entities: Record<string, T>, id: string, value: T | null): Record<string, T> {
  const next = { ...entities };
  if (value === null) delete next[id];
  else next[id] = value;
  return next;
}

/** The engine's clock at monotonic time `monotonicMs`: it goes on between messages, at its own speed. */
export function engineNow(feed: Feed, monotonicMs: number): number {
  return feed.engineNowMs + (monotonicMs - feed.receivedAtMs) * feed.clockSpeed;
}
