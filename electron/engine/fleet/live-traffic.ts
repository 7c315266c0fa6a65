import { setImmediate as breathe } from 'node:timers/promises';
import { type Clock, createClock } from '#engine/clock.ts';
import type { Emission } from './conversation.ts';
import type { Exporter } from './exporter.ts';
import type { Fleet } from './fleet.ts';

/** Real time between two looks at what the fleet has done. */
const LOOK_REAL_MS = 250;
/** A batch is sent after this time of the fleet's, a tick of the detector, or after so many looks: each costs the receiver a commit. */
const BATCH_MS = 10_000;
const MOST_LOOKS = 8;
/** Time of the past that is handed over in one go: about what one request takes. */
const FILL_MS = 100_000;
/** After a longer pause (the machine slept) the gap stays empty, as it would in a real fleet that was stopped. */
const LONGEST_PAUSE_REAL_MS = 30_000;

/** A fleet in time that runs by itself, on its way to the receiver. */
export type LiveTraffic = {
  /** Hands over everything up to `toMs` that was not yet. Stops early when told to. */
  fill(toMs: number): Promise<void>;
  /** From here on traffic follows the clock. */
  run(): void;
  /** What is queued is sent first. */
  stop(): Promise<void>;
};

export function createLiveTraffic(options: {
  readonly fleet: Pick<Fleet, 'skipTo'>;
  /** What happens up to a time: gives what the fleet sends by then. */
  readonly until: (nowMs: number) => Emission[];
  readonly exporter: Exporter;
  readonly clock: Clock;
  readonly fromMs: number;
}): LiveTraffic {
  const { fleet, until, exporter, clock } = options;
  const realTime = createClock();
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();
  let upToMs = options.fromMs;

  async function follow(): Promise<void> {
    const looksPerBatch = () =>
      Math.min(MOST_LOOKS, Math.max(1, Math.round(BATCH_MS / (LOOK_REAL_MS * clock.speed))));
    for (let looks = 1; ; looks += 1) {
      await realTime.sleep(LOOK_REAL_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      const nowMs = clock.nowMs();
      const longestMs = LONGEST_PAUSE_REAL_MS * Math.max(1, clock.speed);
      if (nowMs - upToMs > longestMs) fleet.skipTo(nowMs - longestMs);
      exporter.take(until(nowMs));
      upToMs = nowMs;
      if (looks % looksPerBatch() === 0) void exporter.flush();
    }
  }

  return {
    async fill(toMs) {
      while (upToMs < toMs && !signal.aborted) {
        upToMs = Math.min(toMs, upToMs + FILL_MS);
        exporter.take(until(upToMs));
        await breathe();
        await exporter.flush();
      }
    },
    run() {
      running = follow();
    },
    async stop() {
      stopping.abort(new Error('the fleet is stopped'));
      await running;
      await exporter.flush();
    },
  };
}
