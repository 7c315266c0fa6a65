import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { type Browser, chromium, expect as expectPage, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Incident } from '#shared/model/incident.ts';
import { UtilityProcess } from '../support/utility/utility-process.ts';
import { copyApp, startMain } from '../support/stand-in/load-main.ts';
import { type Display, type Machine, StandIn } from '../support/stand-in/stand-in.ts';

// The real main process code, the real built preload, the real engine process and the real page in a real Chromium;
// only the `electron` module between them is a stand-in. Runs where no Electron runtime is.

const SCREEN: Display = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1080 } };
const SECOND_SCREEN: Display = { id: 2, workArea: { x: 1920, y: 0, width: 2560, height: 1440 } };

let browser: Browser;
let root: string;
let machine: Machine;
let folder: string;
const running: StandIn[] = [];

beforeAll(async () => {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))]);
  root = copyApp();
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
}, 180_000);
afterAll(async () => {
  await browser.close();
  rmSync(root, { recursive: true, force: true });
});

afterEach(async () => {
  for (const app of running.splice(0)) {
    await app.quit();
    await app.quitted;
    await app.options.context.close();
  }
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

/** Starts the app as a person does; `args` are what the system hands over. */
async function start(
  options: { args?: string[]; displays?: Display[]; isFresh?: boolean } = {},
): Promise<StandIn> {
  if (options.isFresh ?? running.length === 0) {
    folder = mkdtempSync(join(tmpdir(), 'fusebox-desktop-'));
    machine = { holder: null };
  }
  return startHere(options.args ?? [], options.displays ?? [SCREEN]);
}
async function startHere(args: string[], displays: Display[]): Promise<StandIn> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const app = new StandIn({
    machine,
    context,
    userData: folder,
    displays,
    preload: join(root, 'dist', 'preload', 'preload.cjs'),
    env: { ...process.env, FUSEBOX_ACTOR: 'on-call' },
  });
  running.push(app);
  const { argv } = process;
  process.argv = [
    argv[0] ?? 'fusebox',
    join(root, 'dist', 'main', 'main.js'),
    `--data=${dataDir()}`,
    ...args,
  ];
  startMain(root, app.module);
  process.argv = argv;
  return app;
}
const dataDir = () => join(folder, 'data');

async function pageOf(app: StandIn): Promise<Page> {
  await expect.poll(() => app.windows.length, { timeout: 30_000 }).toBe(1);
  return app.windows[0]!.loaded;
}
async function expectLive(page: Page): Promise<void> {
  await expectPage(page.getByText('customer_support_agent').first()).toBeVisible({ timeout: 60_000 });
  await expectPage(page.getByRole('region', { name: 'Connection' })).toHaveCount(0, { timeout: 60_000 });
}
/** The command line's door to the same engine: a witness beside the page. */
function engineCalls() {
  const text = readFileSync(join(dataDir(), 'engine.json'), 'utf8');
  const { origin, token } = JSON.parse(text) as { origin: string; token: string };
  const link = new RPCLink({ url: `${origin}/rpc`, headers: { 'x-fusebox-token': token, origin } });
  return createORPCClient<{
    incident: {
      declare(input: { operationId: string; promptId: string; reason: string }): Promise<Incident>;
    };
    drill: {
      prepare(input: { operationId: string; scenarioId: string }): Promise<{ drillId: string }>;
      abort(input: { operationId: string; drillId: string; reason: string }): Promise<unknown>;
    };
  }>(link);
}
const declare = (reason: string) =>
  engineCalls().incident.declare({
    operationId: randomUUID(),
    promptId: 'customer_support_agent',
    reason,
  });

describe('the desktop app', () => {
  it('opens the cockpit on the engine, sandboxed, with live data over its own port', async () => {
    const app = await start();
    const page = await pageOf(app);
    await expectLive(page);
    expect(app.isSandboxed).toBe(true);
    expect(app.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
    const [window] = app.windows;
    expect(window?.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    });
    expect(window?.isShown).toBe(true);
    expect(app.engines).toHaveLength(1);
    // The one thing that the preload exposes.
    expect(
      await page.evaluate(() => Object.keys((window as unknown as { fusebox: object }).fusebox)),
    ).toEqual(['connect', 'openExternal', 'printPdf']);
    // Live: traffic is counted on while we look.
    await expectPage(page.getByText(/95|94|96/).first()).toBeVisible({ timeout: 60_000 });
    expect(app.errors).toEqual([]);
  });

  it('gives the page its policy and nothing but its files', async () => {
    const app = await start();
    await pageOf(app);
    const home = await app.serve(new Request('app://fusebox/'));
    expect(home.status).toBe(200);
    expect(home.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    for (const path of [
      'app://fusebox/%2e%2e/main/main.js',
      'app://fusebox/..%2fmain/main.js',
      'app://fusebox/main/main.js',
      'app://fusebox/.inputs',
      'app://fusebox/package.json',
      'app://other/index.html',
    ]) {
      expect([path, (await app.serve(new Request(path))).status]).toEqual([path, 404]);
    }
    expect((await app.serve(new Request('app://fusebox/', { method: 'POST' }))).status).toBe(404);
  });

  it('says so when its page cannot be loaded', async () => {
    const app = await start();
    app.serve = () => Promise.reject(new Error('the disk is gone'));
    await expect
      .poll(() => app.errors, { timeout: 30_000 })
      .toEqual([expect.stringMatching(/^Fusebox cannot show its page: .*ERR_FAILED/)]);
  });

  it('closes while its page still loads, without a word', async () => {
    const app = await start();
    const late = Promise.withResolvers<undefined>();
    const serve = app.serve.bind(app);
    let asked = 0;
    app.serve = async (request) => {
      asked += 1;
      await late.promise;
      return serve(request);
    };
    await expect.poll(() => asked, { timeout: 30_000 }).toBe(1);
    await app.quit();
    await app.quitted;
    late.resolve(undefined);
    // An error that nobody catches would fail this file.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(app.errors).toEqual([]);
  });

  it('says that the engine crashed, restarts it, and is live again with what was recorded', async () => {
    const app = await start();
    const page = await pageOf(app);
    await expectLive(page);
    const { id } = await declare('before the crash');
    await expectPage(page.getByText(id).first()).toBeVisible({ timeout: 30_000 });
    await app.engines[0]!.crash();
    await expectPage(page.locator('[data-connection="engine-restarting"]')).toBeVisible({ timeout: 30_000 });
    await expectLive(page);
    expect(app.engines).toHaveLength(2);
    await expectPage(page.getByText(id).first()).toBeVisible({ timeout: 30_000 });
  }, 120_000);

  it('is live again after the page is reloaded, over a new port', async () => {
    const app = await start();
    const page = await pageOf(app);
    await expectLive(page);
    await page.evaluate(() => location.reload());
    await page.waitForLoadState();
    await expectLive(page);
    expect(app.engines).toHaveLength(1);
  }, 120_000);

  it('shows the world of a drill over a port of its own, says when it is over, and leads back', async () => {
    const app = await start();
    const page = await pageOf(app);
    await expectLive(page);
    const goTo = (address: string) => page.evaluate((to) => window.location.assign(to), address);
    await goTo('/?drill');
    await expectPage(page.getByText('No drill is under way').first()).toBeVisible({ timeout: 30_000 });
    const { drill } = engineCalls();
    const operation = () => ({ operationId: randomUUID() });
    const { drillId } = await drill.prepare({ ...operation(), scenarioId: 'greeting-regression' });
    // It opens by itself as soon as the world stands.
    await expectPage(page.getByText('No drill is under way')).toHaveCount(0, { timeout: 90_000 });
    await expectLive(page);
    await drill.abort({ ...operation(), drillId, reason: 'a real incident' });
    await expectPage(page.getByText(/The drill has ended/).first()).toBeVisible({ timeout: 30_000 });
    await goTo('/#/board');
    await expectLive(page);
    expect(new URL(page.url()).search).toBe('');
    expect(app.errors).toEqual([]);
  }, 240_000);

  it('never leaves its page', async () => {
    const app = await start();
    const page = await pageOf(app);
    await expectLive(page);
    const before = page.url();
    for (const target of [
      'https://evil.example/',
      'http://127.0.0.1:1/',
      'https://fusebox.app.test/other.html',
    ]) {
      await page.evaluate((address) => {
        location.href = address;
      }, target);
      await page.waitForTimeout(200);
      expect(page.url()).toBe(before);
    }
    await page.evaluate(() => {
      for (const address of ['https://evil.example/', 'javascript:alert(1)', 'file:///etc/passwd'])
        window.open(address);
    });
    await expect.poll(() => app.popups.length).toBeGreaterThan(0);
    expect(new Set(app.popups.map(({ action }) => action))).toEqual(new Set(['deny']));
    expect(app.windows).toHaveLength(1);
    expect(app.openedOutside).toEqual([]);
    const isOpened = (url: string) =>
      page.evaluate(
        (address) =>
          (
            window as unknown as { fusebox: { openExternal(url: string): Promise<boolean> } }
          ).fusebox.openExternal(address),
        url,
      );
    for (const url of [
      'https://evil.example/',
      'javascript:alert(1)',
      'file:///etc/passwd',
      'http://127.0.0.1/',
    ])
      expect(await isOpened(url)).toBe(false);
    expect(app.openedOutside).toEqual([]);
    const attach = { isPrevented: false, preventDefault: () => (attach.isPrevented = true) };
    app.windows[0]!.webContents.emit('will-attach-webview', attach);
    expect(attach.isPrevented).toBe(true);
  }, 120_000);

  it('saves the page as it prints as a PDF where the person chooses, for its own page alone', async () => {
    const app = await start();
    const page = await pageOf(app);
    await expectLive(page);
    await page.evaluate(() => {
      location.hash = '#/history';
    });
    const button = page.getByRole('button', { name: 'Print report' });
    const file = join(folder, 'report.pdf');
    await button.click();
    await expect.poll(() => app.proposals).toEqual([expect.stringMatching(/fusebox-history\.pdf$/)]);
    expect(existsSync(file)).toBe(false);

    app.saveAs = file;
    await button.click();
    await expectPage(page.getByText('saved as report.pdf')).toBeVisible({ timeout: 60_000 });
    expect(readFileSync(file).subarray(0, 5).toString()).toBe('%PDF-');
    app.saveAs = join(file, 'no', 'folder.pdf');
    await button.click();
    await expectPage(page.getByText(/^Not saved as PDF: /)).toBeVisible({ timeout: 60_000 });

    const ask = app.ipcHandlers.get('fusebox:print-pdf')!;
    const sender = app.windows[0]!.webContents;
    const foreign = { sender, senderFrame: { url: 'https://evil.example/', parent: null } };
    expect(await ask(foreign, 'x')).toMatchObject({ state: 'failed' });
    await ask({ sender, senderFrame: sender.mainFrame }, '../../.bashrc');
    expect(app.proposals.at(-1)).toMatch(/[\\/]bashrc\.pdf$/);
  }, 180_000);

  it('grants two permissions, to its own page', async () => {
    const app = await start();
    await pageOf(app);
    const asked = (permission: string, requestingUrl: string) => {
      let isGranted = false;
      app.permissionRequest?.(null, permission, (answer) => (isGranted = answer), { requestingUrl });
      return isGranted;
    };
    const names = [
      'notifications',
      'clipboard-sanitized-write',
      'clipboard-read',
      'media',
      'geolocation',
      'usb',
    ];
    expect(names.filter((name) => asked(name, 'app://fusebox/'))).toEqual(names.slice(0, 2));
    expect(names.filter((name) => asked(name, 'https://evil.example/'))).toEqual([]);
    expect(names.filter((name) => app.permissionCheck?.(null, name, 'app://fusebox'))).toEqual(
      names.slice(0, 2),
    );
  });

  it('hands ports to the main frame of its own page and to nobody else', async () => {
    const app = await start();
    await expectLive(await pageOf(app));
    const [window] = app.windows;
    const sent: unknown[] = [];
    const { mainFrame } = window!.webContents;
    const original = mainFrame.postMessage;
    mainFrame.postMessage = (channel, message, ports) => {
      sent.push(message);
      original(channel, message, ports);
    };
    const ask = (sender: unknown, senderFrame: unknown) =>
      app.ipc.emit('fusebox:connect', { sender, senderFrame });
    ask(window!.webContents, { url: 'https://evil.example/', parent: null });
    ask(window!.webContents, { url: 'app://fusebox/', parent: {} });
    ask({ id: 999 }, { url: 'app://fusebox/', parent: null });
    ask(window!.webContents, null);
    ask(window!.webContents, { url: 'app://fusebox.evil/', parent: null });
    expect(sent).toEqual([]);
    ask(window!.webContents, { url: 'app://fusebox/', parent: null });
    expect(sent).toEqual([
      { type: 'fusebox:engine', state: 'running', detail: '' },
      { type: 'fusebox:port' },
    ]);
  });

  it('is one app: a second start hands over its link, which only shows', async () => {
    const app = await start();
    const page = await pageOf(app);
    await expectLive(page);
    const { id } = await declare('for the link');
    const second = await startHere([`fusebox://incident/${id}`], [SCREEN]);
    await second.quitted;
    expect(second.windows).toHaveLength(0);
    expect(second.engines).toHaveLength(0);
    await expectPage(page.getByRole('region', { name: 'Loop' })).toBeVisible({ timeout: 30_000 });
    expect(app.windows).toHaveLength(1);
    const { focusCount } = app.windows[0]!;
    expect(focusCount).toBeGreaterThan(0);
    const hostile = await startHere(['fusebox://rollback/customer_support_agent', '--inspect'], [SCREEN]);
    await hostile.quitted;
    expect(app.windows[0]!.focusCount).toBe(focusCount + 1);
  }, 120_000);

  it('started by a link, it shows what the link names', async () => {
    const first = await start();
    await expectLive(await pageOf(first));
    const { id } = await declare('for a cold start');
    await first.quit();
    await first.quitted;
    const app = await startHere([`fusebox://incident/${id}`], [SCREEN]);
    const page = await pageOf(app);
    await expectPage(page.getByRole('region', { name: 'Loop' })).toBeVisible({ timeout: 60_000 });
    await expectPage(page.getByText(id).first()).toBeVisible();
  }, 120_000);

  it('tells of a new incident in its own words, and shows it when asked', async () => {
    const app = await start();
    const page = await pageOf(app);
    await expectLive(page);
    const { id } = await declare('<b>rude</b> https://evil.example');
    await expect.poll(() => app.notifications.length, { timeout: 30_000 }).toBe(1);
    const [notification] = app.notifications;
    expect(notification?.options).toMatchObject({
      title: 'Fusebox: incident opened',
      body: `${id} is open. Select to see it.`,
    });
    notification!.emit('click');
    await expectPage(page.getByRole('region', { name: 'Loop' })).toBeVisible({ timeout: 30_000 });
  }, 120_000);

  it('comes back where it was, on a screen that is there', async () => {
    const left = { x: 2200, y: 200, width: 1600, height: 1000 };
    const first = await start({ displays: [SCREEN, SECOND_SCREEN] });
    await pageOf(first);
    first.windows[0]!.bounds = left;
    await first.quit();
    await first.quitted;
    const again = await startHere([], [SCREEN, SECOND_SCREEN]);
    await pageOf(again);
    expect(again.windows[0]!.options).toMatchObject(left);
    await again.quit();
    await again.quitted;
    const moved = await startHere([], [SCREEN]);
    await pageOf(moved);
    expect(moved.windows[0]!.options).toMatchObject({ x: 160, y: 40, width: 1600, height: 1000 });
  }, 120_000);

  it('stops its engine in order when it quits', async () => {
    const app = await start();
    await expectLive(await pageOf(app));
    const exited = new Promise<unknown>((resolve) => {
      app.engines[0]!.once('exit', resolve);
    });
    await app.quit();
    await app.quitted;
    expect(await exited).toBe(0);
  }, 120_000);

  it('says who holds the data directory, and starts when asked again', async () => {
    folder = mkdtempSync(join(tmpdir(), 'fusebox-desktop-'));
    machine = { holder: null };
    const other = new UtilityProcess(join(root, 'dist', 'engine', 'desktop.js'), ['--data', dataDir()]);
    await new Promise<void>((resolve) => {
      other.on('message', (message: { type: string }) => message.type === 'ready' && resolve());
    });
    const app = await startHere([], [SCREEN]);
    const page = await pageOf(app);
    const told = page.getByText(`process ${other.pid}`).first();
    await expectPage(told).toBeVisible({ timeout: 60_000 });
    await other.crash();
    app.choose('Restart engine');
    await expectLive(page);
  }, 120_000);
});
