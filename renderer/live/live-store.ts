import { create } from 'zustand';
import type { LiveMessage } from '#shared/model/live.ts';
import { INITIAL_CONNECTION, type ConnectionState } from '#renderer/client/connection-machine.ts';
import { applyMessage, EMPTY_FEED, engineNow, type Feed } from './feed.ts';

export type LiveStore = {
  readonly feed: Feed;
  readonly connection: ConnectionState;
};

/** The one store of what the engine pushes. Views read it through the hooks of hooks.ts. */
export const useLiveStore = create<LiveStore>()(() => ({ feed: EMPTY_FEED, connection: INITIAL_CONNECTION }));

/** Takes a message in. False = a message is missing and a new snapshot is needed. */
export function receiveMessage(message: LiveMessage, receivedAtMs: number): boolean {
  const applied = applyMessage(useLiveStore.getState().feed, message, receivedAtMs);
  if (!applied.whole) return false;
  useLiveStore.setState({ feed: applied.feed });
  return true;
}

export function showConnection(connection: ConnectionState): void {
  useLiveStore.setState({ connection });
}

/** The engine's clock now; the wall clock before the first message. */
export function currentEngineNowMs(): number {
  const { feed } = useLiveStore.getState();
  return feed.state === null ? Date.now() : engineNow(feed, performance.now());
}
