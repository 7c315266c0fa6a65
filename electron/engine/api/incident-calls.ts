import { api, commandOf, promptOf } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** incident.*: the loop's commands, each answering with the incident as it is afterwards. */
export function incidentCalls({ incidents, ...desks }: ApiDesks) {
  return {
    list: api.incident.list.handler(({ input }) => incidents.list(input)),
    get: api.incident.get.handler(({ input }) => incidents.get(input.incidentId)),
    declare: api.incident.declare.handler(({ input, context }) => {
      const { id: promptId } = promptOf({ incidents, ...desks }, input.promptId);
      const { reason, severity = null } = input;
      return incidents.declare({ ...commandOf(input, context.actor), promptId, reason, severity });
    }),
    identify: api.incident.identify.handler(({ input, context }) =>
      incidents.identify({ ...input, actor: context.actor }),
    ),
    triage: api.incident.triage.handler(({ input, context }) =>
      incidents.triage({ ...input, actor: context.actor }),
    ),
    setSeverity: api.incident.setSeverity.handler(({ input, context }) =>
      incidents.setSeverity({ ...input, actor: context.actor }),
    ),
    answer: api.incident.answer.handler(({ input, context }) =>
      incidents.answer({ ...input, actor: context.actor }),
    ),
    decide: api.incident.decide.handler(({ input, context }) =>
      incidents.decide({ ...input, actor: context.actor }),
    ),
    setSeat: api.incident.setSeat.handler(({ input, context }) =>
      incidents.setSeat({ ...input, actor: context.actor }),
    ),
    handOver: api.incident.handOver.handler(({ input, context }) =>
      incidents.handOver({ ...input, actor: context.actor }),
    ),
    note: api.incident.note.handler(({ input, context }) =>
      incidents.note({ ...input, atMs: input.atMs ?? null, actor: context.actor }),
    ),
    close: api.incident.close.handler(({ input, context }) =>
      incidents.close({ ...input, actor: context.actor }),
    ),
  };
}
