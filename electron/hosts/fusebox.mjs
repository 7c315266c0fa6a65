#!/usr/bin/env node
// The package's `bin`. Plain JavaScript, so that any Node can read it: Fusebox itself needs Node 24, which comes with
// the package (node_modules/.bin/node). Runs the built command line, or its source where nothing is built.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const REQUIRED_MAJOR = 24;
const root = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..', '..');

/** Whether a source file in the folder was changed after the build. */
function isNewerThan(folder, builtMs) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some(
    (entry) =>
      entry.isFile() &&
      /(?<!\.test)\.ts$/.test(entry.name) &&
      statSync(join(entry.parentPath, entry.name)).mtimeMs > builtMs,
  );
}

/** The built command line, unless there are sources that are newer. */
function entry() {
  const built = join(root, 'dist', 'hosts', 'cli.js');
  const source = join(root, 'electron', 'hosts', 'cli.ts');
  if (!existsSync(source)) return built;
  if (!existsSync(built)) return source;
  const builtMs = statSync(built).mtimeMs;
  const isStale = ['electron', 'shared'].some((folder) => isNewerThan(join(root, folder), builtMs));
  return isStale ? source : built;
}

const major = Number(process.versions.node.split('.')[0]);
if (major >= REQUIRED_MAJOR) {
  const cli = entry();
  process.argv[1] = cli;
  await import(pathToFileURL(cli).href);
} else {
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const modules = join(root, 'node_modules');
  const places = [
    join(modules, `node-${system}-${process.arch}`, 'bin', program),
    join(modules, '.bin', program),
  ];
  const bin = places.find((place) => existsSync(place));
  if (bin === undefined || process.env.FUSEBOX_REEXEC === '1') {
    console.error(
      `Fusebox needs Node ${REQUIRED_MAJOR} or newer; this is ${process.versions.node}. Run \`npm ci\` in ${root}, which brings it along.`,
    );
    process.exitCode = 1;
  } else {
    const child = spawn(realpathSync(bin), [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: { ...process.env, FUSEBOX_REEXEC: '1' },
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      // A terminal has sent SIGINT to the child as well; from a script it reaches us alone.
      process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
    }
    child.on('exit', (code, signal) => {
      process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    });
    child.on('error', (error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
  }
}
