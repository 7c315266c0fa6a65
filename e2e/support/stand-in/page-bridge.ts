import { readFileSync } from 'node:fs';
import type { BrowserContext, Frame, Page, Request as PageRequest, Route } from '@playwright/test';
import type { MessagePort } from 'node:worker_threads';

/** Chromium knows no scheme of ours, so `app://fusebox` lives under this name; requests never leave the machine. */
const HOME = 'https://fusebox.app.test';

export function toBrowser(address: string): string {
  return address.startsWith('app://fusebox') ? HOME + address.slice('app://fusebox'.length) : address;
}
export function toApp(address: string): string {
  return address === HOME || address.startsWith(`${HOME}/`)
    ? `app://fusebox${address.slice(HOME.length)}`
    : address;
}

export type FromPage =
  | { kind: 'send'; channel: string; args: unknown[] }
  | { kind: 'invoke'; channel: string; args: unknown[] }
  | { kind: 'port'; id: number; data: unknown };

/**
 * Runs in the page before any of its scripts: the real preload, with a stand-in for the `electron` it requires.
 * What is different from Electron: preload and page share one world.
 */
function preloadScript(preloadPath: string): string {
  const preload = readFileSync(preloadPath, 'utf8');
  return `(() => {
    if (window !== window.top) return;
    const listeners = new Map();
    const ports = new Map();
    globalThis.__deliver = (channel, message, ids) => {
      const arrived = ids.map((id) => {
        const { port1, port2 } = new MessageChannel();
        ports.set(id, port1);
        port1.onmessage = (event) => globalThis.__toMain({ kind: 'port', id, data: event.data });
        return port2;
      });
      for (const listener of listeners.get(channel) ?? []) listener({ ports: arrived }, message);
    };
    globalThis.__deliverToPort = (id, data) => ports.get(id)?.postMessage(data);
    const electron = {
      ipcRenderer: {
        on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
        send: (channel, ...args) => void globalThis.__toMain({ kind: 'send', channel, args }),
        invoke: (channel, ...args) => globalThis.__toMain({ kind: 'invoke', channel, args }),
      },
      contextBridge: {
        exposeInMainWorld: (name, api) =>
          Object.defineProperty(window, name, { value: Object.freeze(api), configurable: false, writable: false }),
      },
    };
    const require = (name) => {
      if (name === 'electron') return electron;
      throw new Error('a sandboxed preload cannot require ' + name);
    };
    const module = { exports: {} };
    ((require, module, exports) => {
${preload}
    })(require, module, module.exports);
  })();`;
}

/** The frame that navigates; a window that is just being opened has none yet. */
function frameOf(request: PageRequest): Frame | 'new window' {
  try {
    return request.frame();
  } catch {
    return 'new window';
  }
}

export type PageBridge = {
  readonly page: Page;
  /** Main to page: a message on a channel, with ports whose other ends are bridged. */
  deliver(channel: string, message: unknown, ports: readonly MessagePort[]): void;
};

/** Opens the page of a window and ties it to main. */
export async function openBridge(options: {
  readonly context: BrowserContext;
  readonly preload: string;
  /** The protocol handler that main registered. */
  readonly serve: (request: Request) => Promise<Response>;
  readonly onMessage: (message: FromPage, frame: Frame) => unknown;
  /** Asked before a frame navigates; false = the app prevented it. */
  readonly mayNavigate: (address: string, isMainFrame: boolean) => boolean;
  /** A window that the page opened. */
  readonly onPopup: (address: string) => void;
}): Promise<PageBridge> {
  const { context } = options;
  const ports = new Map<number, MessagePort>();
  let nextPort = 1;
  const page = await context.newPage();
  let isFirst = true;

  await page.exposeBinding('__toMain', ({ frame }, message: FromPage) => {
    if (message.kind !== 'port') return options.onMessage(message, frame);
    ports.get(message.id)?.postMessage(message.data);
    return undefined;
  });
  await page.addInitScript(preloadScript(options.preload));

  // Whatever the page opened is closed again; what main said to it was asked when it wanted to load.
  context.on('page', (opened) => void opened.close().catch(() => undefined));
  // A window that closes takes its requests with it.
  await context.route('**/*', (route) =>
    handle(route).catch((error: unknown) => {
      if (!page.isClosed()) throw error;
    }),
  );
  async function handle(route: Route): Promise<void> {
    const request = route.request();
    const frame = request.isNavigationRequest() ? frameOf(request) : null;
    if (frame === 'new window' || (frame && frame.page() !== page)) {
      options.onPopup(toApp(request.url()));
      await route.abort();
      return;
    }
    if (frame && !isFirst && !options.mayNavigate(toApp(request.url()), frame.parentFrame() === null)) {
      await route.abort('aborted');
      return;
    }
    isFirst = false;
    if (!request.url().startsWith(`${HOME}/`)) {
      await route.abort();
      return;
    }
    const asked = new Request(toApp(request.url()), { method: request.method() });
    // What the app's handler throws is a network error to the page, as in Electron.
    const answer = await options.serve(asked).catch(() => null);
    if (!answer) {
      await route.abort();
      return;
    }
    await route.fulfill({
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: Buffer.from(await answer.arrayBuffer()),
    });
  }

  // One after the other: messages of a port keep their order.
  let queue: Promise<unknown> = Promise.resolve();
  const inPage = (name: '__deliver' | '__deliverToPort', ...args: unknown[]) => {
    queue = queue
      .then(() =>
        page.evaluate(
          ([call, values]) =>
            (globalThis as unknown as Record<string, (...all: unknown[]) => void>)[call]?.(...values),
          [name, args] as const,
        ),
      )
      // The page is reloading or gone: so is the message, as in Electron.
      .catch(() => undefined);
  };
  return {
    page,
    deliver(channel, message, arriving) {
      const ids = arriving.map((port) => {
        const id = nextPort;
        nextPort += 1;
        ports.set(id, port);
        port.on('message', (data: unknown) => inPage('__deliverToPort', id, data));
        return id;
      });
      inPage('__deliver', channel, message, ids);
      for (const port of arriving) port.start();
    },
  };
}
