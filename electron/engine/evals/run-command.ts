import { spawn } from 'node:child_process';
import { anyAborted } from '../live/any-aborted.ts';
import type { Clock } from '../clock.ts';

export type CommandEnd = {
  /** Null when it was ended by a signal or never began. */
  readonly exitCode: number | null;
  readonly how: 'exited' | 'timed-out' | 'cancelled' | 'not-started';
  /** The last of what it said, standard error after standard output. */
  readonly tail: string;
};

const TAIL_CHARACTERS = 8_000;
/** Between asking a process group to end and ending it. */
const GRACE_MS = 3_000;

/**
 * Runs one command, started directly, with nothing of the engine's environment but what is given. At its time-out, or when `signal`
 * aborts, its whole process group ends; whatever it left running ends with it. Output is read all along and only its tail is kept.
 */
export async function runCommand(
  argv: readonly string[],
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<CommandEnd> {
  const { cwd, env, timeoutMs, clock, signal } = options;
  const [program = '', ...args] = argv;
  let tail = '';
  const child = spawn(program, args, {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that its children can be ended with it.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      tail = (tail + text).slice(-TAIL_CHARACTERS);
    });
    stream.on('error', () => undefined);
  }
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once('error', (error) => resolve({ exitCode: null, how: 'not-started', tail: error.message }));
    child.once('exit', (exitCode) => resolve({ exitCode, how: 'exited', tail: '' }));
  });
  const late = clock.deadline(timeoutMs);
  const stopped = anyAborted([signal, late]).then(() => null);
  const first = await Promise.race([ended, stopped]);
  if (first === null) {
    killGroup(child.pid, 'SIGTERM');
    const gone = await Promise.race([ended, anyAborted([clock.deadline(GRACE_MS)]).then(() => null)]);
    if (gone === null) killGroup(child.pid, 'SIGKILL');
    await ended;
  }
  // What it left behind holds the pipes open and would go on in the background.
  killGroup(child.pid, 'SIGKILL');
  await Promise.race([drained(child), anyAborted([clock.deadline(1_000)])]);
  child.stdout.destroy();
  child.stderr.destroy();
  if (first === null) return { exitCode: null, how: signal.aborted ? 'cancelled' : 'timed-out', tail };
  return { ...first, tail: first.how === 'not-started' ? first.tail : tail };
}

function drained(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve) => {
    if (child.stdout?.closed && child.stderr?.closed) resolve();
    else child.once('close', () => resolve());
  });
}

function killGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    if (process.platform === 'win32') {
      spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' }).on('error', () => undefined);
    } else {
      process.kill(-pid, signal);
    }
  } catch {
    // The group is gone already.
  }
}
