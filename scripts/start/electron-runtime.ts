import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, readFailure, writeFailure } from './download-memory.ts';

/** The program that opens the desktop app, or one line that says why there is none. */
export type Runtime =
  | { readonly kind: 'ready'; readonly program: string }
  | { readonly kind: 'unavailable'; readonly why: string };

/** What the decision looks at. All of it is handed in, so that a test can be any machine. */
export type Machine = {
  readonly root: string;
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly isRoot: boolean;
  readonly nowMs: number;
  /** Rejects if the download host does not answer in time. */
  readonly reach: (address: string) => Promise<void>;
  /** Downloads and unpacks; rejects with the reason. */
  readonly install: (script: string) => Promise<void>;
};

const REACH_TIMEOUT_MS = 5_000;
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** Asks the download host for a sign of life; any HTTP answer will do. */
export async function reachHost(address: string): Promise<void> {
  await fetch(address, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
}

/** Runs Electron's own installer, its progress visible, ended after ten minutes. */
export async function runInstaller(script: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'inherit', 'pipe'],
      timeout: INSTALL_TIMEOUT_MS,
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(errors.trim().split('\n')[0] ?? `the installer ended with code ${code}`));
    });
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause: unknown = error.cause;
  return cause instanceof Error ? cause.message : error.message;
}

/** Where electron's package keeps the unpacked program, or undefined while it is not there. */
function installedProgram(machine: Machine): string | undefined {
  const folder = join(machine.root, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  if (!existsSync(pathFile)) return undefined;
  const dist = machine.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist');
  const program = join(dist, readFileSync(pathFile, 'utf8'));
  return existsSync(program) ? program : undefined;
}

/** What would keep an installed runtime from opening a window here. */
function obstacle(machine: Machine): string | undefined {
  if (machine.platform !== 'linux') return undefined;
  if (machine.isRoot) return 'Electron refuses to run as root with its sandbox on';
  const { DISPLAY, WAYLAND_DISPLAY } = machine.env;
  return DISPLAY === undefined && WAYLAND_DISPLAY === undefined ? 'there is no display here' : undefined;
}

/**
 * Finds the Electron runtime, downloading it on first use. A failed download is remembered for a day, so that a
 * machine without a way out pays for the attempt once.
 */
export async function findRuntime(machine: Machine): Promise<Runtime> {
  const stop = obstacle(machine);
  if (stop !== undefined) return { kind: 'unavailable', why: stop };
  const installed = installedProgram(machine);
  if (installed !== undefined) return { kind: 'ready', program: installed };

  const remembered = readFailure(machine.root);
  if (remembered !== undefined && machine.nowMs - remembered.atMs < DAY_MS) {
    return { kind: 'unavailable', why: `its runtime could not be downloaded (${remembered.why})` };
  }
  const { ELECTRON_MIRROR, HTTPS_PROXY, https_proxy } = machine.env;
  try {
    // A proxy is the downloader's business; asking the host directly would prove nothing.
    if (HTTPS_PROXY === undefined && https_proxy === undefined)
      await machine.reach(ELECTRON_MIRROR ?? 'https://github.com');
    await machine.install(join(machine.root, 'node_modules', 'electron', 'install.js'));
  } catch (error) {
    const why = reasonOf(error);
    writeFailure(machine.root, { atMs: machine.nowMs, why });
    return { kind: 'unavailable', why: `its runtime could not be downloaded (${why})` };
  }
  const program = installedProgram(machine);
  return program === undefined
    ? { kind: 'unavailable', why: 'its runtime is not there after the download' }
    : { kind: 'ready', program };
}
