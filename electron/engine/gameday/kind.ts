import type { RouterClient } from '@orpc/server';
import type { SeenLeverChange } from '#shared/domain/drill/observation.ts';
import type { DrillEvent, DrillFault, DrillMark } from '#shared/model/drill.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { ConnectorDescriptor, PracticeNotice } from '../connectors/kind.ts';
import type { SuiteRunner } from '../evals/kind.ts';
import type { OpenedTelemetry } from '../open-stores.ts';
import type { Fault, Scenario, WorldAction } from '#shared/model/scenario.ts';
import type { EngineRouter } from '../api/router.ts';
import type { Engine, EngineOptions } from '../app.ts';
import type { AdjustableClock } from '../clock.ts';

/** What served badly so far, as only the simulator knows it: the yardstick of the score. */
export type WorldTruth = {
  readonly onsetMs: number | null;
  /** Conversations that began on a version or in a state that a fault made worse, by the time they began. */
  readonly badStartsMs: readonly number[];
  /** The same if nobody had done anything. */
  readonly badUntouched: number;
};

/**
 * The world of one drill: a simulated fleet, its levers, and an engine that knows nothing but that fleet. Nothing in it can reach a real
 * lever, chat or pager: its workspace names none, and its fetch refuses every address that is not its own.
 */
export type DrillWorld = {
  readonly router: EngineRouter;
  /** The public contract, called in process. */
  readonly client: RouterClient<EngineRouter>;
  readonly clock: AdjustableClock;
  readonly seed: number;
  /** Fills the past, opens the engine's eyes, begins traffic. Resolves when the Board shows it. */
  start(): Promise<void>;
  /** Fixes the beginning: the onset is drawn from here. */
  begin(): void;
  /** Moves a world that stands still between steps; resolves when everything woken has come to rest. Only of a stepped world. */
  advance(ms: number): Promise<void>;
  /** Lets what is under way come to rest without time passing: after a command that is not waited for. Only of a stepped world. */
  settle(): Promise<void>;
  faults(): readonly DrillFault[];
  inject(fault: Fault): DrillFault;
  withdraw(faultId: string): void;
  /** What people do outside Fusebox (`drill.act` of its contract), done and under way. */
  actions(): DrillMark['actions'];
  /** Ramps that were held, as the record of its engine has them, oldest first. */
  holds(): readonly SeenLeverChange[];
  /** Everything that happened so far, oldest first: the world's own, and the incidents' timelines. The same for the same seed. */
  events(): Promise<DrillEvent[]>;
  truth(): WorldTruth;
  /** What the desk knows and the world does not (phase, hints) has changed: the page is told. */
  markChanged(): void;
  /** Posts and pages of the drill, oldest first; they reached nobody. */
  notices(): readonly PracticeNotice[];
  /** Is there an eval suite in which a case of this prompt can be proven? */
  canProve(promptId: string): boolean;
  /** Addresses that something in this world tried to reach and was refused. */
  refusedAddresses(): readonly string[];
  stop(): Promise<void>;
};

/** `live`: real receiver and store, a clock that runs at a speed. `stepped`: the same doors in process and in memory, a clock that stands still. */
export type WorldMode = 'live' | 'stepped';

export type OpenWorld = (options: {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly mode: WorldMode;
  /** Empty folder of its own. */
  readonly dataDir: string;
  /** Who plays, for the drill's record. */
  readonly actor: string;
  /** Hears what happens in the world itself (faults, actions, beginning); `events()` has the incidents' lines as well. */
  readonly onEvent: (event: DrillEvent) => void;
  /** What the desk says about the drill; without it the world says what it knows from the scenario. */
  readonly mark?: () => Omit<DrillMark, 'actions' | 'speed'>;
  /** Simulated time at which traffic before the beginning ends and the world opens. Default: now (live), 2026-05-09 14:00 UTC (stepped). */
  readonly startMs?: number;
}) => Promise<DrillWorld>;

/** What an engine is given when it is the world of a drill. Its connectors are all it has: no others can be configured. */
export type EngineDrill = {
  mark(): DrillMark;
  /** Calls back whenever `mark()` may say something else. */
  onChange(listener: () => void): void;
  /** Hears of every change of a lever that somebody pressed, at each step of it. */
  heard(rollback: Rollback): void;
  /** What people do outside Fusebox. Throws CommandError REFUSED while the same is under way. */
  act(action: WorldAction, by: string): { readonly endsAtMs: number };
  readonly connectors: readonly ConnectorDescriptor[];
  /** In place of the receiver and its store; null = the real ones. */
  readonly telemetry: OpenedTelemetry | null;
  /** What its eval suites are run by: nothing of them is started as a process. */
  readonly runners: Readonly<Record<string, SuiteRunner>>;
  /** Nothing of it needs to survive a crash: its records and detectors are not waited for. */
  readonly isDisposable: boolean;
};

/** The engine's own opening (app.ts), handed in: a module may not import that. */
export type OpenEngine = (options: EngineOptions) => Promise<Engine>;
