import { parseArgs } from 'node:util';
import { RPCHandler } from '@orpc/server/message-port';
import { createRouterClient } from '@orpc/server';
import type { EngineToMain } from '#shared/model/desktop.ts';
import { incidentIdSchema, mainToEngineSchema } from '#shared/model/desktop.ts';
import type { LiveMessage } from '#shared/model/live.ts';
import { createEngine, type Engine, EngineLockedError } from '#engine/app.ts';
import { defaultDataDir } from './data-dir.ts';
import { createFeedWatcher } from './desktop/feed-watcher.ts';
import { removeEngineFile, writeEngineFile } from './engine-file.ts';
import { engineOptions } from './engine-options.ts';
import { findPackageRoot } from './package-root.ts';
import { startWebHost, type WebHost } from './web.ts';

// Entry of the engine's own process. Electron's types stay outside this layer, so the three shapes it needs stand here.
type PortMain = {
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
};
type ParentPort = {
  on(event: 'message', listener: (event: { data: unknown; ports: PortMain[] }) => void): void;
  postMessage(message: EngineToMain): void;
};

/** Exit code for "another engine holds the data directory": no crash, and no use in a restart. */
const EXIT_REFUSED = 75;

const parent = (process as unknown as { parentPort?: ParentPort }).parentPort;
if (!parent) throw new Error('This is the entry of the engine process; start the desktop app instead.');

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { data: { type: 'string' }, workspace: { type: 'string' } },
  strict: false,
});
const settings = {
  dataDir: typeof values.data === 'string' ? values.data : defaultDataDir(),
  workspacePath:
    typeof values.workspace === 'string' ? values.workspace : (process.env['FUSEBOX_WORKSPACE'] ?? null),
};

/** Ports are kept: one that nothing refers to is collected, and thereby closed. */
const ports = new Set<PortMain>();
let stopping: Promise<void> | null = null;

async function run(main: ParentPort): Promise<void> {
  let engine: Engine;
  try {
    engine = await createEngine(engineOptions(settings, 'desktop'));
  } catch (error) {
    if (!(error instanceof EngineLockedError)) throw error;
    main.postMessage({ type: 'refused', message: error.message });
    // Lets the message leave before the process does.
    setTimeout(() => process.exit(EXIT_REFUSED), 200);
    return;
  }
  const context = { actor: { name: engine.actor, via: 'page' as const } };
  const rpc = new RPCHandler(engine.router);
  /** Ports to the world of the drill under way. */
  const drillPorts = new Set<PortMain>();
  await engine.start();
  const host = await openCommandLineDoor(engine);
  main.on('message', (event) => {
    const message = mainToEngineSchema.safeParse(event.data);
    if (!message.success) return;
    if (message.data.type === 'stop') stopping ??= stop(engine, host);
    if (message.data.type === 'resumed') engine.look().catch(() => undefined);
    const [port] = event.ports;
    if (message.data.type !== 'port' || !port) return;
    const router = message.data.world === 'drill' ? engine.drillRouter() : engine.router;
    if (router === null) {
      port.close();
      main.postMessage({ type: 'no-drill' });
      return;
    }
    const kept = router === engine.router ? ports : drillPorts;
    kept.add(port);
    port.on('close', () => kept.delete(port));
    (router === engine.router ? rpc : new RPCHandler(router)).upgrade(port, { context });
    port.start();
  });
  process.on('SIGTERM', () => {
    stopping ??= stop(engine, host);
  });
  engine.onDrillOver(() => {
    main.postMessage({ type: 'no-drill' });
    for (const port of drillPorts) port.close();
    drillPorts.clear();
  });
  main.postMessage({ type: 'ready' });
  await tellMain(engine, main);
}

/** `fusebox` on the command line talks to this engine through the same guarded loopback host as a browser tab. */
async function openCommandLineDoor(engine: Engine): Promise<WebHost | null> {
  try {
    const host = await startWebHost({
      router: engine.router,
      drillRouter: () => engine.drillRouter(),
      clock: engine.clock,
      actor: { name: engine.actor, via: 'page' },
      pageDir: findPackageRoot().pageDir,
      port: 0,
    });
    const { dataDir } = engine.info();
    writeEngineFile(dataDir, { pid: process.pid, origin: host.origin, token: host.token, host: 'desktop' });
    engine.announce(host.origin);
    return host;
  } catch {
    // The window works without it; the command line then says that the app holds the directory.
    return null;
  }
}

/** Follows the feed as a page does, for what main needs: new incidents and the hosts that links may lead to. */
async function tellMain(engine: Engine, main: ParentPort): Promise<void> {
  const client = createRouterClient(engine.router, {
    context: { actor: { name: engine.actor, via: 'engine' as const } },
  });
  const watcher = createFeedWatcher();
  for await (const message of (await client.live.subscribe()) as AsyncIterable<LiveMessage>) {
    const { opened, linkHosts } = watcher.take(message);
    for (const incidentId of opened) {
      if (incidentIdSchema.safeParse(incidentId).success)
        main.postMessage({ type: 'incident-opened', incidentId });
    }
    if (linkHosts !== null) main.postMessage({ type: 'link-hosts', hosts: [...linkHosts] });
  }
}

async function stop(engine: Engine, host: WebHost | null): Promise<void> {
  if (host) {
    removeEngineFile(engine.info().dataDir, host.token);
    await host.close();
  }
  await engine.stop();
  process.exit(0);
}

await run(parent);
