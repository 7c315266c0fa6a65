import { api, commandOf, promptOf } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** evalCase.*: from a bad output to a case that is proven and gated; commands answer with the case as it is afterwards. */
export function evalCaseCalls(desks: ApiDesks) {
  const { evals } = desks;
  return {
    suites: api.evalCase.suites.handler(({ input }) => evals.suites(promptOf(desks, input.promptId).id)),
    list: api.evalCase.list.handler(({ input }) => evals.list(input.incidentId)),
    preview: api.evalCase.preview.handler(({ input }) =>
      evals.preview({ ...input, format: input.format ?? null }),
    ),
    save: api.evalCase.save.handler(({ input, context }) =>
      evals.save({ ...input, ...commandOf(input, context.actor) }),
    ),
    write: api.evalCase.write.handler(({ input, context }) =>
      evals.write({ ...input, ...commandOf(input, context.actor) }),
    ),
    prove: api.evalCase.prove.handler(({ input, context }) =>
      evals.prove({ ...input, ...commandOf(input, context.actor) }),
    ),
    cancel: api.evalCase.cancel.handler(({ input, context }) =>
      evals.cancel({ ...input, ...commandOf(input, context.actor) }),
    ),
    checkGate: api.evalCase.checkGate.handler(({ input, context }) =>
      evals.checkGate({ ...input, ...commandOf(input, context.actor) }),
    ),
  };
}
