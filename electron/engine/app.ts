import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Capabilities, EngineInfo } from '#shared/model/live.ts';
import { createRouter, type EngineRouter } from './api/router.ts';
import type { AdjustableClock } from './clock.ts';
import { createHub } from './live/hub.ts';
import { type EngineLog, openLog } from './log/log.ts';
import {
  idleIncidents,
  idleLevers,
  idleRollbacks,
  idleSources,
  idleWatch,
  idleWorkspace,
} from './idle-desks.ts';
import { anyAborted } from './live/any-aborted.ts';
import type { DemoDesk, WorkspaceDesk } from './ports.ts';
import type { Records } from './records/kind.ts';
import { acquireLock } from './records/lock.ts';
import { openRecords } from './records/open-records.ts';
import { openTelemetry, type Telemetry } from './telemetry/index.ts';
import { unavailableEvidence } from './telemetry-unavailable.ts';

/** The world an engine lives in. Nothing in the engine reaches for anything global. */
export type EngineOptions = {
  readonly clock: AdjustableClock;
  readonly dataDir: string;
  readonly fetch: typeof globalThis.fetch;
  /** The workspace file; null opens the built-in demonstration. */
  readonly workspacePath: string | null;
  /** The workspace file of the built-in demonstration. */
  readonly demonstrationPath: string;
  readonly host: EngineInfo['host'];
  readonly capabilities: Capabilities;
  /** Who is at the keyboard, for the record. */
  readonly actor: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
};

export type Engine = {
  readonly router: EngineRouter;
  readonly clock: AdjustableClock;
  readonly actor: string;
  info(): EngineInfo;
  /** Opens the doors (OTLP receiver), settles what a crash left open, begins to watch. */
  start(): Promise<void>;
  /** One look at everything, for a caller that does not stay. */
  look(): Promise<void>;
  /** Makes the address known to a second start. */
  announce(address: string): void;
  /** Ends everything in order, each part within its own bound; never rejects. */
  stop(): Promise<void>;
};

/** Another engine holds the data directory; the message says which and how to open it. */
export class EngineLockedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EngineLockedError';
  }
}

/** How long one part may take to stop; what is on disk is safe either way. */
const STOP_PART_MS = 4_000;
/** How often the page hears about the engine itself without anything having changed. */
const INFO_INTERVAL_MS = 15_000;

/**
 * Builds an engine: takes the data directory's lock, opens every part, wires them. Parts that fail to open leave a
 * problem behind and the rest running: an engine without memory must still roll back.
 * Throws EngineLockedError when another engine holds the directory, and the file system's error when it is unusable.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { clock, dataDir, host } = options;
  const startedAtMs = clock.nowMs();
  const holder = { pid: process.pid, host, startedAtMs, address: null };
  const attempt = acquireLock(dataDir, holder);
  if (!attempt.ok) throw new EngineLockedError(attempt.message);
  const secrets = new Set<string>();
  const log = openLog(dataDir, () => secrets);
  log.info({ host, version: options.version, dataDir }, 'engine opens');

  const stopping = new AbortController();
  const workspace = await idleWorkspace(options.workspacePath ?? options.demonstrationPath);
  const { records, recordProblem } = await openRecordsAnyway(options, log);
  const { telemetry, telemetryProblem } = await openTelemetryAnyway(options, workspace, log);
  const evidence = telemetry?.reader ?? unavailableEvidence(telemetryProblem);
  const sources = idleSources;
  const levers = idleLevers;
  const incidents = idleIncidents;
  const rollbacks = idleRollbacks;
  const watch = idleWatch;
  const demo: DemoDesk | null = null as DemoDesk | null;

  const info = (): EngineInfo => ({
    version: options.version,
    workspaceName: workspace.current().name,
    workspacePath: options.workspacePath,
    workspaceProblems: workspace.problems(),
    dataDir,
    host,
    startedAtMs,
    nowMs: clock.nowMs(),
    clockSpeed: clock.speed,
    actor: options.actor,
    otlpEndpoint: telemetry?.receiver.url() ?? null,
    demo: demo?.state() ?? null,
    recordProblem: recordProblem(),
  });
  const hub = createHub({
    clock,
    state: () => ({
      engine: info(),
      prompts: Object.fromEntries(watch.prompts().map((prompt) => [prompt.id, prompt])),
      incidents: Object.fromEntries(incidents.open().map((incident) => [incident.id, incident])),
      sources: Object.fromEntries(sources.list().map((source) => [source.id, source])),
    }),
  });
  telemetry?.onData((dataUpToMs) => hub.publish({ entity: 'data', dataUpToMs }));
  const router = createRouter({
    clock,
    log: log.part('api'),
    capabilities: options.capabilities,
    info,
    hub,
    workspace,
    sources,
    levers,
    evidence,
    watch,
    incidents,
    rollbacks,
    demo,
    doctor: { examine: () => Promise.resolve([]) },
  });

  async function repeatInfo(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(INFO_INTERVAL_MS * clock.speed, stopping.signal).catch(() => undefined);
      if (!stopping.signal.aborted) hub.publish({ entity: 'engine', value: info() });
    }
  }

  return {
    router,
    clock,
    actor: options.actor,
    info,
    announce: (address) => attempt.lock.announce({ ...holder, address }),
    async start() {
      await telemetry?.receiver.start().catch((error: unknown) => {
        log.warn({ error: String(error) }, 'the OTLP receiver does not listen');
      });
      await rollbacks.recover();
      sources.start();
      watch.start();
      void repeatInfo();
    },
    look: () => watch.tick(),
    async stop() {
      log.info({}, 'engine stops');
      stopping.abort(new Error('the engine stops'));
      hub.close();
      const parts: [string, () => Promise<void>][] = [
        ['demonstration', async () => demo?.stop()],
        ['watch', () => watch.stop()],
        ['rollbacks', () => rollbacks.stop()],
        ['sources', () => sources.stop()],
        ['telemetry', async () => telemetry?.close()],
        ['records', () => records.close()],
      ];
      for (const [name, stop] of parts) await bounded(name, stop, clock, log);
      attempt.lock.release();
      log.close();
    },
  };
}

/** Runs one part's stop; a part that hangs or fails is left behind, because the process ends anyway. */
async function bounded(
  name: string,
  stop: () => Promise<void>,
  clock: AdjustableClock,
  log: EngineLog,
): Promise<void> {
  try {
    const late = anyAborted([clock.deadline(STOP_PART_MS)]).then(() => 'late' as const);
    if ((await Promise.race([stop(), late])) === 'late') log.warn({ part: name }, 'did not stop in time');
  } catch (error) {
    log.warn({ part: name, error: String(error) }, 'did not stop cleanly');
  }
}

/** Records, or, where those on disk are newer than this program, memory of this run in a folder of its own. */
async function openRecordsAnyway(
  options: EngineOptions,
  log: EngineLog,
): Promise<{ records: Records; recordProblem: () => string | null }> {
  const { clock, dataDir } = options;
  try {
    const records = await openRecords({ dataDir, clock, log: log.part('records') });
    return { records, recordProblem: () => records.problem() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.error({ error: why }, 'records did not open; this run is recorded elsewhere');
    const elsewhere = await mkdtemp(join(tmpdir(), 'fusebox-records-'));
    const records = await openRecords({ dataDir: elsewhere, clock, log: log.part('records') });
    return { records, recordProblem: () => `${why} This run is recorded in ${elsewhere}.` };
  }
}

async function openTelemetryAnyway(
  { clock, dataDir }: EngineOptions,
  workspace: WorkspaceDesk,
  log: EngineLog,
): Promise<{ telemetry: Telemetry | null; telemetryProblem: string }> {
  const settings = workspace.current().telemetry;
  try {
    const telemetry = await openTelemetry({
      dataDir,
      settings,
      clock,
      log: log.part('telemetry'),
      token: null,
    });
    return { telemetry, telemetryProblem: telemetry.problem ?? '' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log.error({ error: why }, 'telemetry store did not open');
    return { telemetry: null, telemetryProblem: `their store did not open (${why}).` };
  }
}
