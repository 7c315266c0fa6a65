import { _electron, type ElectronApplication, expect as expectPage, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What only the real Electron can show. Where its runtime is not, every test is skipped and the title says why;
// the same main code is then covered by stand-in.test.ts alone.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Why the real app cannot run here, or null. */
function obstacle(): string | null {
  const folder = join(ROOT, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  const program = existsSync(pathFile) ? join(folder, 'dist', readFileSync(pathFile, 'utf8')) : null;
  if (program === null || !existsSync(program)) return 'the Electron runtime is not installed';
  if (process.platform !== 'linux') return null;
  if (process.getuid?.() === 0) return 'Electron refuses to run as root with its sandbox on';
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return DISPLAY === undefined && WAYLAND_DISPLAY === undefined ? 'there is no display' : null;
}

const why = obstacle();

describe.skipIf(why !== null)(`the app in real Electron${why === null ? '' : ` (skipped: ${why})`}`, () => {
  let folder: string;
  let app: ElectronApplication;
  let page: Page;

  async function launch(): Promise<void> {
    app = await _electron.launch({
      args: [ROOT, `--data=${join(folder, 'data')}`, `--user-data-dir=${join(folder, 'profile')}`],
      env: { ...(process.env as Record<string, string>), FUSEBOX_ACTOR: 'on-call' },
    });
    page = await app.firstWindow();
  }
  async function expectLive(): Promise<void> {
    await expectPage(page.getByText('customer_support_agent').first()).toBeVisible({ timeout: 60_000 });
    await expectPage(page.getByRole('region', { name: 'Connection' })).toHaveCount(0, { timeout: 60_000 });
  }
  const enginePid = () =>
    (JSON.parse(readFileSync(join(folder, 'data', 'engine.json'), 'utf8')) as { pid: number }).pid;

  beforeAll(async () => {
    execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts')]);
    folder = mkdtempSync(join(tmpdir(), 'fusebox-electron-'));
    await launch();
  }, 180_000);
  afterAll(async () => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens the cockpit over its own scheme, live, from an engine on Electron’s Node', async () => {
    expect(page.url()).toMatch(/^app:\/\/fusebox\//);
    await expectLive();
  });

  it('runs the page in the sandbox, with one exposed thing and no Node', async () => {
    const seen = await page.evaluate(() => ({
      node: [typeof process, typeof require, typeof module],
      bridge: Object.keys((window as unknown as { fusebox: object }).fusebox).toSorted(),
    }));
    expect(seen).toEqual({
      node: ['undefined', 'undefined', 'undefined'],
      bridge: ['connect', 'openExternal'],
    });
  });

  it('keeps to its policy: no foreign script, frame or request', async () => {
    const outcomes = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.__injected = true';
      document.head.append(script);
      const frame = document.createElement('iframe');
      frame.src = 'https://example.com/';
      document.body.append(frame);
      const request = await fetch('http://127.0.0.1:1/').catch(() => 'refused');
      const { __injected } = globalThis as unknown as { __injected?: boolean };
      return { isInjected: __injected ?? false, request };
    });
    expect(outcomes).toEqual({ isInjected: false, request: 'refused' });
  });

  it('never navigates and opens no window', async () => {
    const before = page.url();
    await page.evaluate(() => {
      window.open('https://example.com/');
      location.href = 'https://example.com/';
    });
    await page.waitForTimeout(500);
    expect(page.url()).toBe(before);
    expect(app.windows()).toHaveLength(1);
  });

  it('is live again after its engine was killed, and after a reload', async () => {
    const killed = enginePid();
    process.kill(killed, 'SIGKILL');
    await expectPage(page.locator('[data-connection="engine-restarting"]')).toBeVisible({ timeout: 30_000 });
    await expectLive();
    expect(enginePid()).not.toBe(killed);
    await page.reload();
    await expectLive();
  }, 120_000);

  it('takes its engine along when it quits', async () => {
    const pid = enginePid();
    await app.close();
    await expect
      .poll(
        () => {
          try {
            process.kill(pid, 0);
            return 'running';
          } catch {
            return 'gone';
          }
        },
        { timeout: 20_000 },
      )
      .toBe('gone');
    await launch();
    await expectLive();
  }, 120_000);
});
