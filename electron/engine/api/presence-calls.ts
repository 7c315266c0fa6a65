import { api } from './base.ts';
import type { ApiDesks } from './desks.ts';

/** presence.*: who is where. */
export function presenceCalls({ presence }: ApiDesks) {
  return {
    beat: api.presence.beat.handler(({ input, context }) =>
      presence.beat({ ...input, name: context.actor.name }),
    ),
    leave: api.presence.leave.handler(({ input }) => {
      presence.leave(input);
      return [...presence.at(input.place)];
    }),
  };
}
