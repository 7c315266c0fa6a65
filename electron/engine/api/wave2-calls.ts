import { api, commandOf } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** wave2.*: what the bad version left behind, and what is done about it. */
export function wave2Calls({ wave2 }: ApiDesks) {
  return {
    look: api.wave2.look.handler(({ input }) => wave2.look(input.incidentId)),
    records: api.wave2.records.handler(({ input }) => wave2.records(input)),
    open: api.wave2.open.handler(({ input, context }) =>
      wave2.open({ ...input, ...commandOf(input, context.actor) }),
    ),
    close: api.wave2.close.handler(({ input, context }) =>
      wave2.close({ ...input, ...commandOf(input, context.actor) }),
    ),
    choose: api.wave2.choose.handler(({ input, context }) =>
      wave2.choose({ ...input, ...commandOf(input, context.actor) }),
    ),
    setStep: api.wave2.setStep.handler(({ input, context }) =>
      wave2.setStep({ ...input, ...commandOf(input, context.actor) }),
    ),
    tell: api.wave2.tell.handler(({ input, context }) =>
      wave2.tell({ ...input, ...commandOf(input, context.actor) }),
    ),
  };
}
