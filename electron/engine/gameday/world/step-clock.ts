import { setTimeout as pause } from 'node:timers/promises';
import type { AdjustableClock } from '#engine/clock.ts';

export type StepClock = AdjustableClock & {
  /** Moves time on, waking sleepers in order; after each instant everything woken comes to rest before time goes on. */
  advance(ms: number): Promise<void>;
  /** Lets what is under way come to rest without time passing. */
  settle(): Promise<void>;
};

type Sleeper = { readonly untilMs: number; readonly order: number; wake: (() => void) | null };

const SPEED = 10;

/** A heap: the next to wake is first. */
function createQueue() {
  const heap: Sleeper[] = [];
  const isBefore = (a: Sleeper, b: Sleeper) =>
    a.untilMs < b.untilMs || (a.untilMs === b.untilMs && a.order < b.order);
  function swap(a: number, b: number): void {
    const [one, other] = [heap[a], heap[b]];
    if (one && other) [heap[a], heap[b]] = [other, one];
  }
  return {
    first: () => heap[0],
    add(sleeper: Sleeper): void {
      heap.push(sleeper);
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        const [child, above] = [heap[at], heap[parent]];
        if (!child || !above || !isBefore(child, above)) break;
        swap(at, parent);
        at = parent;
      }
    },
    take(): Sleeper | undefined {
      const first = heap[0];
      const last = heap.pop();
      if (!first || !last || heap.length === 0) return first;
      heap[0] = last;
      for (let at = 0; ;) {
        let least = at;
        for (const child of [2 * at + 1, 2 * at + 2]) {
          const [one, other] = [heap[child], heap[least]];
          if (one && other && isBefore(one, other)) least = child;
        }
        if (least === at) break;
        swap(at, least);
        at = least;
      }
      return first;
    },
  };
}

/** Work that must be over before time may go on: files being written or read by this process. */
const FILE_WORK = /^(FSReq|CloseReq|RandomBytes|Zlib)/;
const PROGRAM = 'ProcessWrap';

/** Real time between two looks at a program that runs: it has the machine meanwhile, and a loop that turns would take it away. */
const LOOK_MS = 2;

type Work = 'program' | 'files' | null;

/** What is under way: files, or a program (git) that was started since. One that ran before is somebody else's, and may run for ever. */
function createWorkWatch(): () => Work {
  const programsIn = (names: readonly string[]) => names.filter((name) => name === PROGRAM).length;
  let others = programsIn(process.getActiveResourcesInfo());
  return () => {
    const names = process.getActiveResourcesInfo();
    const programs = programsIn(names);
    others = Math.min(others, programs);
    if (programs > others) return 'program';
    return names.some((name) => FILE_WORK.test(name)) ? 'files' : null;
  };
}
/** Turns of the loop, one after the other without such work, in which everything woken comes to rest. */
const QUIET_TURNS = 3;

const turnOfTheLoop = () =>
  new Promise<void>((resolve) => {
    setImmediate(resolve);
  });

/**
 * A clock that stands still between `advance()` calls. Deadlines are in its own time too: how fast the machine is changes nothing.
 * `onMove` is told of each instant before anybody wakes at it; `isBusy` says whether calls are under way that the event loop does not show.
 */
export function createStepClock(options: {
  readonly startMs: number;
  readonly onMove: (nowMs: number) => void;
  readonly isBusy: () => boolean;
}): StepClock {
  const queue = createQueue();
  const workUnderWay = createWorkWatch();
  let nowMs = options.startMs;
  let order = 0;

  function at(untilMs: number, wake: () => void): Sleeper {
    order += 1;
    const sleeper: Sleeper = { untilMs, order, wake };
    queue.add(sleeper);
    return sleeper;
  }
  async function settle(): Promise<void> {
    // What work that ends sets off takes turns of its own: they are counted from its end.
    for (let quiet = 0; quiet < QUIET_TURNS;) {
      await turnOfTheLoop();
      const work = workUnderWay();
      if (work === 'program') await pause(LOOK_MS);
      quiet = options.isBusy() || work !== null ? 0 : quiet + 1;
    }
  }
  function moveTo(toMs: number): void {
    nowMs = Math.max(nowMs, toMs);
    options.onMove(nowMs);
  }

  return {
    // It is looked at as a fast one: work that is paced by real time need not be done more often.
    speed: SPEED,
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - options.startMs,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error);
          return;
        }
        const sleeper = at(nowMs + Math.max(0, ms), () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        function onAbort(): void {
          sleeper.wake = null;
          reject(signal?.reason as Error);
        }
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    deadline(ms) {
      const controller = new AbortController();
      at(nowMs + ms, () => controller.abort(new DOMException('The operation timed out.', 'TimeoutError')));
      return controller.signal;
    },
    setSpeed() {
      throw new RangeError('a world that stands still has no speed: advance it');
    },
    skipTo(atMs) {
      if (atMs > nowMs) nowMs = atMs;
    },
    settle,
    async advance(ms) {
      const targetMs = nowMs + ms;
      await settle();
      for (let next = queue.first(); next && next.untilMs <= targetMs; next = queue.first()) {
        moveTo(next.untilMs);
        let hasWoken = false;
        for (let due = queue.first(); due && due.untilMs <= nowMs; due = queue.first()) {
          queue.take();
          hasWoken ||= due.wake !== null;
          due.wake?.();
        }
        if (hasWoken) await settle();
      }
      moveTo(targetMs);
      await settle();
    },
  };
}
