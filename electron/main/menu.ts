import { app, Menu, type MenuItemConstructorOptions } from 'electron';

export type MenuActions = { restartEngine(): void };

/** The application menu, from roles where Electron has them, so that each system gets its own words and keys. */
export function buildMenu(actions: MenuActions): Menu {
  const isMac = process.platform === 'darwin';
  const appMenu: MenuItemConstructorOptions[] = isMac ? [{ role: 'appMenu' }] : [];
  const engine: MenuItemConstructorOptions = {
    label: 'Restart engine',
    click: () => actions.restartEngine(),
  };
  const view: MenuItemConstructorOptions[] = [
    { role: 'reload' },
    { type: 'separator' },
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
  ];
  if (!app.isPackaged) view.push({ type: 'separator' }, { role: 'toggleDevTools' });
  return Menu.buildFromTemplate([
    ...appMenu,
    { label: 'File', submenu: [engine, { type: 'separator' }, { role: isMac ? 'close' : 'quit' }] },
    { role: 'editMenu' },
    { label: 'View', submenu: view },
    { role: 'windowMenu' },
    { role: 'help', submenu: [{ role: 'about' }] },
  ]);
}
