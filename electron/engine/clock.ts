/** The only place in the engine that touches timers and the system clock. Everything else takes a `Clock`. */
export type Clock = {
  /** Epoch ms, UTC, whole ones, on the engine's clock (may run ahead of the wall clock in the demonstration and in drills). */
  nowMs(): number;
  /** Monotonic ms for durations; never jumps with the wall clock. Scaled like `nowMs`. */
  monotonicMs(): number;
  /** Resolves after `ms` of engine time; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Aborts after `ms` of REAL time, whatever the clock's speed: for deadlines of network calls. */
  deadline(ms: number): AbortSignal;
  readonly speed: number;
};

/** A clock whose speed can change while it runs; time never goes backwards. */
export type AdjustableClock = Clock & {
  setSpeed(speed: number): void;
  /**
   * Puts the clock ahead to `atMs` if that lies in its future; sleepers whose time has come wake up. For a demonstration that
   * ran fast before: its stored events reach past the wall clock, and time must go on from there.
   */
  skipTo(atMs: number): void;
};

/**
 * The production clock: real time at `speed` 1; at 10 the engine lives ten seconds in one; at 0 its time stands still and sleepers sleep on.
 * With `startMs` its time begins there and is its own: it follows no wall clock.
 */
export function createClock(initialSpeed = 1, startMs: number | null = null): AdjustableClock {
  let speed = initialSpeed;
  let anchorRealMs = performance.now();
  let anchorMonotonicMs = 0;
  const originMs = startMs ?? Date.now();
  const waiters = new Set<() => void>();

  const monotonicMs = () => anchorMonotonicMs + (performance.now() - anchorRealMs) * speed;

  /** While at speed 1 and never scaled, follow the system's wall clock, so that NTP corrections are seen. */
  let isScaled = initialSpeed !== 1 || startMs !== null;
  const nowMs = () => (isScaled ? Math.floor(originMs + monotonicMs()) : Date.now());

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const untilMs = monotonicMs() + ms;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const done = () => {
        clearTimeout(timer);
        waiters.delete(rearm);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        done();
        reject(signal?.reason as Error);
      };
      const rearm = () => {
        clearTimeout(timer);
        const leftMs = untilMs - monotonicMs();
        if (leftMs <= 0) {
          done();
          resolve();
          return;
        }
        if (speed > 0) timer = setTimeout(rearm, Math.min(leftMs / speed, 2 ** 31 - 1));
      };
      waiters.add(rearm);
      signal?.addEventListener('abort', onAbort, { once: true });
      rearm();
    });
  }

  /** After time has moved in another way than by passing. A copy: rearming takes a waiter out and puts it back. */
  function rearmAll(): void {
    const waiting = Array.from(waiters);
    for (const rearm of waiting) rearm();
  }

  return {
    nowMs,
    monotonicMs,
    sleep,
    deadline: (ms) => AbortSignal.timeout(ms),
    get speed() {
      return speed;
    },
    setSpeed(next) {
      const atMs = monotonicMs();
      if (!isScaled && next !== 1) {
        // From here on the engine's time is its own: keep it continuous with what nowMs() said so far.
        anchorMonotonicMs = Math.max(atMs, Date.now() - originMs);
        isScaled = true;
      } else {
        anchorMonotonicMs = atMs;
      }
      anchorRealMs = performance.now();
      speed = next;
      rearmAll();
    },
    skipTo(atMs) {
      if (atMs <= nowMs()) return;
      anchorMonotonicMs = atMs - originMs;
      anchorRealMs = performance.now();
      isScaled = true;
      rearmAll();
    },
  };
}
