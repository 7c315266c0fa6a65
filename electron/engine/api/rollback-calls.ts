import { randomUUID } from 'node:crypto';
import { othersAt } from '#shared/domain/presence/presence.ts';
import { api, commandOf, promptOf } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** rollback.*: plan, press, undo, pause. Progress of a pressed one comes over the feed. */
export function rollbackCalls(desks: ApiDesks) {
  const { rollbacks } = desks;
  return {
    plan: api.rollback.plan.handler(async ({ input, context }) => {
      const plan = await rollbacks.plan({
        promptId: promptOf(desks, input.promptId).id,
        lever: input.lever ?? null,
        toVersion: input.toVersion ?? null,
      });
      // A page is told by its feed, as it happens.
      if (context.actor.via === 'page') return plan;
      const others = desks.presence.at({ kind: 'lever', promptId: plan.promptId });
      const told = othersAt(others, '').map(({ name }) => `${name} is on this lever.`);
      return { ...plan, warnings: [...plan.warnings, ...told] };
    }),
    press: api.rollback.press.handler(async ({ input, context }) => {
      const { id: promptId } = promptOf(desks, input.promptId);
      const press = () => rollbacks.press({ ...input, actor: context.actor });
      if (context.actor.via === 'page') return press();
      // A page says by itself that somebody is on the lever; a terminal has only this moment.
      const here = { place: { kind: 'lever', promptId }, session: `press-${randomUUID()}` } as const;
      desks.presence.beat({ ...here, name: context.actor.name });
      try {
        return await press();
      } finally {
        desks.presence.leave(here);
      }
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
