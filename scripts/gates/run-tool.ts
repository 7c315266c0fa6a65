import { spawn } from 'node:child_process';
import { join } from 'node:path';

// Far beyond what any tool needs: it ends a tool that hangs, so that the gate fails instead of waiting for ever.
const TIMEOUT_MS = 10 * 60_000;

export type ToolRun = { readonly code: number; readonly output: string };

/**
 * Runs a program of node_modules/.bin inside `root` and collects what it prints (both streams, in order).
 * Rejects only if it cannot be started; a failing program is an answer.
 */
export async function runTool(root: string, tool: string, args: readonly string[]): Promise<ToolRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(root, 'node_modules', '.bin', tool), args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
      shell: process.platform === 'win32',
    });
    const parts: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => parts.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => parts.push(text));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== null) parts.push(`\n${tool} was ended by ${signal}\n`);
      resolve({ code: code ?? 1, output: parts.join('') });
    });
  });
}
