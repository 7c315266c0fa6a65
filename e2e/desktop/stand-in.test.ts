import { expect as expectPage } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Display } from '../support/stand-in/stand-in.ts';
import { UtilityProcess } from '../support/utility/utility-process.ts';
import { createDesktop, expectLive, SCREEN } from './desktop-bench.ts';

const SECOND_SCREEN: Display = { id: 2, workArea: { x: 1920, y: 0, width: 2560, height: 1440 } };
const desktop = createDesktop();
beforeAll(() => desktop.open(), 180_000);
afterEach(() => desktop.stopAll(), 60_000);
afterAll(() => desktop.close());

describe('the desktop app', () => {
  it('opens the cockpit on the engine, sandboxed, with live data over its own port', async () => {
    const app = await desktop.start();
    const page = await desktop.pageOf(app);
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

  it('says so when its page cannot be loaded', async () => {
    const app = await desktop.start();
    app.serve = () => Promise.reject(new Error('the disk is gone'));
    await expect
      .poll(() => app.errors, { timeout: 30_000 })
      .toEqual([expect.stringMatching(/^Fusebox cannot show its page: .*ERR_FAILED/)]);
  });

  it('closes while its page still loads, without a word', async () => {
    const app = await desktop.start();
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
    const app = await desktop.start();
    const page = await desktop.pageOf(app);
    await expectLive(page);
    const { id } = await desktop.declare('before the crash');
    await expectPage(page.getByText(id).first()).toBeVisible({ timeout: 30_000 });
    await app.engines[0]!.crash();
    await expectPage(page.locator('[data-connection="engine-restarting"]')).toBeVisible({ timeout: 30_000 });
    await expectLive(page);
    expect(app.engines).toHaveLength(2);
    await expectPage(page.getByText(id).first()).toBeVisible({ timeout: 30_000 });
  }, 120_000);

  it('is live again after the page is reloaded, over a new port', async () => {
    const app = await desktop.start();
    const page = await desktop.pageOf(app);
    await expectLive(page);
    await page.evaluate(() => location.reload());
    await page.waitForLoadState();
    await expectLive(page);
    expect(app.engines).toHaveLength(1);
  }, 120_000);

  it('shows the world of a drill over a port of its own, says when it is over, and leads back', async () => {
    const app = await desktop.start();
    const page = await desktop.pageOf(app);
    await expectLive(page);
    const goTo = (address: string) => page.evaluate((to) => window.location.assign(to), address);
    await goTo('/?drill');
    await expectPage(page.getByText('No drill is under way').first()).toBeVisible({ timeout: 30_000 });
    const { drill } = desktop.calls();
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

  it('is one app: a second start hands over its link, which only shows', async () => {
    const app = await desktop.start();
    const page = await desktop.pageOf(app);
    await expectLive(page);
    const { id } = await desktop.declare('for the link');
    const second = await desktop.startHere([`fusebox://incident/${id}`], [SCREEN]);
    await second.quitted;
    expect(second.windows).toHaveLength(0);
    expect(second.engines).toHaveLength(0);
    await expectPage(page.getByRole('region', { name: 'Loop' })).toBeVisible({ timeout: 30_000 });
    expect(app.windows).toHaveLength(1);
    const { focusCount } = app.windows[0]!;
    expect(focusCount).toBeGreaterThan(0);
    const hostile = await desktop.startHere(
      ['fusebox://rollback/customer_support_agent', '--inspect'],
      [SCREEN],
    );
    await hostile.quitted;
    expect(app.windows[0]!.focusCount).toBe(focusCount + 1);
  }, 120_000);

  it('started by a link, it shows what the link names', async () => {
    const first = await desktop.start();
    await expectLive(await desktop.pageOf(first));
    const { id } = await desktop.declare('for a cold start');
    await first.quit();
    await first.quitted;
    const app = await desktop.startHere([`fusebox://incident/${id}`], [SCREEN]);
    const page = await desktop.pageOf(app);
    await expectPage(page.getByRole('region', { name: 'Loop' })).toBeVisible({ timeout: 60_000 });
    await expectPage(page.getByText(id).first()).toBeVisible();
  }, 120_000);

  it('tells of a new incident in its own words, and shows it when asked', async () => {
    const app = await desktop.start();
    const page = await desktop.pageOf(app);
    await expectLive(page);
    const { id } = await desktop.declare('<b>rude</b> https://evil.example');
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
    const first = await desktop.start([SCREEN, SECOND_SCREEN]);
    await desktop.pageOf(first);
    first.windows[0]!.bounds = left;
    await first.quit();
    await first.quitted;
    const again = await desktop.startHere([], [SCREEN, SECOND_SCREEN]);
    await desktop.pageOf(again);
    expect(again.windows[0]!.options).toMatchObject(left);
    await again.quit();
    await again.quitted;
    const moved = await desktop.startHere([], [SCREEN]);
    await desktop.pageOf(moved);
    expect(moved.windows[0]!.options).toMatchObject({ x: 160, y: 40, width: 1600, height: 1000 });
  }, 120_000);

  it('stops its engine in order when it quits', async () => {
    const app = await desktop.start();
    await expectLive(await desktop.pageOf(app));
    const exited = new Promise<unknown>((resolve) => {
      app.engines[0]!.once('exit', resolve);
    });
    await app.quit();
    await app.quitted;
    expect(await exited).toBe(0);
  }, 120_000);

  it('says who holds the data directory, and starts when asked again', async () => {
    desktop.makeFolder();
    const other = new UtilityProcess(desktop.engineEntry, ['--data', desktop.dataDir()]);
    await new Promise<void>((resolve) => {
      other.on('message', (message: { type: string }) => message.type === 'ready' && resolve());
    });
    const app = await desktop.startHere([], [SCREEN]);
    const page = await desktop.pageOf(app);
    const told = page.getByText(`process ${other.pid}`).first();
    await expectPage(told).toBeVisible({ timeout: 60_000 });
    await other.crash();
    app.choose('Restart engine');
    await expectLive(page);
  }, 120_000);
});
