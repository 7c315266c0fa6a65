import { createRouterClient } from '@orpc/server';
import { TICK_MS } from '#shared/domain/detection/kind.ts';
import { type DrillMark, drillSpeedSchema } from '#shared/model/drill.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { AdjustableClock } from '#engine/clock.ts';
import { anyAborted } from '#engine/live/any-aborted.ts';
import { createFleet } from '#engine/fleet/fleet.ts';
import { createRecordedFleet } from '#engine/fleet/recorded-fleet.ts';
import type { OpenEngine, OpenWorld } from '../kind.ts';
import { createDoors } from './doors.ts';
import { allEvents } from './events.ts';
import { liveFlow, steppedFlow } from './flow.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { createHolds } from './holds.ts';
import { leverFor } from './levers.ts';
import { writePast } from './past.ts';
import { createStory } from './story.ts';
import { prepareSuites } from './suites.ts';
import { consoleUrlOf, leverKeyOf, workspaceOf, writeWorkspace } from './workspace-file.ts';

/** When a stepped world opens: the same for everybody, so that the same seed gives the same drill to the byte. */
const STEPPED_START_MS = Date.UTC(2026, 4, 9, 14);
const MINUTE_MS = 60_000;
/** Of the traffic before the beginning, this part is the control's alone. */
const ALONE01 = 0.25;

const CAPABILITIES = {
  notifications: false,
  secureStorage: false,
  openPath: false,
  updates: false,
  openExternal: 'link',
  printPdf: false,
} as const;

/** Builds worlds around the engine that `openEngine` opens: the same engine as outside a drill. */
export function createOpenWorld(openEngine: OpenEngine): OpenWorld {
  return async (options) => {
    const { scenario, seed, dataDir, mode } = options;
    const warmUpMs = Math.round(scenario.warmUpMinutes * MINUTE_MS);
    const wantedMs = options.startMs ?? (mode === 'stepped' ? STEPPED_START_MS : Date.now());
    // Recorded counts are those of the detector's ticks: they come out the same where the world begins on one.
    const startMs = scenario.recording
      ? Math.ceil((wantedMs - warmUpMs) / TICK_MS) * TICK_MS + warmUpMs
      : wantedMs;
    const originMs = startMs - warmUpMs;
    const { recording } = scenario;
    const shippedMs = originMs + (recording?.shippedMs ?? Math.round(warmUpMs * ALONE01));
    const promptOf = (key: string) => scenario.prompts.find((prompt) => leverKeyOf(prompt) === key);

    const guard = createGuardedFetch(globalThis.fetch);
    const recorded = scenario.prompts.find(({ id }) => id === recording?.promptId);
    const fleet =
      recording && recorded
        ? createRecordedFleet({ prompt: recorded, recording, seed, originMs })
        : createFleet({
            prompts: scenario.prompts,
            seed,
            originMs,
            flagKeyOf: (promptId) => {
              const prompt = scenario.prompts.find(({ id }) => id === promptId);
              return prompt ? leverKeyOf(prompt) : promptId;
            },
          });
    const story = createStory({ scenario, seed, fleet, actor: options.actor, onEvent: options.onEvent });
    const doors = createDoors({
      troubleOf: (key) => story.leverTrouble(promptOf(key)?.id ?? key),
      consoleUrlOf: (key) => (promptOf(key)?.hasConsoleLink ? consoleUrlOf(key) : null),
      changesOf: (key) => story.changesOf(promptOf(key)?.id ?? key),
    });
    const suites = await prepareSuites(scenario, dataDir);
    const workspace = workspaceOf(scenario, shippedMs, startMs, suites.byPrompt);
    const workspacePath = await writeWorkspace(dataDir, workspace, doors.connectors);
    const settings = workspaceSchema.parse(workspace).telemetry;
    const until = (nowMs: number) => {
      story.fallDue(nowMs);
      return fleet.advanceTo(nowMs);
    };
    const flowOptions = { originMs, fleet, until, settings, guard, dataDir };
    const flow = mode === 'stepped' ? steppedFlow(flowOptions) : await liveFlow(flowOptions);
    const { clock } = flow;
    await writePast(scenario, dataDir, clock, startMs);

    const mark = (): DrillMark => ({
      ...(options.mark?.() ?? {
        drillId: 'drill',
        title: scenario.title,
        brief: scenario.brief,
        phase: story.beginMs() === null ? 'briefing' : 'running',
        facilitator: options.actor,
        hints: [],
      }),
      speed: drillSpeedSchema.catch(1).parse(clock.speed),
      actions: story.actions(),
    });
    const holds = createHolds();
    const engine = await openEngine({
      clock,
      dataDir,
      fetch: guard.fetch,
      workspacePath,
      demonstrationPath: workspacePath,
      host: 'cli',
      capabilities: CAPABILITIES,
      actor: options.actor,
      env: {},
      version: 'drill',
      drill: {
        mark,
        onChange: (listener) => story.onChange(listener),
        heard: (rollback) => holds.heard(rollback),
        act: (action, by) => story.act(action, by, clock.nowMs()),
        connectors: doors.connectors,
        telemetry: flow.telemetry,
        runners: suites.runners,
        isDisposable: mode === 'stepped',
      },
    });
    const stopping = new AbortController();
    let reviewing: Promise<void> = Promise.resolve();
    const levers = scenario.prompts.map((prompt) => leverFor(prompt, doors, fleet, () => clock.nowMs()));
    const client = createRouterClient(engine.router, {
      context: { actor: { name: options.actor, via: 'cli' } },
    });

    return {
      router: engine.router,
      client,
      clock,
      seed,
      async start() {
        for (const lever of levers) await lever.create();
        await flow.fill(shippedMs);
        for (const lever of levers) await lever.ship();
        await flow.fill(startMs);
        await engine.start();
        reviewing = suites.review(clock, stopping.signal);
        flow.run();
        if (mode === 'stepped') await flow.settle();
        else {
          for (const lever of levers) lever.connect(clock, guard);
          await untilShown(clock, async () =>
            isBoardFilled(await client.prompt.list(), scenario.prompts.length),
          );
        }
      },
      begin: () => story.begin(clock.nowMs()),
      advance: (ms) => flow.advance(ms),
      settle: () => flow.settle(),
      faults: () => story.faults(),
      inject: (fault) => story.inject(fault, clock.nowMs()),
      withdraw: (faultId) => story.withdraw(faultId, clock.nowMs()),
      actions: () => story.actions(),
      holds: () => holds.list(),
      events: async () => allEvents(story.told(), await client.incident.list({ status: 'any', limit: 500 })),
      truth() {
        const fromMs = story.beginMs() ?? clock.nowMs();
        const endsMs = Math.max(clock.nowMs(), fromMs + scenario.minutes * MINUTE_MS);
        return {
          onsetMs: story.onsetMs(),
          badStartsMs: fleet.truth.badStartsMs,
          // Every conversation of the drill is played once more for it.
          get badUntouched() {
            return fleet.truth.badUntouched(fromMs, endsMs);
          },
        };
      },
      markChanged: () => story.markChanged(),
      notices: () => doors.notices(),
      canProve: (promptId) => suites.byPrompt.has(promptId),
      refusedAddresses: () => guard.refused(),
      async stop() {
        stopping.abort(new Error('the drill is over'));
        await reviewing;
        await flow.stop();
        await engine.stop();
      },
    };
  };
}

const isBoardFilled = (shown: readonly { readonly serving: readonly unknown[] }[], prompts: number) =>
  shown.length === prompts && shown.every(({ serving }) => serving.length > 0);

/** Real time in which a world that was filled shows on the Board; past it, it is opened as it is. */
const SHOWN_WITHIN_MS = 20_000;
const LOOK_MS = 200;

async function untilShown(
  clock: Pick<AdjustableClock, 'deadline'>,
  isShown: () => Promise<boolean>,
): Promise<void> {
  const late = clock.deadline(SHOWN_WITHIN_MS);
  while (!late.aborted && !(await isShown())) await anyAborted([late, clock.deadline(LOOK_MS)]);
}
