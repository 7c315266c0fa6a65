import { contextBridge, ipcRenderer } from 'electron';
import { CHANNELS } from '#shared/lib/desktop-channels.ts';

// The one thing between page and main: it passes messages and the port on, and looks at neither.

ipcRenderer.on(CHANNELS.message, (event, message: unknown) => {
  window.postMessage(message, window.location.origin, event.ports);
});

contextBridge.exposeInMainWorld('fusebox', {
  connect: (world: unknown) => ipcRenderer.send(CHANNELS.connect, String(world)),
  openExternal: (url: unknown) => ipcRenderer.invoke(CHANNELS.openExternal, String(url)),
  printPdf: (name: unknown) => ipcRenderer.invoke(CHANNELS.printPdf, String(name)),
});
