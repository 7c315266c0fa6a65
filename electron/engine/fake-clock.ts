import type { Clock } from './clock.ts';

export type FakeClock = Clock & {
  /** Moves time on, waking sleepers in order and letting their promises run between wake-ups. */
  advance(ms: number): Promise<void>;
  /** Jumps the wall clock without waking anyone (sleep and resume, NTP steps). */
  jumpWall(ms: number): void;
};

/** A clock for tests: time moves only by `advance`. `deadline` follows it too, so time-outs can be simulated. */
export function createFakeClock(startMs = Date.UTC(2026, 4, 9, 14, 0, 0)): FakeClock {
  let elapsedMs = 0;
  let wallShiftMs = 0;
  let sleepers: { untilMs: number; wake: () => void }[] = [];

  const at = (untilMs: number, wake: () => void) => {
    const sleeper = { untilMs, wake };
    sleepers.push(sleeper);
    return () => {
      sleepers = sleepers.filter((other) => other !== sleeper);
    };
  };
  /** Lets pending promise chains (and real I/O callbacks already due) run. */
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };

  return {
    speed: 1,
    nowMs: () => startMs + elapsedMs + wallShiftMs,
    monotonicMs: () => elapsedMs,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const cancel = at(elapsedMs + ms, resolve);
        signal?.addEventListener(
          'abort',
          () => {
            cancel();
            reject(signal.reason as Error);
          },
          { once: true },
        );
      });
    },
    deadline(ms) {
      const controller = new AbortController();
      at(elapsedMs + ms, () =>
        controller.abort(new DOMException('The operation timed out.', 'TimeoutError')),
      );
      return controller.signal;
    },
    async advance(ms) {
      const targetMs = elapsedMs + ms;
      await settle();
      for (;;) {
        const next = sleepers
          .filter((sleeper) => sleeper.untilMs <= targetMs)
          .toSorted((a, b) => a.untilMs - b.untilMs)[0];
        if (!next) break;
        elapsedMs = Math.max(elapsedMs, next.untilMs);
        sleepers = sleepers.filter((other) => other !== next);
        next.wake();
        await settle();
      }
      elapsedMs = targetMs;
      await settle();
    },
    jumpWall(ms) {
      wallShiftMs += ms;
    },
  };
}
