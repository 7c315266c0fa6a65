import { join } from 'node:path';
import { app, BrowserWindow, dialog, screen } from 'electron';
import { PAGE_ADDRESS } from './navigation-policy.ts';
import { MINIMUM_SIZE, placeWindow, readWindowState, writeWindowState } from './window-state.ts';

const PLAIN_TITLE = /^[A-Za-z0-9 ,.:·]{1,100}$/;

/** Opens the one window, where it was left; it shows itself once there is something to see. */
export function openCockpitWindow(preload: string): BrowserWindow {
  const statePath = join(app.getPath('userData'), 'window.json');
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter((display) => display.id !== primary.id);
  const areas = [primary, ...others].map((display) => display.workArea);
  const { isMaximized, ...bounds } = placeWindow(readWindowState(statePath), areas);
  const window = new BrowserWindow({
    ...bounds,
    minWidth: MINIMUM_SIZE.width,
    minHeight: MINIMUM_SIZE.height,
    show: false,
    title: 'Fusebox',
    backgroundColor: '#101418',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      // Live figures must not freeze behind another window.
      backgroundThrottling: false,
    },
  });
  if (isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  // The title shows in the task bar: counts, ages and our own words; nothing that came in from traces gets there.
  window.on('page-title-updated', (event, title) => {
    if (!PLAIN_TITLE.test(title)) event.preventDefault();
  });
  window.on('close', () => {
    writeWindowState(statePath, { ...window.getNormalBounds(), isMaximized: window.isMaximized() });
  });
  window.loadURL(PAGE_ADDRESS).catch((error: unknown) => {
    // A window that is closed while it loads has nothing to say.
    if (!window.isDestroyed()) dialog.showErrorBox('Fusebox cannot show its page', String(error));
  });
  return window;
}
