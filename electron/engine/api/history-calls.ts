import { api, commandOf } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** history.*: figures and the table they are made of. */
export function historyCalls({ history }: ApiDesks) {
  return {
    summary: api.history.summary.handler(({ input }) => history.summary(input)),
    incidents: api.history.incidents.handler(({ input }) => history.incidents(input)),
  };
}

/** audit.*: the trail as a whole. */
export function auditCalls({ audit }: ApiDesks) {
  return {
    head: api.audit.head.handler(() => audit.head()),
    verify: api.audit.verify.handler(async ({ input }) => {
      const { openIntents, ...verdict } = await audit.verify(input.anchors);
      return { ...verdict, openIntents: [...openIntents] };
    }),
    post: api.audit.post.handler(({ input: { source, channel, ...input }, context }) =>
      audit.post({ ...commandOf(input, context.actor), source, channel }),
    ),
  };
}
