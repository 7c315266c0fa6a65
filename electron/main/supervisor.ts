import type { EngineState, MainToEngine } from '#shared/model/desktop.ts';

/** The engine's process as the supervisor sees it; `P` is the kind of port that may travel along. */
export type EngineProcess<P> = {
  post(message: MainToEngine, ports?: readonly P[]): void;
  kill(): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, whatever ended it. */
  onExit(listener: (code: number | null) => void): void;
};

export type Timers = {
  nowMs(): number;
  /** Runs `task` later; the returned function cancels it. */
  after(ms: number, task: () => void): () => void;
};

export type SupervisorOptions<P> = {
  readonly fork: () => EngineProcess<P>;
  readonly timers: Timers;
  /** What the page is told. */
  readonly onState: (state: EngineState, detail: string) => void;
  readonly onMessage: (message: unknown) => void;
};

export type Supervisor<P> = {
  readonly state: EngineState;
  readonly detail: string;
  start(): void;
  /** By hand, after it was given up. */
  retry(): void;
  /** False while no engine runs. */
  post(message: MainToEngine, ports?: readonly P[]): boolean;
  /** Called by the message reader when the engine says that it runs. */
  ready(): void;
  /** Called when the engine says that it cannot run here; no restart. */
  refused(why: string): void;
  /** Asks, waits at most `boundMs`, then kills. Resolves when the process is gone. */
  stop(boundMs: number): Promise<void>;
};

const BACKOFF_MS = [1_000, 2_000, 4_000, 8_000, 16_000];
/** More crashes than there are steps, within this time: something restarting cannot mend. */
const CRASH_WINDOW_MS = 10 * 60_000;

/**
 * Keeps one engine process running: restarts a crashed one after 1, 2, 4, 8, 16 s, gives up after five crashes in ten
 * minutes, and says every change. A page on a dead port never learns of it by itself, so this is its only source.
 */
export function createSupervisor<P>(options: SupervisorOptions<P>): Supervisor<P> {
  const { timers } = options;
  let child: EngineProcess<P> | null = null;
  let state: EngineState = 'starting';
  let detail = '';
  let crashesMs: number[] = [];
  let refusal: string | null = null;
  let isStopping = false;
  let cancelRestart: () => void = () => undefined;
  let gone: () => void = () => undefined;

  function say(next: EngineState, why: string): void {
    state = next;
    detail = why;
    options.onState(next, why);
  }

  function launch(): void {
    const launched = options.fork();
    child = launched;
    refusal = null;
    launched.onMessage((message) => {
      if (child === launched) options.onMessage(message);
    });
    launched.onExit((code) => {
      if (child !== launched) return;
      child = null;
      gone();
      if (!isStopping) afterExit(code);
    });
  }

  function afterExit(code: number | null): void {
    if (refusal !== null) {
      say('failed', refusal);
      return;
    }
    const nowMs = timers.nowMs();
    crashesMs = [...crashesMs.filter((atMs) => nowMs - atMs < CRASH_WINDOW_MS), nowMs];
    const waitMs = BACKOFF_MS[crashesMs.length - 1];
    const ended = code === null ? 'The engine was ended' : `The engine ended with code ${code}`;
    if (waitMs === undefined) {
      say(
        'failed',
        `${ended}, ${crashesMs.length} times in ten minutes. Choose "Restart engine" to try again.`,
      );
      return;
    }
    say('restarting', `${ended}; it starts again in ${waitMs / 1000} s.`);
    cancelRestart = timers.after(waitMs, launch);
  }

  return {
    get state() {
      return state;
    },
    get detail() {
      return detail;
    },
    start() {
      say('starting', '');
      launch();
    },
    retry() {
      if (child !== null || isStopping) return;
      cancelRestart();
      crashesMs = [];
      say('restarting', '');
      launch();
    },
    post(message, ports) {
      if (child === null || state !== 'running') return false;
      child.post(message, ports);
      return true;
    },
    ready() {
      if (child !== null && !isStopping) say('running', '');
    },
    refused(why) {
      refusal = why;
    },
    async stop(boundMs) {
      isStopping = true;
      cancelRestart();
      const stopping = child;
      if (stopping === null) return;
      await new Promise<void>((resolve) => {
        const cancelKill = timers.after(boundMs, () => stopping.kill());
        gone = () => {
          cancelKill();
          resolve();
        };
        stopping.post({ type: 'stop' });
      });
    },
  };
}
