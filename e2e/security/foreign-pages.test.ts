import { chromium, type BrowserContext, type Page } from '@playwright/test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cockpit, startCockpit } from '../support/cockpit.ts';
import { DECLARE_BODY } from './corpus.ts';

// A real browser opens pages that are not ours: from another loopback port, and from a name that resolves to us.

const REBOUND = 'rebound.example';
let cockpit: Cockpit;
let foreign: Server;
let foreignOrigin = '';
let profile = '';
let browser: BrowserContext;
let token = '';

beforeAll(async () => {
  cockpit = await startCockpit({
    workspace: {
      version: 1,
      name: 'security',
      telemetry: { port: 0 },
      prompts: [{ id: 'support', service: 'support', control: 'v1', candidate: 'v2' }],
    },
  });
  const file: unknown = JSON.parse(readFileSync(join(cockpit.dataDir, 'engine.json'), 'utf8'));
  ({ token } = file as { token: string });
  foreign = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>foreign</title>');
  });
  await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
  foreignOrigin = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
  profile = mkdtempSync(join(tmpdir(), 'fusebox-foreign-'));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`],
  });
}, 120_000);
afterAll(async () => {
  await browser.close();
  foreign.closeAllConnections();
  foreign.close();
  await cockpit.stop();
  rmSync(profile, { recursive: true, force: true });
});

async function foreignPage(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(foreignOrigin);
  return page;
}
async function expectNothingChanged(): Promise<void> {
  expect(await cockpit.calls().incident.list({ status: 'any' })).toEqual([]);
}

describe('a page from another loopback port', () => {
  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json', ''])(
    'cannot post with fetch, as %j',
    async (type) => {
      const page = await foreignPage();
      const seen = await page.evaluate(
        async ({ target, body, contentType, key }) => {
          const attempt = async (mode: RequestMode, extra: Record<string, string>) => {
            try {
              const headers = { ...(contentType ? { 'content-type': contentType } : {}), ...extra };
              const answer = await fetch(target, {
                method: 'POST',
                mode,
                body,
                headers,
                credentials: 'include',
              });
              return { type: answer.type, status: answer.status, text: await answer.text() };
            } catch {
              return null;
            }
          };
          return [
            await attempt('no-cors', {}),
            await attempt('cors', {}),
            // Even a page that had the token could not send it: the preflight is refused.
            await attempt('cors', { 'x-fusebox-token': key }),
          ];
        },
        {
          target: `${cockpit.origin()}/rpc/incident/declare`,
          body: DECLARE_BODY,
          contentType: type,
          key: token,
        },
      );
      for (const answer of seen)
        if (answer !== null) expect(answer).toEqual({ type: 'opaque', status: 0, text: '' });
      expect(seen[2]).toBeNull();
      await page.close();
      await expectNothingChanged();
    },
  );

  it('cannot read anything with GET, script, image, stylesheet or event stream', async () => {
    const page = await foreignPage();
    const loaded = await page.evaluate(async (target) => {
      const element = (name: 'script' | 'img' | 'link', path: string) =>
        new Promise<string>((resolve) => {
          const one = document.createElement(name);
          one.addEventListener('load', () => resolve(`${name} ${path} loaded`));
          one.addEventListener('error', () => resolve('refused'));
          if (one instanceof HTMLLinkElement) {
            one.rel = 'stylesheet';
            one.href = target + path;
          } else one.src = target + path;
          document.head.append(one);
        });
      const read = (path: string) =>
        fetch(target + path).then(
          () => `${path} read`,
          () => 'refused',
        );
      const stream = new Promise<string>((resolve) => {
        const events = new EventSource(`${target}/rpc/live/subscribe`);
        events.addEventListener('open', () => resolve('stream opened'));
        events.addEventListener('error', () => resolve('refused'));
      });
      return Promise.all([
        read('/'),
        read('/rpc/engine/info'),
        element('script', '/rpc/engine/info'),
        element('script', '/index.html'),
        element('img', '/rpc/engine/info'),
        element('link', '/rpc/engine/info'),
        stream,
      ]);
    }, cockpit.origin());
    expect(new Set(loaded)).toEqual(new Set(['refused']));
    await page.close();
  });

  it('cannot open a WebSocket', async () => {
    const page = await foreignPage();
    const outcomes = await page.evaluate(
      (target) =>
        Promise.all(
          ['/', '/rpc', '/rpc/live/subscribe'].map(
            (path) =>
              new Promise<string>((resolve) => {
                const socket = new WebSocket(target.replace('http', 'ws') + path);
                socket.addEventListener('open', () => resolve(`${path} opened`));
                socket.addEventListener('error', () => resolve('refused'));
              }),
          ),
        ),
      cockpit.origin(),
    );
    expect(new Set(outcomes)).toEqual(new Set(['refused']));
    await page.close();
  });

  it('cannot send a beacon', async () => {
    const page = await foreignPage();
    const answered = page.waitForEvent('requestfinished').catch(() => null);
    await page.evaluate(
      ({ target, body }) => navigator.sendBeacon(target, new Blob([body], { type: 'text/plain' })),
      { target: `${cockpit.origin()}/rpc/incident/declare`, body: DECLARE_BODY },
    );
    await Promise.race([answered, page.waitForTimeout(1_000)]);
    await page.close();
    await expectNothingChanged();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    'cannot post a form on top, as %s',
    async (enctype) => {
      const page = await foreignPage();
      const answer = page.waitForResponse(({ url }) => url().startsWith(cockpit.origin())).catch(() => null);
      await page.evaluate(
        ({ target, body, type }) => {
          const form = document.createElement('form');
          form.method = 'post';
          form.action = target;
          form.enctype = type;
          const field = document.createElement('input');
          field.name = body;
          field.value = '';
          form.append(field);
          document.body.append(form);
          form.submit();
        },
        { target: `${cockpit.origin()}/rpc/incident/declare`, body: DECLARE_BODY, type: enctype },
      );
      const response = await answer;
      if (response) expect(response.status()).toBe(403);
      await page.close();
      await expectNothingChanged();
    },
  );

  it('cannot frame the cockpit', async () => {
    const page = await foreignPage();
    const answer = page.waitForResponse(({ url }) => url().startsWith(cockpit.origin())).catch(() => null);
    await page.evaluate((target) => {
      const frame = document.createElement('iframe');
      frame.src = target;
      document.body.append(frame);
    }, cockpit.origin());
    const response = await Promise.race([answer, page.waitForTimeout(2_000)]);
    if (response) expect(response.status()).toBe(403);
    await page.waitForTimeout(200);
    // What shows is the browser's own error page, never the cockpit.
    for (const frame of page.frames().slice(1)) expect(await frame.locator('#root').count()).toBe(0);
    await page.close();
  });

  it('learns nothing from a window that it opens', async () => {
    const page = await foreignPage();
    const [popup, closed] = await Promise.all([
      page.waitForEvent('popup'),
      page.evaluate(async (target) => {
        const opened = window.open(target);
        await new Promise((resolve) => {
          setTimeout(resolve, 1_000);
        });
        try {
          return opened === null || opened.closed || opened.document.title === '';
        } catch {
          return true;
        }
      }, cockpit.origin()),
    ]);
    expect(closed).toBe(true);
    await popup.close();
    await page.close();
  });
});

describe('a name that resolves to this machine', () => {
  it('shows nothing, and its script reaches nothing', async () => {
    const page = await browser.newPage();
    const port = new URL(cockpit.origin()).port;
    const response = await page.goto(`http://${REBOUND}:${port}/`);
    expect(response?.status()).toBe(403);
    const seen = await page.evaluate(async (key) => {
      const calls = ['/', '/rpc/engine/info', '/launch', '/launch-code'].flatMap((path) =>
        ['GET', 'POST'].map(async (method) => {
          const answer = await fetch(path, {
            method,
            headers: { 'content-type': 'application/json', 'x-fusebox-token': key },
            ...(method === 'POST' ? { body: '{}' } : {}),
          });
          return answer.status;
        }),
      );
      return Promise.all(calls);
    }, token);
    expect(new Set(seen)).toEqual(new Set([403]));
    await page.close();
    await expectNothingChanged();
  });
});

describe('the cockpit itself', () => {
  it('leaves neither code nor token in the address, the tab history or a referrer', async () => {
    const address = await cockpit.launchUrl();
    const code = new URLSearchParams(new URL(address).hash.slice(1)).get('code')!;
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => {
      const { referer = '' } = request.headers();
      asked.push(request.url(), referer);
    });
    await page.goto(address);
    await page.waitForFunction(() => sessionStorage.getItem('fusebox.token') !== null);
    expect(page.url()).not.toContain(code);
    expect(await page.evaluate(() => history.length)).toBeLessThanOrEqual(2);
    for (const text of asked) {
      expect(text).not.toContain(code);
      expect(text).not.toContain(token);
    }
    await page.close();
  });

  it('opens through a redirect file, as `fusebox start` hands it to a browser', async () => {
    const file = join(profile, 'open.html');
    const address = await cockpit.launchUrl();
    writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${address}">`);
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    await page.waitForURL((url) => url.origin === cockpit.origin());
    await page.waitForFunction(() => sessionStorage.getItem('fusebox.token') !== null);
    expect(await page.evaluate(() => sessionStorage.getItem('fusebox.token'))).toBe(token);
    await page.close();
  });

  it('leaves no token in what the browser keeps on disk', async () => {
    await browser.close();
    const files = readdirSync(profile, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    expect(files.length).toBeGreaterThan(10);
    const holding = files.filter((file) =>
      readFileSync(join(file.parentPath, file.name)).includes(Buffer.from(token)),
    );
    expect(holding.map(({ name }) => name)).toEqual([]);
  });
});
