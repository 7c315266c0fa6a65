import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** Ends a command that hangs; the longest suite takes a fraction of it. */
const TIMEOUT_MS = 40 * 60_000;

/**
 * Runs a command of the project with its output going straight to ours, and resolves with its exit code (128 and more
 * when a signal ended it). Programs of node_modules/.bin come first, `node` among them.
 */
export async function runCommand(
  root: string,
  program: string,
  args: readonly string[],
  options: { readonly folder?: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number } = {},
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.folder ?? root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: [join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter),
        ...options.env,
      },
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: 'SIGTERM',
    });
    child.on('error', (error) => {
      console.error(`${program} could not be started: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code, signal) => {
      if (signal !== null) console.error(`${program} was ended by ${signal}`);
      resolve(code ?? 128);
    });
  });
}
