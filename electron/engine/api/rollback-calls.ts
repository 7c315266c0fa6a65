import { api, commandOf, promptOf } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** rollback.*: plan, press, undo, pause. Progress of a pressed one comes over the feed. */
export function rollbackCalls(desks: ApiDesks) {
  const { rollbacks } = desks;
  return {
    plan: api.rollback.plan.handler(({ input }) =>
      rollbacks.plan({
        promptId: promptOf(desks, input.promptId).id,
        lever: input.lever ?? null,
        toVersion: input.toVersion ?? null,
      }),
    ),
    press: api.rollback.press.handler(({ input, context }) => {
      promptOf(desks, input.promptId);
      return rollbacks.press({ ...input, actor: context.actor });
    }),
    undo: api.rollback.undo.handler(({ input, context }) =>
      rollbacks.undo({ ...input, actor: context.actor }),
    ),
    pauseRamp: api.rollback.pauseRamp.handler(({ input, context }) => {
      promptOf(desks, input.promptId);
      return rollbacks.pauseRamp({ ...input, actor: context.actor });
    }),
    get: api.rollback.get.handler(({ input }) => rollbacks.get(input.operationId)),
  };
}

/** policy.*: what the cockpit is about to do by itself. */
export function policyCalls({ policies }: ApiDesks) {
  return {
    veto: api.policy.veto.handler(({ input, context }) =>
      policies.veto({ ...commandOf(input, context.actor), policyActionId: input.policyActionId }),
    ),
  };
}
