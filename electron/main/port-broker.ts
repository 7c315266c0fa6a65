import { type BrowserWindow, ipcMain, MessageChannelMain, type MessagePortMain } from 'electron';
import { CHANNELS } from '#shared/lib/desktop-channels.ts';
import {
  type EngineState,
  type PageMessage,
  type PrintOutcome,
  type World,
  worldSchema,
} from '#shared/model/desktop.ts';
import { isOwnPage } from './navigation-policy.ts';
import type { Supervisor } from './supervisor.ts';

/** What a request from a page is judged by; Electron's events have more. */
type Sender = {
  readonly senderFrame: { readonly url: string; readonly parent: unknown } | null;
  readonly sender: { readonly id: number };
};

export type PortBroker = {
  /** Tells the page, and hands it a port when the engine runs and the page has asked in this load. */
  announce(state: EngineState, detail: string): void;
  /** The engine says that no drill is under way (any more): told to a page that shows one. */
  noDrill(): void;
  send(message: PageMessage): void;
};

/** True for the main frame of our window while it shows our page. Not the window alone: frames have their own identity. */
export function isTrustedSender(event: Sender, window: BrowserWindow | null): boolean {
  const frame = event.senderFrame;
  if (!window || window.isDestroyed() || !frame) return false;
  return event.sender.id === window.webContents.id && frame.parent === null && isOwnPage(frame.url);
}

/**
 * Connects page and engine directly: one channel per page load and engine run, asked for by the page, both ends given
 * away. Main keeps no end and relays nothing.
 */
export function createPortBroker(options: {
  readonly window: () => BrowserWindow | null;
  readonly supervisor: () => Supervisor<MessagePortMain>;
  readonly openExternal: (address: unknown) => Promise<boolean>;
  readonly printPdf: (window: BrowserWindow, name: unknown) => Promise<PrintOutcome>;
}): PortBroker {
  /** What the present load has asked for; the next document is another load. */
  let asked: World | null = null;

  const send = (message: PageMessage, ports: MessagePortMain[] = []) => {
    const window = options.window();
    if (!window || window.isDestroyed() || !isOwnPage(window.webContents.getURL())) return;
    window.webContents.mainFrame.postMessage(CHANNELS.message, message, ports);
  };
  const connect = (world: World) => {
    const { port1, port2 } = new MessageChannelMain();
    if (options.supervisor().post({ type: 'port', world }, [port1])) send({ type: 'fusebox:port' }, [port2]);
  };
  const forget = (window: BrowserWindow) => {
    const listener = (details: { readonly isMainFrame: boolean; readonly isSameDocument: boolean }) => {
      // Another view of the same page keeps its port.
      if (!details.isMainFrame || details.isSameDocument) return;
      asked = null;
      window.webContents.off('did-start-navigation', listener);
    };
    window.webContents.on('did-start-navigation', listener);
  };

  ipcMain.on(CHANNELS.connect, (event, world: unknown) => {
    const window = options.window();
    if (!window || !isTrustedSender(event, window)) return;
    if (asked === null) forget(window);
    asked = worldSchema.safeParse(world).data ?? 'team';
    const { state, detail } = options.supervisor();
    send({ type: 'fusebox:engine', state, detail });
    if (state === 'running') connect(asked);
  });
  ipcMain.handle(CHANNELS.openExternal, (event, address: unknown) =>
    isTrustedSender(event, options.window()) ? options.openExternal(address) : false,
  );
  ipcMain.handle(CHANNELS.printPdf, (event, name: unknown): Promise<PrintOutcome> | PrintOutcome => {
    const window = options.window();
    if (window && isTrustedSender(event, window)) return options.printPdf(window, name);
    return { state: 'failed', detail: 'only the cockpit itself may be saved' };
  });

  return {
    announce(state, detail) {
      send({ type: 'fusebox:engine', state, detail });
      if (state === 'running' && asked !== null) connect(asked);
    },
    noDrill() {
      if (asked === 'drill') send({ type: 'fusebox:no-drill' });
    },
    send,
  };
}
