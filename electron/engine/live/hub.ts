import type { LiveChange, LiveMessage, LiveState } from '#shared/model/live.ts';
import { assertNever } from '#shared/lib/assert-never.ts';
import type { Clock } from '../clock.ts';
import type { LiveHub } from '../ports.ts';
import { anyAborted } from './any-aborted.ts';

/** At most one message per subscriber in this much REAL time: the page's transports have no backpressure. */
export const FLUSH_INTERVAL_MS = 100;
/** A subscriber hears something at least this often in REAL time; the page calls itself stale after three misses. */
export const HEARTBEAT_INTERVAL_MS = 2000;
/** More changed entities than this since the last message: a new snapshot is cheaper than the deltas. */
export const MAX_PENDING = 500;

type Subscriber = {
  /** Latest change per entity since the last message. */
  readonly pending: Map<string, LiveChange>;
  isOverflowing: boolean;
  wake: () => void;
};

export type HubOptions = {
  readonly clock: Clock;
  /** The whole state as it is now, `dataUpToMs` aside: the hub remembers that from what was published. */
  readonly state: () => Omit<LiveState, 'dataUpToMs'>;
  readonly maxPending?: number;
};

function keyOf(change: LiveChange): string {
  switch (change.entity) {
    case 'engine':
    case 'drill':
    case 'data':
      return change.entity;
    case 'prompt':
    case 'incident':
    case 'source':
    case 'presence':
      return `${change.entity}:${change.id}`;
    default:
      return assertNever(change, 'live change');
  }
}

/**
 * The feed: every subscriber gets a snapshot, then the latest value of each entity that changed, at most every
 * FLUSH_INTERVAL_MS, with heartbeats in between. `seq` counts a subscriber's messages from 1 without gaps.
 * The only generator of the engine; it ends as soon as the subscriber's signal aborts or the hub closes, whatever
 * it is waiting for (a generator stuck in an await would never reach its `finally`).
 */
export function createHub(options: HubOptions): LiveHub & { subscribers(): number } {
  const { clock } = options;
  const maxPending = options.maxPending ?? MAX_PENDING;
  const subscribers = new Set<Subscriber>();
  const closing = new AbortController();
  let dataUpToMs: number | null = null;

  function snapshot(seq: number): LiveMessage {
    return { type: 'snapshot', seq, nowMs: clock.nowMs(), state: { ...options.state(), dataUpToMs } };
  }

  function nextMessage(subscriber: Subscriber, seq: number): LiveMessage {
    if (subscriber.isOverflowing) {
      subscriber.isOverflowing = false;
      subscriber.pending.clear();
      return snapshot(seq);
    }
    if (subscriber.pending.size === 0) return { type: 'heartbeat', seq, nowMs: clock.nowMs() };
    const changes = [...subscriber.pending.values()];
    subscriber.pending.clear();
    return { type: 'delta', seq, nowMs: clock.nowMs(), changes };
  }

  async function* subscribe(
    signal: AbortSignal | undefined,
    shown: (message: LiveMessage) => LiveMessage = (message) => message,
  ): AsyncGenerator<LiveMessage, void, void> {
    const ends = signal ? [signal, closing.signal] : [closing.signal];
    const isOver = () => ends.some((end) => end.aborted);
    const subscriber: Subscriber = { pending: new Map(), isOverflowing: false, wake: () => undefined };
    subscribers.add(subscriber);
    try {
      let seq = 1;
      let quiet = clock.deadline(FLUSH_INTERVAL_MS);
      let silence = clock.deadline(HEARTBEAT_INTERVAL_MS);
      if (isOver()) return;
      yield shown(snapshot(seq));
      for (;;) {
        if (subscriber.pending.size === 0 && !subscriber.isOverflowing) {
          await anyAborted([...ends, silence], (wake) => {
            subscriber.wake = wake;
          });
        }
        // Something to say: not before the flush interval is over, and then the latest of everything.
        await anyAborted([...ends, quiet]);
        if (isOver()) return;
        seq += 1;
        const message = nextMessage(subscriber, seq);
        quiet = clock.deadline(FLUSH_INTERVAL_MS);
        silence = clock.deadline(HEARTBEAT_INTERVAL_MS);
        yield shown(message);
      }
    } finally {
      subscribers.delete(subscriber);
    }
  }

  return {
    publish(change) {
      if (change.entity === 'data') dataUpToMs = change.dataUpToMs;
      const key = keyOf(change);
      for (const subscriber of subscribers) {
        if (subscriber.isOverflowing) continue;
        subscriber.pending.set(key, change);
        if (subscriber.pending.size > maxPending) {
          subscriber.isOverflowing = true;
          subscriber.pending.clear();
        }
        subscriber.wake();
      }
    },
    subscribe,
    close() {
      closing.abort();
    },
    subscribers: () => subscribers.size,
  };
}
