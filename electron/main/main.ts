import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  app,
  type BrowserWindow,
  dialog,
  Menu,
  type MessagePortMain,
  Notification,
  powerMonitor,
  session,
} from 'electron';
import { assertNever } from '#shared/lib/assert-never.ts';
import { engineToMainSchema } from '#shared/model/desktop.ts';
import { openCockpitWindow } from './cockpit-window.ts';
import { deepLinkIn, parseDeepLink } from './deep-link.ts';
import { forkEngine } from './engine-process.ts';
import { guardAllContents, openOutside } from './guards.ts';
import { buildMenu } from './menu.ts';
import { declarePageScheme, servePage } from './page-scheme.ts';
import { restrictPermissions } from './permissions.ts';
import { createPortBroker } from './port-broker.ts';
import { printPdf } from './print-pdf.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

// Start of the desktop app: windows, menu, notifications, links, the engine's supervisor and port broker. No product logic.

/** How long the engine may take to stop when the app quits. */
const STOP_BOUND_MS = 8_000;
const dist = join(import.meta.dirname, '..');

app.enableSandbox();
declarePageScheme();
const startArgs = process.argv.slice(1);
const { values: flags } = parseArgs({
  args: startArgs,
  options: { data: { type: 'string' }, workspace: { type: 'string' } },
  strict: false,
});
const engineArgs = (['data', 'workspace'] as const).flatMap((name) => {
  const value = flags[name];
  return typeof value === 'string' ? [`--${name}=${value}`] : [];
});

// Arguments of a second start travel as data: argv itself may be reordered on the way.
if (app.requestSingleInstanceLock({ args: startArgs })) run();
else app.quit();

function run(): void {
  let window: BrowserWindow | null = null;
  let linkHosts: ReadonlySet<string> = new Set();
  let isQuitting = false;
  /** What a link that started the app asked for, until the page is there. */
  let wanted = deepLinkIn(startArgs);
  const hosts = { current: () => linkHosts };

  const supervisor: Supervisor<MessagePortMain> = createSupervisor<MessagePortMain>({
    fork: () => forkEngine(join(dist, 'engine', 'desktop.js'), engineArgs),
    timers: {
      nowMs: () => performance.now(),
      after(ms, task) {
        const timer = setTimeout(task, ms);
        return () => clearTimeout(timer);
      },
    },
    onState: (state, detail) => broker.announce(state, detail),
    onMessage: takeMessage,
  });
  const broker = createPortBroker({
    window: () => window,
    supervisor: () => supervisor,
    openExternal: (address) => openOutside(address, hosts),
    printPdf,
  });

  function takeMessage(raw: unknown): void {
    const parsed = engineToMainSchema.safeParse(raw);
    if (!parsed.success) return;
    const message = parsed.data;
    switch (message.type) {
      case 'ready':
        supervisor.ready();
        break;
      case 'refused':
        supervisor.refused(message.message);
        break;
      case 'no-drill':
        broker.noDrill();
        break;
      case 'link-hosts':
        linkHosts = new Set(message.hosts);
        break;
      case 'incident-opened':
        notify(message.incidentId);
        break;
      default:
        assertNever(message, 'message of the engine');
    }
  }

  /** Our words and our id; nothing that came in from traces reaches a notification. */
  function notify(incidentId: string): void {
    if (!Notification.isSupported()) return;
    const notification = new Notification({
      title: 'Fusebox: incident opened',
      body: `${incidentId} is open. Select to see it.`,
      urgency: 'critical',
    });
    notification.on('click', () => show(incidentId));
    notification.show();
  }

  function show(incidentId: string | null): void {
    if (!window) window = open();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    if (incidentId !== null) broker.send({ type: 'fusebox:open', incidentId });
  }

  function open(): BrowserWindow {
    const opened = openCockpitWindow(join(dist, 'preload', 'preload.cjs'));
    opened.on('closed', () => {
      if (window === opened) window = null;
    });
    return opened;
  }

  guardAllContents(hosts);
  app.on('second-instance', (_event, _argv, _cwd, data) => {
    const args = typeof data === 'object' && data !== null && 'args' in data ? data.args : [];
    show(deepLinkIn(args)?.incidentId ?? null);
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    const link = parseDeepLink(url);
    if (link && window) show(link.incidentId);
    else wanted = link ?? wanted;
  });
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', (event) => {
    if (isQuitting) return;
    isQuitting = true;
    event.preventDefault();
    void supervisor.stop(STOP_BOUND_MS).finally(() => app.quit());
  });

  app.whenReady().then(
    () => {
      if (app.isPackaged) app.setAsDefaultProtocolClient('fusebox');
      restrictPermissions(session.defaultSession);
      servePage(join(dist, 'renderer'));
      Menu.setApplicationMenu(buildMenu({ restartEngine: () => supervisor.retry() }));
      powerMonitor.on('resume', () => supervisor.post({ type: 'resumed' }));
      supervisor.start();
      window = open();
      window.webContents.once('did-finish-load', () => {
        if (wanted) show(wanted.incidentId);
        wanted = null;
      });
    },
    (error: unknown) => {
      dialog.showErrorBox('Fusebox cannot start', String(error));
      app.exit(1);
    },
  );
}
