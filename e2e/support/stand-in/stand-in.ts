import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { BrowserContext, Frame, Page } from '@playwright/test';
import { UtilityProcess } from '../utility/utility-process.ts';
import { type FromPage, openBridge, type PageBridge, toApp, toBrowser } from './page-bridge.ts';

type Bounds = { x: number; y: number; width: number; height: number };
export type Display = { id: number; workArea: Bounds };
type Preventable = { defaultPrevented: boolean; preventDefault(): void };

const preventable = <T extends object>(facts: T): T & Preventable => ({
  ...facts,
  defaultPrevented: false,
  preventDefault() {
    this.defaultPrevented = true;
  },
});

/** What apps on one machine share: who holds the single-instance lock. */
export type Machine = { holder: StandIn | null };

export type StandInOptions = {
  readonly machine: Machine;
  readonly context: BrowserContext;
  readonly userData: string;
  readonly displays: readonly Display[];
  readonly preload: string;
  readonly env: NodeJS.ProcessEnv;
};

/** Electron's end of a message channel, on Node's. */
class PortMain extends EventEmitter {
  readonly inner: MessagePort;
  constructor(inner: MessagePort) {
    super();
    this.inner = inner;
  }
}

class Contents extends EventEmitter {
  static next = 1;
  readonly id = Contents.next++;
  openHandler: (details: { url: string }) => { action: 'allow' | 'deny' } = () => ({ action: 'allow' });
  address = '';
  bridge: PageBridge | null = null;
  readonly mainFrame = {
    url: '',
    parent: null,
    postMessage: (channel: string, message: unknown, ports: PortMain[] = []) =>
      this.bridge?.deliver(
        channel,
        message,
        ports.map((port) => port.inner),
      ),
  };
  getURL(): string {
    return this.address;
  }
  /** What the page draws for paper, by the real Chromium. */
  async printToPDF(): Promise<Buffer> {
    if (!this.bridge) throw new Error('nothing is loaded');
    return this.bridge.page.pdf({ format: 'A4', preferCSSPageSize: true });
  }
  setWindowOpenHandler(handler: Contents['openHandler']): void {
    this.openHandler = handler;
  }
}

export type WindowOptions = Bounds & { title: string; webPreferences: Record<string, unknown> };

/** A window: a page of a real Chromium, with the real preload. */
export class StandInWindow extends EventEmitter {
  readonly webContents = new Contents();
  readonly options: WindowOptions;
  readonly loaded: Promise<Page>;
  bounds: Bounds;
  isShown = false;
  focusCount = 0;
  #isMaximized = false;
  #isDestroyed = false;
  #isLoaded: (page: Page) => void = () => undefined;
  readonly #electron: StandIn;

  constructor(electron: StandIn, options: WindowOptions) {
    super();
    this.#electron = electron;
    this.options = options;
    const { x, y, width, height } = options;
    this.bounds = { x, y, width, height };
    this.loaded = new Promise((resolve) => {
      this.#isLoaded = resolve;
    });
    electron.windows.push(this);
    electron.app.emit('web-contents-created', {}, this.webContents);
  }

  async loadURL(address: string): Promise<void> {
    const { webContents } = this;
    webContents.address = address;
    webContents.mainFrame.url = address;
    const { context, preload } = this.#electron.options;
    const bridge = await openBridge({
      context,
      preload,
      serve: (request) => this.#electron.serve(request),
      onMessage: (message, frame) => this.#electron.fromPage(this, message, frame),
      mayNavigate: (target, isMainFrame) => this.#mayNavigate(target, isMainFrame),
      onPopup: (target) => {
        this.#electron.popups.push({ url: target, ...webContents.openHandler({ url: target }) });
      },
    });
    webContents.bridge = bridge;
    await bridge.page.goto(toBrowser(address));
    webContents.emit('did-finish-load');
    this.emit('ready-to-show');
    this.#isLoaded(bridge.page);
  }

  #mayNavigate(target: string, isMainFrame: boolean): boolean {
    const details = preventable({ url: target, isMainFrame });
    if (isMainFrame) this.webContents.emit('will-navigate', details);
    this.webContents.emit('will-frame-navigate', details);
    if (!details.defaultPrevented && isMainFrame) this.webContents.emit('did-start-navigation', details);
    return !details.defaultPrevented;
  }

  isDestroyed = () => this.#isDestroyed;
  isMinimized = () => false;
  isMaximized = () => this.#isMaximized;
  maximize = () => {
    this.#isMaximized = true;
  };
  getNormalBounds = () => this.bounds;
  restore = () => undefined;
  show = () => {
    this.isShown = true;
  };
  focus = () => {
    this.focusCount += 1;
  };
  async close(): Promise<void> {
    this.emit('close', preventable({}));
    this.#isDestroyed = true;
    await this.webContents.bridge?.page.close();
    this.emit('closed');
    const { windows, app } = this.#electron;
    windows.splice(windows.indexOf(this), 1);
    if (windows.length === 0) app.emit('window-all-closed');
  }
}

class Notification extends EventEmitter {
  readonly options: { title: string; body: string };
  readonly #shown: Notification[];
  constructor(shown: Notification[], options: { title: string; body: string }) {
    super();
    this.#shown = shown;
    this.options = options;
  }
  show(): void {
    this.#shown.push(this);
  }
}

type MenuItem = { label?: string; role?: string; click?: () => void; submenu?: MenuItem[] };
type PermissionHandler = (
  contents: unknown,
  permission: string,
  answer: (isGranted: boolean) => void,
  details: { requestingUrl: string },
) => void;

/** One running app's `electron` module, and what a test may look at. Make one, then `startMain(standIn.module)`. */
export class StandIn {
  readonly options: StandInOptions;
  readonly windows: StandInWindow[] = [];
  readonly notifications: Notification[] = [];
  readonly openedOutside: string[] = [];
  readonly popups: { url: string; action: string }[] = [];
  readonly engines: UtilityProcess[] = [];
  readonly errors: string[] = [];
  /** What the person answers to the next save dialog; null = cancels. Proposals are kept. */
  saveAs: string | null = null;
  readonly proposals: string[] = [];
  readonly schemes: { scheme: string; privileges: Record<string, boolean> }[] = [];
  readonly app = new EventEmitter();
  readonly ipc = new EventEmitter();
  readonly ipcHandlers = new Map<string, (event: unknown, ...args: unknown[]) => unknown>();
  readonly powerMonitor = new EventEmitter();
  isSandboxed = false;
  menu: MenuItem[] = [];
  permissionRequest: PermissionHandler | null = null;
  permissionCheck: ((contents: unknown, permission: string, origin: string) => boolean) | null = null;
  readonly quitted: Promise<void>;
  readonly module: object;
  #serve: ((request: Request) => Promise<Response>) | null = null;
  #isQuitting = false;
  #hasQuit: () => void = () => undefined;

  constructor(options: StandInOptions) {
    this.options = options;
    this.quitted = new Promise((resolve) => {
      this.#hasQuit = resolve;
    });
    this.module = createModule(
      this,
      (serve) => {
        this.#serve = serve;
      },
      () => this.#hasQuit(),
    );
  }

  serve(request: Request): Promise<Response> {
    if (!this.#serve) throw new Error('main registered no protocol handler');
    return this.#serve(request);
  }

  async fromPage(window: StandInWindow, message: FromPage, frame: Frame): Promise<unknown> {
    if (message.kind === 'port') return undefined;
    const event = {
      sender: window.webContents,
      senderFrame: { url: toApp(frame.url()), parent: frame.parentFrame() },
    };
    if (message.kind === 'send') {
      this.ipc.emit(message.channel, event, ...message.args);
      return undefined;
    }
    return this.ipcHandlers.get(message.channel)?.(event, ...message.args);
  }

  async quit(): Promise<void> {
    const asking = preventable({});
    this.app.emit('before-quit', asking);
    if (asking.defaultPrevented || this.#isQuitting) return;
    this.#isQuitting = true;
    for (const window of this.windows.slice()) await window.close();
    if (this.options.machine.holder === this) this.options.machine.holder = null;
    this.app.emit('will-quit', preventable({}));
    this.#hasQuit();
  }

  /** Presses a menu item by its label. */
  choose(label: string): void {
    const all = this.menu.flatMap((item) => [item, ...(item.submenu ?? [])]);
    const item = all.find((one) => one.label === label);
    if (!item?.click) throw new Error(`no menu item ${label}`);
    item.click();
  }
}

/** The module itself: names as Electron has them, each as thin as the main code needs. */
function createModule(
  electron: StandIn,
  onServe: (serve: (request: Request) => Promise<Response>) => void,
  onExit: () => void,
): object {
  const { options, app } = electron;
  const primary = options.displays[0];
  const methods = {
    isPackaged: false,
    enableSandbox: () => (electron.isSandboxed = true),
    requestSingleInstanceLock: (data: unknown) => {
      const { machine } = options;
      if (machine.holder) {
        machine.holder.app.emit('second-instance', {}, ['reordered'], '/', structuredClone(data));
        return false;
      }
      machine.holder = electron;
      return true;
    },
    whenReady: () => Promise.resolve(),
    isReady: () => true,
    quit: () => void electron.quit(),
    exit: () => onExit(),
    getPath: () => options.userData,
    setAsDefaultProtocolClient: () => true,
  };
  class BrowserWindow extends StandInWindow {
    constructor(windowOptions: WindowOptions) {
      super(electron, windowOptions);
    }
  }
  class ElectronNotification extends Notification {
    static isSupported = () => true;
    constructor(details: { title: string; body: string }) {
      super(electron.notifications, details);
    }
  }
  class MessageChannelMain {
    readonly port1: PortMain;
    readonly port2: PortMain;
    constructor() {
      const { port1, port2 } = new MessageChannel();
      this.port1 = new PortMain(port1);
      this.port2 = new PortMain(port2);
    }
  }
  return {
    app: Object.assign(app, methods),
    BrowserWindow,
    Notification: ElectronNotification,
    MessageChannelMain,
    dialog: {
      showErrorBox: (title: string, text: string) => electron.errors.push(`${title}: ${text}`),
      showSaveDialog: async (_window: unknown, { defaultPath }: { defaultPath: string }) => {
        electron.proposals.push(defaultPath);
        return { canceled: electron.saveAs === null, filePath: electron.saveAs ?? '' };
      },
    },
    ipcMain: Object.assign(electron.ipc, {
      handle: (channel: string, handler: (event: unknown, ...args: unknown[]) => unknown) => {
        electron.ipcHandlers.set(channel, handler);
      },
    }),
    Menu: {
      buildFromTemplate: (template: MenuItem[]) => template,
      setApplicationMenu: (menu: MenuItem[]) => (electron.menu = menu),
    },
    powerMonitor: electron.powerMonitor,
    protocol: {
      registerSchemesAsPrivileged: (schemes: StandIn['schemes']) => electron.schemes.push(...schemes),
      handle: (_scheme: string, handler: (request: Request) => Promise<Response>) => {
        onServe(handler);
      },
    },
    screen: { getPrimaryDisplay: () => primary, getAllDisplays: () => options.displays },
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler: PermissionHandler) => (electron.permissionRequest = handler),
        setPermissionCheckHandler: (handler: StandIn['permissionCheck']) =>
          (electron.permissionCheck = handler),
        setDevicePermissionHandler: () => undefined,
      },
    },
    shell: {
      openExternal: (url: string) => {
        electron.openedOutside.push(url);
        return Promise.resolve();
      },
    },
    utilityProcess: {
      fork: (entry: string, args: string[]) => {
        const child = new UtilityProcess(entry, args, options.env);
        electron.engines.push(child);
        return {
          postMessage: (message: unknown, ports: PortMain[] = []) =>
            child.postMessage(
              message,
              ports.map((port) => port.inner),
            ),
          kill: () => child.kill(),
          on: (name: string, listener: (...values: unknown[]) => void) => child.on(name, listener),
          once: (name: string, listener: (...values: unknown[]) => void) => child.once(name, listener),
        };
      },
    },
  };
}
