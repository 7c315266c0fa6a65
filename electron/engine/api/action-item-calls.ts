import { api } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** actionItem.*: what postmortems promised. */
export function actionItemCalls({ actionItems }: ApiDesks) {
  return {
    list: api.actionItem.list.handler(({ input }) =>
      actionItems.list({
        incidentId: input.incidentId ?? null,
        isUnfinished: input.which === 'unfinished',
      }),
    ),
    create: api.actionItem.create.handler(({ input, context }) =>
      actionItems.create({ ...input, actor: context.actor }),
    ),
    change: api.actionItem.change.handler(({ input, context }) =>
      actionItems.change({ ...input, actor: context.actor }),
    ),
  };
}
