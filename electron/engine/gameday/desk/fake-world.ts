import { createRouterClient } from '@orpc/server';
import type { DrillEvent, DrillFault, DrillMark } from '#shared/model/drill.ts';
import { scenarioSchema, type Scenario } from '#shared/model/scenario.ts';
import type { EngineRouter } from '#engine/api/router.ts';
import { createClock } from '#engine/clock.ts';
import type { DrillWorld, OpenWorld } from '../kind.ts';

/** A world for tests of the desk: it does what it is told and remembers it. Its engine is any router the test gives. */
export type FakeWorld = DrillWorld & {
  readonly told: Omit<DrillMark, 'actions' | 'speed'>[];
  readonly was: { started: boolean; begun: boolean; stopped: boolean };
};

/** A scenario on one prompt, on whose candidate something is worse. */
export function scenarioWith(effect: object, over: object): Scenario {
  return scenarioSchema.parse({
    kind: 'regression',
    brief: 'You are on call.',
    minutes: 30,
    onsetMinutes: [1, 3],
    prompts: [
      {
        id: 'support',
        service: 'support',
        control: 'v17',
        candidate: 'v18',
        versions: [{ id: 'v17' }, { id: 'v18' }],
        conversationsPerHour: 1000,
        healthy: { complaint01: 0.01, safety01: 0.001, downstream01: 0.01, csatMean: 80 },
      },
    ],
    faults: [{ fault: { kind: 'bad-version', prompt: 'support', version: 'v18', ...effect } }],
    ...over,
  });
}

/** `opened` gets every world that is opened. */
export function fakeWorlds(router: EngineRouter, opened: FakeWorld[] = []): OpenWorld {
  return async ({ seed, mark }) => {
    const clock = createClock();
    const faults: DrillFault[] = [];
    const events: DrillEvent[] = [];
    const told: FakeWorld['told'] = [];
    const was = { started: false, begun: false, stopped: false };
    const world: FakeWorld = {
      router,
      client: createRouterClient(router, { context: { actor: { name: 'ana', via: 'page' as const } } }),
      clock,
      seed,
      told,
      was,
      async start() {
        was.started = true;
      },
      begin() {
        was.begun = true;
        events.push({
          atMs: clock.nowMs(),
          by: 'world',
          kind: 'begin',
          who: 'world',
          text: 'traffic goes on',
        });
      },
      advance: async () => undefined,
      settle: async () => undefined,
      notices: () => [],
      faults: () => faults,
      inject(fault) {
        const put: DrillFault = {
          id: `f${faults.length + 1}`,
          fault,
          title: fault.kind,
          state: 'active',
          by: 'facilitator',
          activeFromMs: clock.nowMs(),
        };
        faults.push(put);
        return put;
      },
      withdraw(faultId) {
        const index = faults.findIndex(({ id }) => id === faultId);
        const fault = faults[index];
        if (fault) faults[index] = { ...fault, state: 'withdrawn' };
      },
      actions: () => [],
      holds: () => [],
      events: async () => events,
      truth: () => ({ onsetMs: was.begun ? clock.nowMs() + 60_000 : null, badStartsMs: [], badUntouched: 0 }),
      markChanged: () => void (mark && told.push(mark())),
      canProve: () => true,
      refusedAddresses: () => [],
      async stop() {
        was.stopped = true;
      },
    };
    opened.push(world);
    return world;
  };
}
