import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What to run. `env` replaces the whole environment when given. */
export type ServerCommand = {
  /** Used in messages: "Unleash did not become ready". */
  name: string;
  command: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
};

export type ServerProcess = {
  pid: number;
  /** The last lines the server wrote to stdout and stderr, oldest first. */
  logTail: () => string;
  hasExited: () => boolean;
  /** Resolves with every complete line written to stdout from now on, until the process ends. */
  onStdoutLine: (listener: (line: string) => void) => void;
  /** Freezes the process and all its descendants: sockets stay open, nothing answers. */
  pause: () => void;
  resume: () => void;
  /** `kill -9` of the process and all its descendants; resolves when it is gone. */
  crash: () => Promise<void>;
  /** Sends `signal`, and `SIGKILL` when the process is still there after `graceMs`. Safe to call twice. */
  stop: (signal?: NodeJS.Signals, graceMs?: number) => Promise<void>;
};

const TAIL_LINES = 30;

/** Every process this test run has started and that still lives: a run that ends early leaves none behind. */
const living = new Set<ChildProcess>();
let isExitHookInstalled = false;

function killLivingOnExit(): void {
  if (isExitHookInstalled) return;
  isExitHookInstalled = true;
  process.once('exit', () => {
    for (const child of living) {
      if (child.pid !== undefined) signalTree(child.pid, 'SIGKILL');
    }
  });
}

/** Starts the command. Throws when it cannot be spawned at all; a later death shows in `hasExited`. */
export async function startServerProcess(server: ServerCommand): Promise<ServerProcess> {
  killLivingOnExit();
  const child = spawn(server.command, server.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: server.env ?? process.env,
    ...(server.cwd === undefined ? {} : { cwd: server.cwd }),
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) =>
      reject(new Error(`${server.name} could not be started: ${error.message}`)),
    );
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${server.name} could not be started: it has no process id`);
  living.add(child);

  const tail: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  const remember = (line: string): void => {
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
  };
  forEachLine(child.stdout, (line) => {
    remember(line);
    for (const listener of listeners) listener(line);
  });
  forEachLine(child.stderr, remember);

  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      living.delete(child);
      remember(`[${server.name} ended: ${signal ?? `exit code ${code}`}]`);
      resolve();
    });
  });
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;

  return {
    pid,
    hasExited,
    logTail: () => tail.join('\n'),
    onStdoutLine: (listener) => void listeners.push(listener),
    pause: () => signalTree(pid, 'SIGSTOP'),
    resume: () => signalTree(pid, 'SIGCONT'),
    crash: async () => {
      if (!hasExited()) signalTree(pid, 'SIGKILL');
      await exited;
    },
    stop: async (signal = 'SIGTERM', graceMs = 5_000) => {
      if (hasExited()) return;
      // A paused process would keep the signal pending for ever.
      signalTree(pid, 'SIGCONT');
      child.kill(signal);
      const isGone = await Promise.race([exited.then(() => true), sleep(graceMs, false, { ref: false })]);
      if (!isGone) signalTree(pid, 'SIGKILL');
      await exited;
    },
  };
}

/**
 * Asks `isReady` every 50 ms until it says true. Rejects, with the end of the server's log, when the process ends first or
 * `timeoutMs` have passed; the process is killed then.
 */
export async function waitUntilReady(
  server: ServerProcess,
  name: string,
  isReady: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    if (server.hasExited())
      throw new Error(`${name} ended before it was ready. Its log ends:\n${server.logTail()}`);
    if (await isReady()) return;
    if (performance.now() > deadlineMs) {
      await server.crash();
      throw new Error(`${name} was not ready after ${timeoutMs} ms. Its log ends:\n${server.logTail()}`);
    }
    await sleep(50);
  }
}

/** True when a GET of `url` answers 200 within two seconds. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

function forEachLine(stream: NodeJS.ReadableStream, listener: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) listener(line);
  });
  stream.on('end', () => {
    if (rest !== '') listener(rest);
  });
}

/**
 * Signals a process and all its descendants. A process group would not do: each PostgreSQL backend makes a session of its own.
 */
function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const one of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(one, signal);
    } catch {
      // It ended in the meantime.
    }
  }
}

function descendantsOf(pid: number): number[] {
  const childrenByParent = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(entry);
    if (parent === undefined) continue;
    childrenByParent.set(parent, [...(childrenByParent.get(parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const children = childrenByParent.get(next) ?? [];
    found.push(...children);
    queue.push(...children);
  }
  return found;
}

/** Field 4 of `/proc/<pid>/stat`; the command name before it may hold spaces and brackets (proc(5)). */
function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(afterName[1]);
  } catch {
    return undefined;
  }
}
