import { participantLibrary, participantView } from '#shared/domain/drill/participant-view.ts';
import { api, commandOf } from './base.ts';
import type { ApiDesks } from './desks.ts';
import { runsDrills } from './runs-drills.ts';

/** drill.*: the facilitator's console, and what people do outside Fusebox in the world of a drill. */
export function drillCalls(desks: ApiDesks) {
  const { drills } = desks;
  return {
    scenarios: api.drill.scenarios.handler(async ({ context }) => {
      const scenarios = await drills.scenarios();
      return runsDrills(context.actor, desks) ? scenarios : participantLibrary(scenarios);
    }),
    scenarioProblems: api.drill.scenarioProblems.handler(() => drills.scenarioProblems()),
    current: api.drill.current.handler(({ context }) => {
      const state = drills.current();
      return state === null || runsDrills(context.actor, desks) ? state : participantView(state);
    }),
    prepare: api.drill.prepare.handler(({ input: { scenarioId, seed, ...input }, context }) =>
      drills.prepare({
        ...commandOf(input, context.actor),
        scenarioId,
        seed: seed ?? null,
        participants: input.participants,
        castPromptId: input.castPromptId,
      }),
    ),
    begin: api.drill.begin.handler(({ input, context }) => drills.begin({ ...input, actor: context.actor })),
    setSpeed: api.drill.setSpeed.handler(({ input, context }) =>
      drills.setSpeed({ ...input, actor: context.actor }),
    ),
    inject: api.drill.inject.handler(({ input, context }) =>
      drills.inject({ ...input, actor: context.actor }),
    ),
    withdraw: api.drill.withdraw.handler(({ input, context }) =>
      drills.withdraw({ ...input, actor: context.actor }),
    ),
    hint: api.drill.hint.handler(({ input, context }) => drills.hint({ ...input, actor: context.actor })),
    finish: api.drill.finish.handler(({ input, context }) =>
      drills.finish({ ...input, actor: context.actor }),
    ),
    abort: api.drill.abort.handler(({ input, context }) => drills.abort({ ...input, actor: context.actor })),
    reports: api.drill.reports.handler(({ input }) => drills.reports(input.limit)),
    report: api.drill.report.handler(({ input }) => drills.report(input.drillId)),
    record: api.drill.record.handler(({ input, context }) =>
      drills.record({ ...input, actor: context.actor }),
    ),
    openBundle: api.drill.openBundle.handler(({ input, context }) =>
      drills.openBundle({ ...input, actor: context.actor }),
    ),
    act: api.drill.act.handler(({ input, context }) => drills.act({ ...input, actor: context.actor })),
  };
}
