import { createORPCClient, type ClientLink } from '@orpc/client';
import { assertNever } from '#shared/lib/assert-never.ts';
import type { LiveMessage } from '#shared/model/live.ts';
import { DrillOverError, RefusedError } from './call-errors.ts';
import type { Client } from './client.ts';
import {
  backoffMs,
  INITIAL_CONNECTION,
  isLive,
  reduceConnection,
  REOPEN_AFTER_MS,
  STALE_AFTER_MS,
  type ConnectionEvent,
  type ConnectionState,
} from './connection-machine.ts';
import { createGuardedLink } from './guarded-link.ts';
import type { CallContext, OpenLink, Transport } from './transport.ts';

/** Opening a link and its feed may take this long. */
const OPEN_TIMEOUT_MS = 8_000;
const WATCH_EVERY_MS = 500;

export type ConnectionOptions = {
  readonly transport: Transport;
  /** Returns false on a gap in the sequence: the feed is then subscribed anew. */
  readonly onMessage: (message: LiveMessage) => boolean;
  readonly onState: (state: ConnectionState) => void;
  readonly onOpenIncident?: (incidentId: string) => void;
  /** Monotonic ms. */
  readonly monotonicMs: () => number;
};

export type Connection = {
  readonly client: Client;
  readonly state: () => ConnectionState;
  /** "Try again" of the person. */
  readonly retry: () => void;
  readonly start: () => void;
  readonly stop: () => void;
};

/** Why a call is refused now, in words for a person. */
export function whyNotLive(state: ConnectionState): string {
  switch (state.name) {
    case 'connecting':
      return 'Not connected to the engine yet.';
    case 'stale':
      return 'The engine has been silent for more than 5 s.';
    case 'engine-restarting':
      return 'The engine is restarting.';
    case 'failed':
      return state.detail;
    case 'live':
      return '';
    default:
      return assertNever(state);
  }
}

/** Keeps the page connected: opens links, reads the feed, watches for silence, and gives views their guarded client. */
export function createConnection(options: ConnectionOptions): Connection {
  const { transport, monotonicMs } = options;
  let state = INITIAL_CONNECTION;
  let session: { readonly link: ClientLink<CallContext>; readonly over: AbortController } | null = null;
  let lastMessageMs = 0;
  let wake: (() => void) | null = null;
  const stopped = new AbortController();

  const dispatch = (event: ConnectionEvent) => {
    const next = reduceConnection(state, event);
    if (next === state) return;
    state = next;
    options.onState(state);
  };

  const client: Client = createORPCClient(
    createGuardedLink(() =>
      session !== null && isLive(state)
        ? { open: true, link: session.link, lost: session.over.signal }
        : { open: false, why: whyNotLive(state) },
    ),
  );

  const readFeed = async (link: ClientLink<CallContext>, over: AbortController): Promise<void> => {
    const raw: Client = createORPCClient(link);
    // A gap ends one subscription and begins the next on the same link.
    while (!over.signal.aborted) {
      const feed = await withDeadline(
        raw.live.subscribe(undefined, { signal: over.signal }),
        'The engine did not open its feed in time.',
      );
      let isWhole = true;
      for await (const message of feed) {
        lastMessageMs = monotonicMs();
        isWhole = options.onMessage(message);
        if (!isWhole) break;
        dispatch({ type: 'message' });
      }
      if (isWhole) throw new Error('The engine ended the feed.');
    }
  };

  const runSession = async (): Promise<void> => {
    const over = new AbortController();
    const opening = new AbortController();
    const timer = setTimeout(() => opening.abort(), OPEN_TIMEOUT_MS);
    let opened: OpenLink | null = null;
    try {
      opened = await transport.open(opening.signal);
      session = { link: opened.link, over };
      lastMessageMs = monotonicMs();
      await untilAborted(readFeed(opened.link, over), over.signal);
    } finally {
      clearTimeout(timer);
      if (session?.over === over) session = null;
      over.abort(new Error('The connection was lost.'));
      opened?.close();
    }
  };

  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      try {
        await runSession();
      } catch (error) {
        if (stopped.signal.aborted) return;
        if (error instanceof RefusedError) dispatch({ type: 'refused', detail: error.message });
        else if (error instanceof DrillOverError) dispatch({ type: 'no-drill', detail: error.message });
        else dispatch({ type: 'lost', detail: error instanceof Error ? error.message : String(error) });
      }
      await pause();
    }
  };

  /**
   * Until the back-off is over, or something wakes us. A refusal and a dead engine are left to a person or the host; for the next
   * drill the page looks by itself.
   */
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const waitsForOthers =
        state.name === 'engine-restarting' ||
        (state.name === 'failed' && (state.cause === 'refused' || state.cause === 'engine'));
      const timer = waitsForOthers ? null : setTimeout(() => wake?.(), backoffMs(state));
      wake = () => {
        wake = null;
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
    });

  const reopen = (reason: string) => {
    session?.over.abort(new Error(reason));
    wake?.();
  };

  const watch = () => {
    if (session === null || (state.name !== 'live' && state.name !== 'stale')) return;
    const silentMs = monotonicMs() - lastMessageMs;
    if (silentMs >= REOPEN_AFTER_MS) reopen(`The engine was silent for ${Math.round(silentMs / 1000)} s.`);
    else if (silentMs >= STALE_AFTER_MS) dispatch({ type: 'silence', sinceMs: lastMessageMs });
  };

  return {
    client,
    state: () => state,
    retry: () => {
      dispatch({ type: 'retry' });
      wake?.();
    },
    start: () => {
      const unlisten = transport.listen((event) => {
        switch (event.type) {
          case 'engine':
            dispatch({ type: 'engine', state: event.state, detail: event.detail });
            if (event.state === 'restarting' || event.state === 'failed')
              session?.over.abort(new Error(event.detail));
            return;
          case 'replaced':
            dispatch({ type: 'retry' });
            reopen('The engine was replaced.');
            return;
          case 'no-drill':
            dispatch({ type: 'no-drill', detail: event.detail });
            session?.over.abort(new DrillOverError(event.detail));
            return;
          case 'open-incident':
            options.onOpenIncident?.(event.incidentId);
            return;
          default:
            assertNever(event);
        }
      });
      const timer = setInterval(watch, WATCH_EVERY_MS);
      stopped.signal.addEventListener('abort', () => {
        clearInterval(timer);
        unlisten();
        reopen('The page is closing.');
      });
      void run();
    },
    stop: () => stopped.abort(),
  };
}

function withDeadline<T>(promise: Promise<T>, message: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(message)), OPEN_TIMEOUT_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Ends with the promise or with the signal, whichever is first: a dead port never answers an abort. */
function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    promise.then(resolve, reject);
  });
}
