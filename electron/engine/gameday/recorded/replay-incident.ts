import { TICK_MS } from '#shared/domain/detection/kind.ts';
import { type Incident, type LoopStepId, loopStepIdSchema } from '#shared/model/incident.ts';
import type { Recording } from '#shared/model/recording.ts';
import type { Scenario } from '#shared/model/scenario.ts';
import type { DrillWorld, OpenWorld } from '../kind.ts';

/** Steps that Fusebox and the switch bring about. Note and eval case are written by people. */
const REPLAYED: readonly LoopStepId[] = ['detect', 'identify', 'decide', 'rollback', 'verify'];
const MINUTE_MS = 60_000;
const STEP_MS = 5_000;
const WAIT_MS = 500;
/** Past the last recorded step, for what comes later in the replay. */
const AFTER_MS = 3 * MINUTE_MS;
const NAME = 'Replay';

/** A recorded incident beside its replay. Times are ms from the recording's origin; null = it did not happen. */
export type Replay = {
  readonly incidentId: string;
  readonly scenarioId: string;
  readonly verdict: { readonly recorded: string | null; readonly replayed: string | null };
  readonly steps: readonly {
    readonly id: LoopStepId;
    readonly recordedMs: number | null;
    readonly replayedMs: number | null;
    /** Both happened within one tick of each other, or neither did. */
    readonly isSame: boolean;
  }[];
  /** The same verdict and the same steps. */
  readonly isSame: boolean;
};

/**
 * Plays a recorded incident in a world of its own as fast as the machine goes: what was declared, decided and flipped by people is done
 * when they did it, the rest is left to the product. Gives the replay and its incident (null: none was opened). Leaves nothing running.
 */
export async function replayIncident(options: {
  readonly scenario: Scenario & { readonly recording: Recording };
  readonly seed: number;
  readonly openWorld: OpenWorld;
  /** Empty folder of its own. */
  readonly dataDir: string;
}): Promise<{ replay: Replay; incident: Incident | null; originMs: number }> {
  const { scenario, seed, dataDir } = options;
  const { recording } = scenario;
  const world = await options.openWorld({
    scenario,
    seed,
    dataDir,
    mode: 'stepped',
    actor: NAME,
    onEvent: () => undefined,
  });
  try {
    await world.start();
    world.begin();
    const originMs = world.clock.nowMs() - Math.round(scenario.warmUpMinutes * MINUTE_MS);
    const until = async (sinceOriginMs: number) => {
      const untilMs = originMs + sinceOriginMs;
      while (world.clock.nowMs() < untilMs)
        await world.advance(Math.min(STEP_MS, untilMs - world.clock.nowMs()));
    };
    for (const { atMs, act } of actsOf(scenario, world)) {
      await until(atMs);
      await act();
    }
    const last = Math.max(...REPLAYED.map((id) => recording.steps[id] ?? 0), recording.flippedMs ?? 0);
    await until(last + AFTER_MS);
    const incident = await incidentOf(world, recording.promptId);
    return { replay: compared(scenario, incident, originMs), incident, originMs };
  } finally {
    await world.stop();
  }
}

/** The newest of the prompt. */
async function incidentOf({ client }: DrillWorld, promptId: string): Promise<Incident | null> {
  const incidents = await client.incident.list({ status: 'any', limit: 5 });
  return incidents.find((one) => one.promptId === promptId) ?? null;
}

/** What people did, in the order of its time. */
function actsOf(
  scenario: Scenario & { readonly recording: Recording },
  world: DrillWorld,
): readonly { readonly atMs: number; readonly act: () => Promise<unknown> }[] {
  const { client } = world;
  const { promptId, steps, flippedMs } = scenario.recording;
  const { detect = null, decide: decided = null } = steps;
  const declare = async () => {
    if ((await incidentOf(world, promptId)) !== null) return;
    await client.incident.declare({
      operationId: 'replay-declare',
      promptId,
      reason: 'Declared as it was then.',
    });
  };
  const decide = async () => {
    const incident = await incidentOf(world, promptId);
    const [outcome] = scenario.expected.advice ?? [];
    if (incident && outcome)
      await client.incident.decide({ operationId: 'replay-decide', incidentId: incident.id, outcome });
  };
  const flip = async () => {
    const control = scenario.prompts.find(({ id }) => id === promptId)?.control ?? '';
    // Who flipped seconds after the alarm had an incident to flip for: here it may open some seconds later.
    const hadIncident = detect !== null && flippedMs !== null && detect <= flippedMs;
    const waitMs = hadIncident ? TICK_MS : 0;
    for (let waitedMs = 0; waitedMs < waitMs; waitedMs += WAIT_MS) {
      if ((await incidentOf(world, promptId)) !== null) break;
      await world.advance(WAIT_MS);
    }
    const incident = await incidentOf(world, promptId);
    const press = client.rollback.press({
      operationId: 'replay-flip',
      promptId,
      incidentId: incident?.id ?? null,
      lever: 'flag',
      toVersion: control,
      revisionShown: null,
      held: false,
      waitMs: 0,
    });
    await Promise.all([press, world.settle()]);
  };
  // A decision that came with the flip is made by the flip.
  const isDecidedBefore = decided !== null && (flippedMs === null || decided < flippedMs);
  return [
    // The alarm may come so much later than it did; what people declared came without one.
    ...(detect === null ? [] : [{ atMs: detect + TICK_MS, act: declare }]),
    ...(isDecidedBefore ? [{ atMs: decided, act: decide }] : []),
    ...(flippedMs === null ? [] : [{ atMs: flippedMs, act: flip }]),
  ].toSorted((a, b) => a.atMs - b.atMs);
}

function compared(
  { id: scenarioId, recording }: Scenario & { readonly recording: Recording },
  incident: Incident | null,
  originMs: number,
): Replay {
  const steps = loopStepIdSchema.options
    .filter((id) => REPLAYED.includes(id))
    .map((id) => {
      const doneAtMs = incident?.steps.find((step) => step.id === id)?.doneAtMs ?? null;
      const recordedMs = recording.steps[id] ?? null;
      const replayedMs = doneAtMs === null ? null : doneAtMs - originMs;
      const isSame =
        recordedMs === null || replayedMs === null
          ? recordedMs === replayedMs
          : Math.abs(replayedMs - recordedMs) <= TICK_MS;
      return { id, recordedMs, replayedMs, isSame };
    });
  const verdict = { recorded: recording.verdict, replayed: incident?.verification?.verdict ?? null };
  const isSame = verdict.recorded === verdict.replayed && steps.every((step) => step.isSame);
  return { incidentId: recording.incidentId, scenarioId, verdict, steps, isSame };
}
