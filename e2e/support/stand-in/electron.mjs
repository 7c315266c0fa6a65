// What `import … from 'electron'` gives to the main code under test: the stand-in that the test made for this app.
// Plain JavaScript with fixed names, because the built main code imports it as a native module.
const standIns = globalThis[Symbol.for('fusebox.stand-ins')];
const electron = standIns.get(new URL(import.meta.url).searchParams.get('app'));

export const {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  Notification,
  powerMonitor,
  protocol,
  screen,
  session,
  shell,
  utilityProcess,
} = electron;
