import { createEngine, EngineLockedError } from '#engine/app.ts';
import { z } from 'zod';
import { engineOptions, type HostSettings } from '../engine-options.ts';
import { type EngineFile, removeEngineFile, writeEngineFile } from '../engine-file.ts';
import { findPackageRoot } from '../package-root.ts';
import { startWebHost } from '../web.ts';
import { TOKEN_HEADER } from '../web/token.ts';
import { findRunningEngine } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { openCockpit } from './open-cockpit.ts';

export type StartOptions = HostSettings & {
  readonly port: number;
  /** Open a window or tab. */
  readonly isOpening: boolean;
};

type Say = (line: string) => void;

/** Runs the engine in browser mode until SIGINT or SIGTERM; a second start opens the one that runs. */
export async function start(options: StartOptions, say: Say): Promise<ExitCode> {
  const running = await findRunningEngine(options.dataDir);
  if (running) return openRunning(running, options, say);
  let engine;
  try {
    engine = await createEngine(engineOptions(options, 'web'));
  } catch (error) {
    if (!(error instanceof EngineLockedError)) throw error;
    // Perhaps it is still starting: one more look before giving up.
    const late = await findRunningEngine(options.dataDir);
    if (late) return openRunning(late, options, say);
    say(error.message);
    return EXIT.failed;
  }
  const stopping = stopRequested();
  await engine.start();
  const host = await startWebHost({
    router: engine.router,
    drillRouter: () => engine.drillRouter(),
    clock: engine.clock,
    actor: { name: engine.actor, via: 'page' },
    pageDir: findPackageRoot().pageDir,
    port: options.port,
  }).catch(async (error: unknown) => {
    await engine.stop();
    throw error;
  });
  const { dataDir, workspaceName, workspaceProblems, recordProblem, otlpEndpoint } = engine.info();
  writeEngineFile(dataDir, { pid: process.pid, origin: host.origin, token: host.token, host: 'web' });
  engine.announce(host.origin);
  say(`Fusebox runs at ${host.origin} (workspace: ${workspaceName}, data: ${dataDir})`);
  if (otlpEndpoint) say(`Traces are received at ${otlpEndpoint}`);
  for (const problem of workspaceProblems) say(`Workspace: ${problem.message}`);
  if (recordProblem) say(`Records: ${recordProblem}`);
  await open(host.launchUrl, options, say);
  say('Ctrl-C stops it.');
  await stopping;
  removeEngineFile(dataDir, host.token);
  await host.close();
  await engine.stop();
  return EXIT.done;
}

async function openRunning(running: EngineFile, options: StartOptions, say: Say): Promise<ExitCode> {
  const where = running.host === 'desktop' ? 'the desktop app' : 'browser mode';
  say(`Fusebox is already open on ${options.dataDir}: ${where}, process ${running.pid}, ${running.origin}`);
  const answer = await fetch(`${running.origin}/launch-code`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: running.origin, [TOKEN_HEADER]: running.token },
    body: '{}',
    redirect: 'error',
    signal: AbortSignal.timeout(5_000),
  });
  const { url } = z.object({ url: z.string().startsWith(`${running.origin}/#`) }).parse(await answer.json());
  await open(() => url, options, say);
  return EXIT.done;
}

async function open(launchUrl: () => string, options: StartOptions, say: Say): Promise<void> {
  const opened = options.isOpening ? await openCockpit(launchUrl(), options.dataDir) : null;
  if (opened?.kind === 'nothing') {
    say(`No window opened: ${opened.why}. Open this address (once, within a minute):`);
  } else if (opened !== null) {
    // Some browsers (snap, flatpak) open and then may not read the file that leads here.
    say(`Opened with ${opened.why}. If nothing shows, open this address (once, within a minute):`);
  }
  say(launchUrl());
}

/** Resolves on the first signal; later ones change nothing, because the stop is bounded anyway. */
function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}
