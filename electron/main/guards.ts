import { app, shell, type WebContents } from 'electron';
import { externalAddress, isNavigationAllowed } from './navigation-policy.ts';

/** Hosts that links may open outside; the engine names them. */
export type LinkHosts = { current(): ReadonlySet<string> };

/**
 * Guards every web contents there will ever be, not one window: no navigation, no windows, no webview, no client
 * certificates, no basic-auth prompts. What may be opened at all goes to the system's browser, through one door.
 */
export function guardAllContents(hosts: LinkHosts): void {
  app.on('web-contents-created', (_event, contents) => guard(contents, hosts));
  app.on('login', (event) => event.preventDefault());
  app.on('select-client-certificate', (event, _contents, _url, _list, callback) => {
    event.preventDefault();
    callback();
  });
}

function guard(contents: WebContents, hosts: LinkHosts): void {
  contents.on('will-navigate', (details) => {
    if (!isNavigationAllowed(details.url, details.isMainFrame)) details.preventDefault();
  });
  contents.on('will-frame-navigate', (details) => {
    if (!isNavigationAllowed(details.url, details.isMainFrame)) details.preventDefault();
  });
  contents.on('will-redirect', (details) => {
    details.preventDefault();
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  contents.setWindowOpenHandler(({ url }) => {
    // Opening outside must not run inside this handler: it would hold up the page.
    setImmediate(() => void openOutside(url, hosts));
    return { action: 'deny' };
  });
}

/** The one door to the system's browser. False = refused, or the system could not open it. */
export async function openOutside(address: unknown, hosts: LinkHosts): Promise<boolean> {
  const allowed = externalAddress(address, hosts.current());
  if (allowed === null) return false;
  return shell.openExternal(allowed).then(
    () => true,
    () => false,
  );
}
