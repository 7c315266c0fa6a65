// Opens the cockpit: the desktop app, or browser mode where Electron cannot run. `--browser` asks for the latter;
// everything else on the command line goes to the program that is started.
import { join } from 'node:path';
import { buildAll } from './build/build-all.ts';
import { findRuntime, reachHost, runInstaller, type Runtime } from './start/electron-runtime.ts';
import { runChild } from './start/run-child.ts';

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2).filter((arg) => arg !== '--browser');

const runtime: Runtime = process.argv.includes('--browser')
  ? { kind: 'unavailable', why: 'browser mode was asked for' }
  : await findRuntime({
      root,
      platform: process.platform,
      env: process.env,
      isRoot: process.getuid?.() === 0,
      nowMs: Date.now(),
      reach: reachHost,
      install: runInstaller,
    });

if ((await buildAll(root)) === 'built') console.log('built dist/');

if (runtime.kind === 'ready') {
  const env = { ...process.env };
  // With this set, Electron would start as a plain Node and open no window.
  delete env['ELECTRON_RUN_AS_NODE'];
  process.exitCode = await runChild(runtime.program, [root, ...args], env);
} else {
  console.log(`No desktop window: ${runtime.why}. Opening browser mode.`);
  const cli = join(root, 'electron', 'hosts', 'fusebox.mjs');
  process.exitCode = await runChild(process.execPath, [cli, 'start', ...args], process.env);
}
