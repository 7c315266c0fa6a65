import { createDrillObserver } from '#shared/domain/drill/observation.ts';
import { scoreDrill } from '#shared/domain/drill/score.ts';
import { promptOf } from '#shared/domain/drill/facts.ts';
import type { DrillEvent, DrillReport } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import type { DrillWorld, OpenWorld } from '../kind.ts';
import { actedIn, lookAt } from '../look-at.ts';
import { createResponder, type Responder } from './responder.ts';

const LOOK_MS = 10_000;
const NAME = 'Scripted responder';

export type RunOptions = {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly openWorld: OpenWorld;
  /** Empty folder of its own. */
  readonly dataDir: string;
  /** `stepped`: as fast as the machine goes. A number: live, so many simulated seconds in one. */
  readonly speed: 'stepped' | number;
  /** `none`: nobody responds. */
  readonly responder: 'auto' | 'none';
  /** Wall clock, epoch ms. */
  readonly wallNowMs: () => number;
  readonly onEvent?: (event: DrillEvent) => void;
  /** How often somebody looks at the screen; default 10 s. */
  readonly lookMs?: number;
};

export type DrillRun = {
  readonly report: DrillReport;
  /** What the engine refused the responder, in its words. */
  readonly refusals: readonly string[];
  /** What something in the world tried to reach outside of it: none, ever. */
  readonly refusedAddresses: readonly string[];
};

/** Plays a scenario from its beginning to the end of its time and scores it. The world is stopped in any case. */
export async function runDrill(options: RunOptions): Promise<DrillRun> {
  const { scenario, seed, dataDir, speed } = options;
  const startedAtMs = options.wallNowMs();
  const world = await options.openWorld({
    scenario,
    seed,
    dataDir,
    mode: speed === 'stepped' ? 'stepped' : 'live',
    actor: NAME,
    onEvent: options.onEvent ?? (() => undefined),
  });
  try {
    await world.start();
    world.begin();
    if (speed !== 'stepped') world.clock.setSpeed(speed);
    return await play(world, options, startedAtMs);
  } finally {
    await world.stop();
  }
}

async function play(world: DrillWorld, options: RunOptions, startedAtMs: number): Promise<DrillRun> {
  const { scenario, seed, speed } = options;
  const beginMs = world.clock.nowMs();
  const endMs = beginMs + scenario.minutes * 60_000;
  const observer = createDrillObserver(beginMs);
  const responder = options.responder === 'none' ? null : responderFor(world, options);
  for (let nowMs = beginMs; ; nowMs = world.clock.nowMs()) {
    const look = await lookAt(world);
    observer.see(look);
    await responder?.turn(look);
    if (nowMs >= endMs) break;
    const waitMs = Math.min(options.lookMs ?? LOOK_MS, endMs - nowMs);
    await (speed === 'stepped' ? world.advance(waitMs) : world.clock.sleep(waitMs));
  }
  observer.see(await lookAt(world));
  const report = scoreDrill({
    drillId: `${scenario.id}-${seed}`,
    seed,
    outcome: 'finished',
    facilitator: NAME,
    participants: responder === null ? [] : [NAME],
    startedAtMs,
    endedAtMs: options.wallNowMs(),
    beginMs,
    endMs: world.clock.nowMs(),
    castPromptId: null,
    scenario,
    truth: world.truth(),
    seen: observer.observed(),
    actions: actedIn(world),
    hintsGiven: 0,
    canProve: world.canProve(promptOf(scenario)),
    events: await world.events(),
  });
  return { report, refusals: responder?.refusals ?? [], refusedAddresses: world.refusedAddresses() };
}

/** Somebody calls so long after the onset as the scenario says: of the onset itself the responder hears nothing. */
function responderFor(world: DrillWorld, { scenario, seed }: RunOptions): Responder {
  const { declaredByHandMinutes, hasFixReady } = scenario;
  const { onsetMs } = world.truth();
  const call =
    declaredByHandMinutes === null || onsetMs === null
      ? null
      : { atMs: onsetMs + declaredByHandMinutes * 60_000, promptId: promptOf(scenario) };
  return createResponder({ world, name: NAME, seed, briefing: { hasFixReady, call } });
}
