import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const FORCE_AFTER_MS = 15_000;

/**
 * Runs a program in the foreground and resolves with its exit code, as a shell would give it. SIGTERM and SIGHUP are
 * passed on; SIGINT only without a terminal, because a terminal has sent it to the child already, and a second one
 * would cut its orderly stop short. A child that is still there 15 s after the signal is killed.
 */
export async function runChild(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env });
  let force: NodeJS.Timeout | undefined;
  const pass = (signal: NodeJS.Signals): void => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    force ??= setTimeout(() => child.kill('SIGKILL'), FORCE_AFTER_MS);
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
    });
  } finally {
    clearTimeout(force);
    for (const signal of signals) process.off(signal, pass);
  }
}
