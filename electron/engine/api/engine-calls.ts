import { participantMessage } from '#shared/domain/drill/participant-view.ts';
import { api } from './base.ts';
import type { ApiDesks } from './desks.ts';
import { runsDrills } from './runs-drills.ts';

/** engine.*: what this engine is and how it is. */
export function engineCalls(desks: ApiDesks) {
  return {
    info: api.engine.info.handler(() => ({ info: desks.info(), capabilities: desks.capabilities })),
    doctor: api.engine.doctor.handler(() => desks.doctor.examine()),
  };
}

/** live.*: the page's one feed. */
export function liveCalls(desks: ApiDesks) {
  return {
    subscribe: api.live.subscribe.handler(({ signal, context }) =>
      // Asked anew for every message: roles may change while somebody reads.
      desks.hub.subscribe(signal, (message) =>
        runsDrills(context.actor, desks) ? message : participantMessage(message),
      ),
    ),
  };
}
