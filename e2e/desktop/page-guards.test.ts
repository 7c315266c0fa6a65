import { expect as expectPage } from '@playwright/test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDesktop, expectLive } from './desktop-bench.ts';

const desktop = createDesktop();
beforeAll(() => desktop.open(), 180_000);
afterEach(() => desktop.stopAll(), 60_000);
afterAll(() => desktop.close());

describe('what the desktop app lets its page do', () => {
  it('gives the page its policy and nothing but its files', async () => {
    const app = await desktop.start();
    await desktop.pageOf(app);
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

  it('never leaves its page', async () => {
    const app = await desktop.start();
    const page = await desktop.pageOf(app);
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
    const app = await desktop.start();
    const page = await desktop.pageOf(app);
    await expectLive(page);
    await page.evaluate(() => {
      location.hash = '#/history';
    });
    const button = page.getByRole('button', { name: 'Print report' });
    const file = join(desktop.folder, 'report.pdf');
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
    const app = await desktop.start();
    await desktop.pageOf(app);
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
    const app = await desktop.start();
    await expectLive(await desktop.pageOf(app));
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
});
