import { createRouterClient } from '@orpc/server';
import type { DrillEvent, DrillMark } from '#shared/model/drill.ts';
import { seedOf } from '../fleet/draws.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createRandom } from '../fleet/random.ts';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { DrillWorld, OpenEngine, OpenWorld } from '../kind.ts';
import { createActionBook, doneText, ENDS } from './actions.ts';
import { createDoors } from './doors.ts';
import { allEvents } from './events.ts';
import { createFaultBook } from './fault-book.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { leverFor } from './levers.ts';
import { createMemoryTelemetry } from './memory-telemetry.ts';
import { createStepClock } from './step-clock.ts';
import { leverKeyOf, workspaceOf, writeWorkspace } from './workspace-file.ts';

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
} as const;

/** Builds worlds around the engine that `openEngine` opens: the same engine as outside a drill. */
export function createOpenWorld(openEngine: OpenEngine): OpenWorld {
  return async (options) => {
    const { scenario, seed, dataDir, mode } = options;
    const startMs = options.startMs ?? (mode === 'stepped' ? STEPPED_START_MS : Date.now());
    const originMs = startMs - Math.round(scenario.warmUpMinutes * MINUTE_MS);
    const shippedMs = originMs + Math.round(scenario.warmUpMinutes * MINUTE_MS * ALONE01);
    const guard = createGuardedFetch(globalThis.fetch);
    const doors = createDoors();
    const fleet = createFleet({
      prompts: scenario.prompts,
      seed,
      originMs,
      flagKeyOf: (promptId) => {
        const prompt = scenario.prompts.find(({ id }) => id === promptId);
        return prompt ? leverKeyOf(prompt) : promptId;
      },
    });
    const faults = createFaultBook(scenario, fleet);
    const actions = createActionBook();
    const told: DrillEvent[] = [];
    const markListeners: (() => void)[] = [];
    let onsetMs: number | null = null;
    let beginMs: number | null = null;

    const workspace = workspaceOf(scenario, shippedMs, startMs);
    const telemetry = createMemoryTelemetry(workspaceSchema.parse(workspace).telemetry);
    const clock = createStepClock({
      startMs: originMs,
      onMove: moveTo,
      isBusy: () => guard.inFlight() > 0,
    });

    function tell(event: DrillEvent): void {
      told.push(event);
      options.onEvent(event);
    }
    function markChanged(): void {
      for (const listener of markListeners) listener();
    }
    function fallDue(nowMs: number): void {
      for (const fault of faults.due(nowMs))
        tell({
          atMs: fault.activeFromMs ?? nowMs,
          by: 'world',
          kind: 'fault',
          who: 'world',
          text: fault.title,
        });
      for (const { action, atMs } of actions.due(nowMs)) {
        for (const { active } of faults.active())
          if (ENDS[action].includes(active.fault.kind)) {
            fleet.repair(active, atMs);
            if (active.fault.kind === 'stale-workers') fleet.restart(active.fault.prompt, atMs);
          }
        tell({ atMs, by: 'world', kind: 'action', who: 'world', text: doneText(action) });
        markChanged();
      }
    }
    function moveTo(nowMs: number): void {
      fallDue(nowMs);
      telemetry.take(fleet.advanceTo(nowMs), nowMs);
    }

    const mark = (): DrillMark => ({
      ...(options.mark?.() ?? {
        drillId: 'drill',
        title: scenario.title,
        brief: scenario.brief,
        phase: beginMs === null ? 'briefing' : 'running',
        facilitator: options.actor,
        hints: [],
      }),
      speed: 1,
      actions: actions.list(),
    });

    function act(action: Parameters<DrillWorld['act']>[0], by: string): { endsAtMs: number } {
      const nowMs = clock.nowMs();
      const { endsAtMs, title } = actions.begin(action, nowMs);
      tell({ atMs: nowMs, by: 'participant', kind: 'action', who: by, text: `began: ${title}` });
      markChanged();
      return { endsAtMs };
    }

    const engine = await openEngine({
      clock,
      dataDir,
      fetch: guard.fetch,
      workspacePath: await writeWorkspace(dataDir, workspace, doors.connectors),
      demonstrationPath: '',
      host: 'cli',
      capabilities: CAPABILITIES,
      actor: options.actor,
      env: {},
      version: 'drill',
      drill: {
        mark,
        onChange: (listener) => void markListeners.push(listener),
        act,
        connectors: doors.connectors,
        telemetry,
      },
    });
    const levers = scenario.prompts.map((prompt) => leverFor(prompt, doors, fleet));
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
        moveTo(shippedMs);
        clock.skipTo(shippedMs);
        for (const lever of levers) await lever.ship();
        clock.skipTo(startMs);
        moveTo(startMs);
        await engine.start();
        await clock.settle();
      },
      begin() {
        if (beginMs !== null) return;
        beginMs = clock.nowMs();
        const [least, most] = scenario.onsetMinutes;
        const random = createRandom(seedOf(seed, scenario.id, 'onset'));
        onsetMs = beginMs + Math.round(random.between(least, most) * 60) * 1000;
        faults.plan(onsetMs, beginMs);
        tell({ atMs: beginMs, by: 'world', kind: 'begin', who: options.actor, text: scenario.title });
        fallDue(beginMs);
        markChanged();
      },
      advance: (ms) => clock.advance(ms),
      settle: () => clock.settle(),
      faults: () => faults.list(),
      inject(fault) {
        const nowMs = clock.nowMs();
        const put = faults.inject(fault, nowMs, 'facilitator');
        tell({ atMs: nowMs, by: 'facilitator', kind: 'fault', who: options.actor, text: put.title });
        return put;
      },
      withdraw(faultId) {
        const nowMs = clock.nowMs();
        const { title } = faults.withdraw(faultId, nowMs);
        tell({ atMs: nowMs, by: 'facilitator', kind: 'withdrawn', who: options.actor, text: title });
      },
      act,
      actions: () => actions.list(),
      events: async () => allEvents(told, await client.incident.list({ status: 'any', limit: 500 })),
      truth() {
        const fromMs = beginMs ?? clock.nowMs();
        const endsMs = Math.max(clock.nowMs(), fromMs + scenario.minutes * MINUTE_MS);
        return {
          onsetMs,
          badStartsMs: fleet.truth.badStartsMs,
          badUntouched: fleet.truth.badUntouched(fromMs, endsMs),
        };
      },
      markChanged,
      notices: () => doors.notices(),
      refusedAddresses: () => guard.refused(),
      async stop() {
        await engine.stop();
      },
    };
  };
}
