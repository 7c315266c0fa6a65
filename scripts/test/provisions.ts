import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** A program that tests start, the Debian package that has it, and how to see that it is there. */
type Provision = { readonly debianPackage: string; readonly isThere: () => boolean };

function onPath(...programs: readonly string[]): boolean {
  return programs.some((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0);
}

const PROVISIONS: readonly Provision[] = [
  {
    debianPackage: 'chromium',
    isThere: () =>
      process.env['CHROMIUM'] !== undefined || onPath('chromium', 'chromium-browser', 'google-chrome'),
  },
  { debianPackage: 'prometheus', isThere: () => onPath('prometheus') },
  { debianPackage: 'postgresql', isThere: () => onPath('initdb') || existsSync('/usr/lib/postgresql') },
  { debianPackage: 'xvfb', isThere: () => onPath('Xvfb') },
  // Text that the bundled faces do not cover (symbols, other scripts) falls back to these.
  { debianPackage: 'fonts-dejavu-core', isThere: () => existsSync('/usr/share/fonts/truetype/dejavu') },
];

/** The words that make a command run as root, or undefined where that is not allowed without a password. */
function asRoot(): readonly string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return onPath('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * Installs the Debian packages that tests need and that are missing, where this user may. Never fails: a suite whose
 * program is still missing afterwards says so and is skipped.
 */
export async function provideSystemPackages(root: string): Promise<void> {
  const missing = PROVISIONS.filter(({ isThere }) => !isThere()).map(({ debianPackage }) => debianPackage);
  if (missing.length === 0) return;
  const prefix = asRoot();
  if (!onPath('apt-get') || prefix === undefined) {
    console.log(`missing here: ${missing.join(', ')} (not installed: ${prefix ? 'no apt-get' : 'not root'})`);
    return;
  }
  console.log(`installing ${missing.join(', ')}`);
  const apt = async (...args: readonly string[]): Promise<number> => {
    const [program = 'apt-get', ...rest] = [
      ...prefix,
      'env',
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      ...args,
    ];
    return runCommand(root, program, rest, { timeoutMs: 15 * 60_000 });
  };
  await apt('-qq', '-o', 'Acquire::Retries=3', 'update');
  await apt('-qq', '-o', 'Acquire::Retries=3', 'install', '-y', '--no-install-recommends', ...missing);
}

/** Whether npm has installed exactly what the lock file of this folder says. */
function isInstalled(folder: string): boolean {
  const mark = join(folder, 'node_modules', '.package-lock.json');
  return existsSync(mark) && statSync(mark).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs;
}

/**
 * Installs the Unleash server under test into its own folder, outside of the app's dependencies. Without install
 * scripts: the one native part it would compile is optional, and a compiler may be missing.
 */
export async function provideUnleash(root: string): Promise<void> {
  const folder = join(root, 'e2e', 'support', 'unleash');
  if (!existsSync(join(folder, 'package-lock.json')) || isInstalled(folder)) return;
  console.log('installing the Unleash server under test');
  await runCommand(root, 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    folder,
    timeoutMs: 15 * 60_000,
  });
}
