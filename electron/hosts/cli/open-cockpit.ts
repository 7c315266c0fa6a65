import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What was opened, for the one line that says it. */
export type Opened = { readonly kind: 'app-window' | 'browser' | 'nothing'; readonly why: string };

/** One program to try. */
type Attempt = { readonly kind: 'app-window' | 'browser'; readonly program: string; readonly args: string[] };

/** The redirect file lives as long as the launch code in it. */
const REDIRECT_LIFE_MS = 60_000;
/** A program that is still there after this long has opened its window. */
const SETTLED_AFTER_MS = 1_500;

const LINUX_BROWSERS = [
  'google-chrome',
  'google-chrome-stable',
  'chromium',
  'chromium-browser',
  'microsoft-edge',
  'brave-browser',
];
const MAC_BROWSERS = ['Google Chrome', 'Microsoft Edge', 'Brave Browser', 'Chromium'];
const WINDOWS_BROWSERS = [
  ['Google', 'Chrome', 'Application', 'chrome.exe'],
  ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
];

function onPath(program: string, env: NodeJS.ProcessEnv): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
}

/** Installed browsers that know `--app`, by where each system keeps them. */
function chromiumBrowsers(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string[] {
  if (platform === 'darwin') {
    return MAC_BROWSERS.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`).filter((path) =>
      existsSync(path),
    );
  }
  if (platform === 'win32') {
    const folders = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']];
    return folders
      .filter((folder) => folder !== undefined)
      .flatMap((folder) => WINDOWS_BROWSERS.map((parts) => join(folder, ...parts)))
      .filter((path) => existsSync(path));
  }
  return LINUX_BROWSERS.map((program) => onPath(program, env)).filter((path) => path !== null);
}

/** Why no window can open here, or null. */
function obstacle(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | null {
  const { DISPLAY, WAYLAND_DISPLAY } = env;
  if (platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) return 'there is no display here';
  return null;
}

/** What to try, best first: an app window, then the default browser. */
export function attemptsFor(
  address: string,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  isRoot: boolean,
): Attempt[] {
  // Chromium refuses to run as root with its sandbox on, and we do not switch that off.
  const windows = platform === 'linux' && isRoot ? [] : chromiumBrowsers(platform, env);
  const attempts: Attempt[] = windows.map((program) => ({
    kind: 'app-window',
    program,
    args: [`--app=${address}`, '--window-size=1440,900', '--no-first-run'],
  }));
  if (platform === 'darwin') attempts.push({ kind: 'browser', program: '/usr/bin/open', args: [address] });
  else if (platform === 'win32') {
    attempts.push({ kind: 'browser', program: 'rundll32', args: ['url.dll,FileProtocolHandler', address] });
  } else {
    const opener = onPath('xdg-open', env);
    if (opener) attempts.push({ kind: 'browser', program: opener, args: [address] });
  }
  return attempts;
}

/** True when the program opened: it runs on, or it handed over to a running browser and left with 0. */
function run(attempt: Attempt): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(attempt.program, attempt.args, { stdio: 'ignore', detached: true });
    const timer = setTimeout(() => resolve(true), SETTLED_AFTER_MS);
    const settle = (isOpen: boolean) => {
      clearTimeout(timer);
      resolve(isOpen);
    };
    child.once('error', () => settle(false));
    child.once('exit', (code) => settle(code === 0));
    child.unref();
  });
}

/**
 * Opens the cockpit. The launch code goes through a file that only the owner can read, because other users of the
 * machine can read command lines. `nothing` when there is no browser: the caller prints the address.
 */
export async function openCockpit(launchUrl: string, dataDir: string): Promise<Opened> {
  const why = obstacle(process.platform, process.env);
  if (why !== null) return { kind: 'nothing', why };
  const redirect = join(dataDir, `open-${randomBytes(6).toString('hex')}.html`);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(redirect, redirectPage(launchUrl), { mode: 0o600, flag: 'wx' });
  const forget = () => rmSync(redirect, { force: true });
  process.once('exit', forget);
  setTimeout(forget, REDIRECT_LIFE_MS).unref();
  const attempts = attemptsFor(
    pathToFileURL(redirect).href,
    process.platform,
    process.env,
    process.getuid?.() === 0,
  );
  for (const attempt of attempts) {
    if (await run(attempt)) return { kind: attempt.kind, why: attempt.program };
  }
  return { kind: 'nothing', why: 'no browser was found' };
}

function redirectPage(launchUrl: string): string {
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Fusebox</title><meta http-equiv="refresh" content="0;url=${launchUrl}"><p><a href="${launchUrl}">Open Fusebox</a></p>\n`;
}
