import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STAND_IN = new URL('electron.mjs', import.meta.url);
const native = createRequire(import.meta.url);
const standIns = new Map<string, object>();
(globalThis as Record<symbol, unknown>)[Symbol.for('fusebox.stand-ins')] = standIns;

// The main code asks for `electron`; which stand-in it gets depends on the folder it was loaded from.
registerHooks({
  resolve(specifier, context, next) {
    const parent = context.parentURL;
    if (specifier !== 'electron' || parent === undefined || !parent.startsWith('file:')) {
      return next(specifier, context);
    }
    const folder = dirname(dirname(fileURLToPath(parent)));
    if (!standIns.has(folder)) return next(specifier, context);
    const url = new URL(STAND_IN);
    url.searchParams.set('app', folder);
    return { url: url.href, format: 'module', shortCircuit: true };
  },
});

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A copy of the built app, laid out as the package is; a build that runs meanwhile does not change it. */
export function copyApp(): string {
  const root = mkdtempSync(join(tmpdir(), 'fusebox-app-'));
  cpSync(join(ROOT, 'dist'), join(root, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(root, 'package.json'));
  for (const shared of ['node_modules', 'assets']) symlinkSync(join(ROOT, shared), join(root, shared));
  return root;
}

/**
 * Runs the real, built main code of `root` (see copyApp) against `electron`, as if the app had been started. Each start is
 * a module of its own, in a folder beside dist/ that looks like it.
 */
export function startMain(root: string, electron: object): void {
  const folder = mkdtempSync(join(root, 'start-'));
  for (const part of ['engine', 'preload', 'renderer'])
    symlinkSync(join(root, 'dist', part), join(folder, part));
  mkdirSync(join(folder, 'main'));
  const main = join(folder, 'main', 'main.js');
  cpSync(join(root, 'dist', 'main', 'main.js'), main);
  standIns.set(folder, electron);
  native(main);
}
