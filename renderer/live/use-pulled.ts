import { useCallback, useEffect, useEffectEvent, useReducer, useRef } from 'react';
import type { Client } from '#renderer/client/client.ts';
import { describeFailure } from '#renderer/client/failure.ts';
import { useClient } from '#renderer/client/use-client.ts';
import { useConnection } from './hooks.ts';
import { currentEngineNowMs } from './live-store.ts';
import { NOTHING_PULLED, reducePull, type Pulled, type PullEvent } from './pull-machine.ts';

const DEFAULT_MIN_INTERVAL_MS = 1_000;

export type PullOptions = {
  /** Pull again when this value changes: usually the feed's `dataUpToMs`. */
  readonly refreshOn?: string | number | null;
  /** Shortest real time between two pulls. */
  readonly minIntervalMs?: number;
  /** A new key is about something else: old data must not stay on screen. By default a new key is a newer window. */
  readonly resetOnKeyChange?: boolean;
};

/**
 * Request/response data with its states. `key` names everything the request depends on (null: do not ask). A new key or
 * a new `refreshOn` renews it, one request at a time and the latest wish last; what is on screen stays until the answer
 * comes. Waits for a live connection and renews when it comes back.
 */
export function usePulled<T>(
  key: string | null,
  fetcher: (client: Client, signal: AbortSignal) => Promise<T>,
  options: PullOptions = {},
): Pulled<T> & { readonly reload: () => void } {
  const client = useClient();
  const isLive = useConnection().name === 'live';
  const [pulled, dispatch] = useReducer<Pulled<T>, [PullEvent<T>]>(reducePull, NOTHING_PULLED);
  const [turn, again] = useReducer((count: number) => count + 1, 0);
  const lastKey = useRef<string | null>(null);
  const lastStartMs = useRef(Number.NEGATIVE_INFINITY);
  const inFlight = useRef<AbortController | null>(null);
  const lastWish = useRef('');
  const { refreshOn, minIntervalMs = DEFAULT_MIN_INTERVAL_MS, resetOnKeyChange = false } = options;

  const pull = useEffectEvent(async (forKey: string, wish: string) => {
    lastWish.current = wish;
    const mustReset = resetOnKeyChange && lastKey.current !== null && lastKey.current !== forKey;
    if (mustReset) inFlight.current?.abort();
    // The one on its way finishes first; it then sees that a newer wish is waiting.
    else if (inFlight.current !== null) return;
    const abort = new AbortController();
    inFlight.current = abort;
    lastKey.current = forKey;
    lastStartMs.current = performance.now();
    dispatch({ type: 'started', reset: mustReset });
    try {
      const data = await fetcher(client, abort.signal);
      if (!abort.signal.aborted) dispatch({ type: 'arrived', data, atMs: currentEngineNowMs() });
    } catch (error) {
      if (!abort.signal.aborted) dispatch({ type: 'failed', error: describeFailure(error) });
    }
    if (inFlight.current !== abort) return;
    inFlight.current = null;
    if (lastWish.current !== wish) again();
  });
  const startPull = useEffectEvent((forKey: string, wish: string): (() => void) | undefined => {
    const isOther = lastKey.current === null || (resetOnKeyChange && lastKey.current !== forKey);
    const waitMs = isOther ? 0 : lastStartMs.current + minIntervalMs - performance.now();
    if (waitMs <= 0) {
      void pull(forKey, wish);
      return undefined;
    }
    const timer = setTimeout(() => void pull(forKey, wish), waitMs);
    return () => clearTimeout(timer);
  });

  const wish = `${turn}:${refreshOn ?? ''}:${key ?? ''}`;
  useEffect(() => (key === null || !isLive ? undefined : startPull(key, wish)), [key, isLive, wish]);

  useEffect(
    () => () => {
      inFlight.current?.abort();
      inFlight.current = null;
      lastKey.current = null;
    },
    [],
  );

  const reload = useCallback(() => {
    lastStartMs.current = Number.NEGATIVE_INFINITY;
    again();
  }, []);
  return { ...pulled, reload };
}
