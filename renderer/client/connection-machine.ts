import { assertNever } from '#shared/lib/assert-never.ts';

/** Heartbeats come every 2 s of real time; past this silence nothing on screen may pass for current. */
export const STALE_AFTER_MS = 5_000;
/** Past this silence the feed is given up and opened anew. */
export const REOPEN_AFTER_MS = 12_000;
/** From this attempt on the state reads `failed`; trying goes on, slowly. */
export const FAILED_FROM_ATTEMPT = 5;

/** How the page stands with the engine. Always visible, never inferred from a failed call. */
export type ConnectionState =
  | { readonly name: 'connecting'; readonly attempt: number; readonly detail: string | null }
  | { readonly name: 'live' }
  | { readonly name: 'stale'; readonly silentSinceMs: number }
  | { readonly name: 'engine-restarting'; readonly detail: string }
  | {
      readonly name: 'failed';
      /**
       * `refused`: our key is not accepted; `unreachable`: nobody answers; `engine`: the engine stays down; `no-drill`: this page
       * shows the world of a drill, and none is under way.
       */
      readonly cause: 'refused' | 'unreachable' | 'engine' | 'no-drill';
      readonly attempt: number;
      readonly detail: string;
    };

export type ConnectionEvent =
  /** A message of the feed arrived. */
  | { readonly type: 'message' }
  /** Nothing arrived since `sinceMs` (monotonic). */
  | { readonly type: 'silence'; readonly sinceMs: number }
  /** The feed or the attempt to open it ended. */
  | { readonly type: 'lost'; readonly detail: string }
  /** The host refuses us; trying again by ourselves cannot help. */
  | { readonly type: 'refused'; readonly detail: string }
  /** The world of a drill that this page shows is gone, or not there yet. */
  | { readonly type: 'no-drill'; readonly detail: string }
  /** The host says what the engine does. */
  | {
      readonly type: 'engine';
      readonly state: 'starting' | 'running' | 'restarting' | 'failed';
      readonly detail: string;
    }
  /** A new way to the engine is there, or the person pressed "try again". */
  | { readonly type: 'retry' };

export const INITIAL_CONNECTION: ConnectionState = { name: 'connecting', attempt: 1, detail: null };

/** The next state; pure. */
export function reduceConnection(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  switch (event.type) {
    case 'message':
      return state.name === 'live' ? state : { name: 'live' };
    case 'silence':
      return state.name === 'live' ? { name: 'stale', silentSinceMs: event.sinceMs } : state;
    case 'lost':
      return afterLoss(state, event.detail);
    case 'refused':
      return { name: 'failed', cause: 'refused', attempt: 0, detail: event.detail };
    case 'no-drill':
      return { name: 'failed', cause: 'no-drill', attempt: 0, detail: event.detail };
    case 'engine':
      return afterAnnouncement(state, event.state, event.detail);
    case 'retry':
      return state.name === 'engine-restarting' || state.name === 'failed'
        ? { name: 'connecting', attempt: 1, detail: null }
        : state;
    default:
      return assertNever(event);
  }
}

function afterLoss(state: ConnectionState, detail: string): ConnectionState {
  switch (state.name) {
    case 'live':
    case 'stale':
      return { name: 'connecting', attempt: 1, detail };
    case 'connecting': {
      const attempt = state.attempt + 1;
      return attempt < FAILED_FROM_ATTEMPT
        ? { name: 'connecting', attempt, detail }
        : { name: 'failed', cause: 'unreachable', attempt, detail };
    }
    case 'failed':
      return state.cause === 'unreachable' ? { ...state, attempt: state.attempt + 1, detail } : state;
    case 'engine-restarting':
      // The host already said why; a broken feed adds nothing.
      return state;
    default:
      return assertNever(state);
  }
}

function afterAnnouncement(
  state: ConnectionState,
  engine: 'starting' | 'running' | 'restarting' | 'failed',
  detail: string,
): ConnectionState {
  switch (engine) {
    case 'restarting':
      return { name: 'engine-restarting', detail };
    case 'failed':
      return { name: 'failed', cause: 'engine', attempt: 0, detail };
    case 'starting':
    case 'running':
      return state;
    default:
      return assertNever(engine);
  }
}

/** Wait before the next attempt, in ms: doubling from 250 ms, at most 4 s, 10 s once failed. */
export function backoffMs(state: ConnectionState): number {
  if (state.name === 'failed') return 10_000;
  if (state.name === 'connecting') return Math.min(4_000, 250 * 2 ** (state.attempt - 1));
  return 250;
}

/** May a command be sent? Only on a live connection: anything else would be a guess. */
export function isLive(state: ConnectionState): boolean {
  return state.name === 'live';
}
