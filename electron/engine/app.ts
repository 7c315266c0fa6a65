import { stat } from 'node:fs/promises';
import { personOf } from '#shared/domain/team/person.ts';
import type { Capabilities, EngineInfo } from '#shared/model/live.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import { createRouter, type EngineRouter } from './api/router.ts';
import type { AdjustableClock } from './clock.ts';
import { createLeverDesk } from './connectors/lever-desk.ts';
import { CONNECTORS } from './connectors/registry.ts';
import { createSourceDesk } from './connectors/source-desk.ts';
import { startDemonstration } from './demonstration/demonstration.ts';
import { prepareSurroundings } from './demonstration/surroundings.ts';
import { createDoctor } from './doctor/doctor.ts';
import { createIncidents } from './incidents/create-incidents.ts';
import { anchoredAtClosing, createAnchorKeeper } from './history/anchor-keeper.ts';
import { createAuditDesk } from './history/audit-desk.ts';
import { createHistoryDesk } from './history/history-desk.ts';
import { createEvalDesk } from './evals/eval-desk.ts';
import { createDrillDesk } from './gameday/desk/drill-desk.ts';
import { createWorldSideDesk } from './gameday/desk/world-side-desk.ts';
import type { EngineDrill } from './gameday/kind.ts';
import { createOpenWorld } from './gameday/world/open-world.ts';
import { ownScenarios, readLibrary } from './gameday/scenarios/library.ts';
import { createHub } from './live/hub.ts';
import { openLog } from './log/log.ts';
import { openRecordsAnyway, openTelemetryAnyway } from './open-stores.ts';
import { createAftermath } from './postmortem/create-aftermath.ts';
import { createPresenceDesk } from './presence/presence-desk.ts';
import { createPolicies } from './policies/create-policies.ts';
import type { DemoDesk } from './ports.ts';
import { acquireLock } from './records/lock.ts';
import { createUpkeep } from './upkeep.ts';
import { createLeverProofs } from './watch/lever-proofs.ts';
import { createMemoryTrialFiles } from './watch/trial/memory-trial-files.ts';
import { createTrialFiles } from './watch/trial/trial-file.ts';
import { createWatchDesk } from './watch/watch-desk.ts';
import { createWave2Desk } from './wave2/wave2-desk.ts';
import { openWorkspace } from './workspace/open-workspace.ts';
import { createSecretReader } from './workspace/secrets.ts';

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
  /** Set when this engine is the world of a drill. */
  readonly drill?: EngineDrill;
  /** The folder of the scenario library; absent in the world of a drill. */
  readonly scenariosPath?: string;
};

export type Engine = {
  readonly router: EngineRouter;
  readonly clock: AdjustableClock;
  readonly actor: string;
  info(): EngineInfo;
  /** The contract of the drill's world, while one can be played. */
  drillRouter(): EngineRouter | null;
  /** Calls back whenever the world of a drill is about to go. */
  onDrillOver(listener: () => void): void;
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

/** How often the page hears about the engine itself without anything having changed, in REAL time. */
const INFO_INTERVAL_MS = 15_000;
/** How often the workspace file is looked at for a change, in REAL time. */
const WORKSPACE_LOOK_MS = 2_000;
/** How often the demonstration's reviewer looks for a case to merge, in REAL time. */
const REVIEWER_MS = 5_000;
/** Real time; what this engine does itself is known at once, this is for other engines on the record and prompts that came anew. */
const PROOFS_MS = 5 * 60_000;
/** The same fleet every time, so that a demonstration can be told about. */
const DEMONSTRATION_SEED = 20_260_509;

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
  const env = { ...options.env };
  const secrets = createSecretReader({ env });
  const log = openLog(dataDir, () => secrets.seen());
  log.info({ host, version: options.version, dataDir }, 'engine opens');

  const stopping = new AbortController();
  const upkeep = createUpkeep({ clock, log, stopping: stopping.signal });
  let demo: DemoDesk | null = null;
  const drill = options.drill ?? null;
  const connectors = drill?.connectors ?? CONNECTORS;
  const workspacePath = options.workspacePath ?? options.demonstrationPath;
  const workspace = await openWorkspace({ path: workspacePath, connectors, secrets });
  const isDemonstration = workspace.current().demonstration;
  const aroundLog = log.part('demonstration');
  const around = isDemonstration ? await prepareSurroundings({ clock, dataDir, log: aroundLog }) : null;
  if (around) {
    // The demonstration's channel, pager and checkout, under the names that its workspace file gives them.
    Object.assign(env, around.env);
    await workspace.reload();
  }
  const opened = await openRecordsAnyway(
    { dataDir, clock, log, isDisposable: drill?.isDisposable ?? false },
    // A drill is never written into a team's record.
    drill ? undefined : workspace.current().records,
    secrets,
  );
  const telemetry =
    drill?.telemetry ??
    (await openTelemetryAnyway({ dataDir, clock, log }, workspace.current().telemetry, secrets));
  const { evidence } = telemetry;

  const person = () => personOf(options.actor, workspace.current());
  const info = (): EngineInfo => ({
    version: options.version,
    workspaceName: workspace.current().name,
    workspacePath: options.workspacePath,
    workspaceProblems: workspace.problems(),
    dataDir,
    host,
    startedAtMs,
    engineId: opened.records.engineId,
    nowMs: clock.nowMs(),
    clockSpeed: clock.speed,
    actor: person().name,
    person: person(),
    otlpEndpoint: telemetry.facts().endpoint,
    demo: demo?.state() ?? null,
    drill: drill?.mark() ?? null,
    recordProblem: opened.problem(),
  });
  const hub = createHub({
    clock,
    state: () => ({
      engine: info(),
      prompts: Object.fromEntries(watch.prompts().map((prompt) => [prompt.id, prompt])),
      incidents: Object.fromEntries(incidents.open().map((incident) => [incident.id, incident])),
      sources: Object.fromEntries(sources.list().map((source) => [source.id, source])),
      drill: drills.current(),
      presence: presence.all(),
    }),
  });
  const presence = createPresenceDesk({ clock, live: hub, grapevine: opened.records });
  const publishInfo = () => hub.publish({ entity: 'engine', value: info() });
  drill?.onChange(publishInfo);
  const sources = await createSourceDesk({
    workspace,
    connectors,
    clock,
    fetch: options.fetch,
    dataDir,
    readSecret: (ref) => secrets.read(ref),
    log: log.part('sources'),
    publisher: hub,
    telemetry: () => telemetry.facts(),
  });
  const levers = createLeverDesk({ workspace, sources, clock, log: log.part('levers') });
  const base = { clock, workspace, sources, levers, evidence, live: hub };
  // The levers of a drill's world are not the team's: nothing there proves them.
  const proofs = drill
    ? undefined
    : createLeverProofs({ records: opened.records, workspace, log: log.part('readiness') });
  const onRollback = (rollback: Rollback) => (drill ? drill.heard(rollback) : proofs?.heard(rollback));
  const forIncidents = { ...base, records: opened.records, log: log.part('incidents'), onRollback };
  const { incidents, rollbacks, verificationLoop, changes } = await createIncidents(forIncidents);
  const { notes, postmortems, actionItems } = createAftermath(forIncidents, changes, incidents);
  const { records } = opened;
  const runners = around?.runners ?? drill?.runners;
  const forEvals = { ...forIncidents, env, runners, log: log.part('evals') };
  const evals = createEvalDesk(forEvals, changes, incidents);
  const wave2 = createWave2Desk(forIncidents, changes, incidents);
  const history = createHistoryDesk({ records, incidents, workspace, clock, log: log.part('history') });
  const audit = createAuditDesk({ records, sources, clock });
  const forAnchors = { records, sources, workspace, clock, dataDir };
  const anchors = createAnchorKeeper({ ...forAnchors, log: log.part('audit') });
  const policies = createPolicies({
    records: opened.records,
    clock,
    workspace,
    sources,
    incidents,
    rollbacks,
    log: log.part('policies'),
    onChange: (promptId) => watch.policyChanged(promptId),
  });
  const watchLog = log.part('watch');
  const files = drill?.isDisposable
    ? createMemoryTrialFiles()
    : createTrialFiles({ dataDir, nowMs: () => clock.nowMs(), log: watchLog });
  const watch = createWatchDesk({ ...base, incidents, policies, files, proofs, log: watchLog });
  const drills = options.drill
    ? createWorldSideDesk(options.drill)
    : createDrillDesk({
        openWorld: createOpenWorld(createEngine),
        library: () => readLibrary({ shipped: options.scenariosPath, own: ownScenarios(workspace) }),
        records,
        workspace,
        incidents,
        evidence,
        clock,
        live: hub,
        log: log.part('drills'),
        dataDir,
      });
  drills.onOver(() => void proofs?.read());
  telemetry.onData((dataUpToMs) => hub.publish({ entity: 'data', dataUpToMs }));

  const router = createRouter({
    clock,
    records,
    log: log.part('api'),
    capabilities: options.capabilities,
    info,
    hub,
    workspace,
    sources,
    levers,
    evidence,
    watch,
    incidents: anchoredAtClosing(incidents, anchors),
    rollbacks,
    presence,
    policies,
    notes,
    postmortems,
    actionItems,
    evals,
    wave2,
    history,
    audit,
    demo: () => demo,
    drills,
    doctor: createDoctor({
      info,
      nowMs: () => clock.nowMs(),
      logPath: log.path,
      workspace,
      sources,
      levers,
      watch,
      evidence,
      evals,
      verifyAudit: () => opened.records.verifyAudit(),
      anchors: () => anchors.states(),
    }),
  });

  /** The workspace lives in the team's git: a pull or an edit takes effect by itself, a broken one changes nothing. */
  async function lookAtWorkspace(seen: number | null): Promise<number | null> {
    const changedMs = (await stat(workspacePath).catch(() => null))?.mtimeMs ?? null;
    if (changedMs === seen) return seen;
    if (await workspace.reload()) await sources.reconcile();
    publishInfo();
    return changedMs;
  }

  async function startDemo(): Promise<void> {
    const { endpoint } = telemetry.facts();
    const source = workspace.current().sources.find(({ id }) => sources.instance(id)?.board);
    const board = source && sources.instance(source.id)?.board;
    if (!board || endpoint === null) {
      log.warn({ board: board !== undefined, endpoint }, 'the demonstration did not start');
      return;
    }
    // What an earlier run told is still stored: the history fills only the gap since then. One that ran at 10x told of times that
    // are not here yet: the clock goes on from there.
    const toldUpToMs = await evidence.dataUpToMs(null).catch(() => null);
    if (toldUpToMs !== null) clock.skipTo(toldUpToMs);
    demo = await startDemonstration({
      clock,
      otlpUrl: endpoint,
      board,
      seed: DEMONSTRATION_SEED,
      dataUpToMs: toldUpToMs,
      log: log.part('demonstration'),
      fetch: options.fetch,
      onChange: publishInfo,
    });
  }

  return {
    router,
    clock,
    actor: options.actor,
    info,
    drillRouter: () => drills.router(),
    onDrillOver: (listener) => drills.onOver(listener),
    announce: (address) => attempt.lock.announce({ ...holder, address }),
    async start() {
      await telemetry.listen();
      await upkeep.withoutStopping('recovering rollbacks', () => rollbacks.recover());
      await upkeep.withoutStopping('recovering proofs', () => evals.recover());
      await upkeep.withoutStopping('recovering notes', () => notes.recover());
      sources.start();
      levers.start();
      if (workspace.current().demonstration) await upkeep.withoutStopping('the demonstration', startDemo);
      policies.start();
      await proofs?.read();
      watch.start();
      verificationLoop.start();
      history.start();
      await upkeep.withoutStopping('settling interrupted drills', () => drills.start());
      anchors.start();
      actionItems.start();
      void upkeep.repeat(INFO_INTERVAL_MS, publishInfo);
      if (proofs) void upkeep.repeat(PROOFS_MS, () => proofs.read());
      if (around) void upkeep.repeat(REVIEWER_MS, () => around.keepUp());
      let seen = await stat(workspacePath).then(
        ({ mtimeMs }) => mtimeMs,
        () => null,
      );
      // A drill's workspace is written once, by its world.
      if (drill) return;
      void upkeep.repeat(WORKSPACE_LOOK_MS, async () => {
        seen = await lookAtWorkspace(seen);
      });
    },
    async look() {
      const prompts = workspace.current().prompts;
      await Promise.allSettled(prompts.map(({ id }) => levers.refresh(id)));
      await watch.tick();
    },
    async stop() {
      log.info({}, 'engine stops');
      stopping.abort(new Error('the engine stops'));
      hub.close();
      const parts: [string, () => Promise<void>][] = [
        ['drill', () => drills.stop()],
        ['demonstration', async () => demo?.stop()],
        ['watch', () => watch.stop()],
        ['policies', () => policies.stop()],
        ['history', () => history.stop()],
        ['anchors', () => anchors.stop()],
        ['action items', () => actionItems.stop()],
        ['verification', () => verificationLoop.stop()],
        ['proofs', () => evals.stop()],
        ['rollbacks', () => rollbacks.stop()],
        ['levers', () => levers.stop()],
        ['sources', () => sources.stop()],
        ['surroundings', async () => around?.close()],
        ['telemetry', () => telemetry.close()],
        ['records', () => opened.records.close()],
      ];
      for (const [name, stop] of parts) await upkeep.end(name, stop);
      attempt.lock.release();
      log.close();
    },
  };
}
