import type { World } from '#shared/model/desktop.ts';
import { createRoot } from 'react-dom/client';
import { createConnection } from '#renderer/client/connection.ts';
import { createDesktopTransport } from '#renderer/client/desktop-transport.ts';
import type { FuseboxBridge } from '#renderer/client/transport.ts';
import { ClientProvider } from '#renderer/client/use-client.ts';
import { createWebTransport } from '#renderer/client/web-transport.ts';
import { receiveMessage, showConnection } from '#renderer/live/live-store.ts';
import { PrintProvider } from '#renderer/parts/use-print.ts';
import { OpenExternalProvider } from '#renderer/parts/external-link.tsx';
import { ThemeProvider } from '#renderer/theme/theme-provider.tsx';
import { startTheme } from '#renderer/theme/theme-store.ts';
import { startKeyboard } from './keyboard.ts';
import { isDrillWindow } from './drill/drill-address.ts';
import { navigate } from './router.ts';
import { hrefTo } from './routes.ts';
import { Shell } from './shell.tsx';
import { warmIncidentView } from './view-registry.ts';

/** There in the desktop window only (electron/hosts/README.md). */
function bridgeOf(page: Window): FuseboxBridge | undefined {
  return 'fusebox' in page ? (page.fusebox as FuseboxBridge) : undefined;
}

const bridge = bridgeOf(window);
/** The address says whose engine this page shows; everything else in it is the same. */
const world: World = isDrillWindow() ? 'drill' : 'team';
const transport =
  bridge === undefined
    ? createWebTransport(
        {
          origin: window.location.origin,
          pathname: window.location.pathname,
          search: window.location.search,
          hash: () => window.location.hash,
          replace: (address) => window.history.replaceState(null, '', address),
          storage: window.sessionStorage,
          fetch: (...request) => window.fetch(...request),
        },
        world,
      )
    : createDesktopTransport(bridge, window, world);

/** A real incident is never in the world of a drill: the page goes home for it. */
function openIncident(incidentId: string): void {
  if (world === 'team') navigate('incident', { incidentId });
  else window.location.assign(`${window.location.pathname}${hrefTo('incident', { incidentId })}`);
}

const connection = createConnection({
  transport,
  monotonicMs: () => performance.now(),
  onMessage: (message) => receiveMessage(message, performance.now()),
  onState: showConnection,
  onOpenIncident: openIncident,
});

startTheme(document.documentElement);
startKeyboard(window);
connection.start();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <ThemeProvider>
    <ClientProvider value={connection.client}>
      <OpenExternalProvider value={bridge === undefined ? null : (url) => bridge.openExternal(url)}>
        <PrintProvider value={bridge === undefined ? null : (name) => bridge.printPdf(name)}>
          <Shell onRetryConnection={connection.retry} />
        </PrintProvider>
      </OpenExternalProvider>
    </ClientProvider>
  </ThemeProvider>,
);
// After the first paint, so that it delays nothing.
window.requestIdleCallback(warmIncidentView);
