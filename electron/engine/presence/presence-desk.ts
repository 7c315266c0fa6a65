import { z } from 'zod';
import { PRESENCE, placeKey, withoutSession, withSighting } from '#shared/domain/presence/presence.ts';
import { type Place, placeSchema, sessionIdSchema, type Sighting } from '#shared/model/presence.ts';
import type { Clock } from '../clock.ts';
import { anyAborted } from '../live/any-aborted.ts';
import type { LivePublisher } from '../ports.ts';
import type { Grapevine, PresenceDesk } from './kind.ts';

/** How many places are kept at once: more than a team has incidents and prompts. */
const MAX_PLACES = 1_000;

/** What engines tell each other. Clocks differ between machines, so it says for how long, not since when. */
const toldSchema = z.object({
  place: placeSchema,
  session: sessionIdSchema,
  name: z.string().max(80),
  forMs: z.number().min(0).max(1e10),
  isGone: z.boolean(),
});
type Told = z.infer<typeof toldSchema>;

/**
 * Keeps who is where, in memory alone, and tells the page and the other engines. Each sighting ends by itself when it is not repeated:
 * whoever closed the laptop is gone after `PRESENCE.lastsMs` of real time, on every engine, without anybody saying so.
 */
export function createPresenceDesk(deps: {
  readonly clock: Clock;
  readonly live: LivePublisher;
  readonly grapevine: Grapevine;
}): PresenceDesk {
  const { clock, live, grapevine } = deps;
  const places = new Map<string, Sighting[]>();
  /** Which sighting of a session is the newest: the end of an older one ends nothing. */
  const newest = new Map<string, symbol>();

  function put(key: string, people: Sighting[]): void {
    if (people.length === 0) places.delete(key);
    else if (places.has(key) || places.size < MAX_PLACES) places.set(key, people);
    else return;
    live.publish({ entity: 'presence', id: key, value: people.length === 0 ? null : people });
  }

  function see(place: Place, seen: Sighting): Sighting[] {
    const key = placeKey(place);
    const people = withSighting(places.get(key) ?? [], seen);
    put(key, people);
    const mark = Symbol(key);
    const who = `${key}/${seen.session}`;
    newest.set(who, mark);
    void anyAborted([clock.deadline(PRESENCE[place.kind].lastsMs)]).then(() => {
      if (newest.get(who) === mark) forget(place, seen.session);
    });
    return people;
  }

  function forget(place: Place, session: string): void {
    const key = placeKey(place);
    newest.delete(`${key}/${session}`);
    const people = places.get(key);
    if (people?.some((one) => one.session === session)) put(key, withoutSession(people, session));
  }

  grapevine.onTold((text) => {
    const told = toldSchema.safeParse(parsed(text));
    if (!told.success) return;
    const { place, session, name, forMs, isGone } = told.data;
    const nowMs = clock.nowMs();
    if (isGone) forget(place, session);
    else see(place, { session, name, sinceMs: nowMs - forMs, seenAtMs: nowMs });
  });

  return {
    beat({ place, session, name }) {
      const nowMs = clock.nowMs();
      const people = see(place, { session, name, sinceMs: nowMs, seenAtMs: nowMs });
      const sinceMs = people.find((one) => one.session === session)?.sinceMs ?? nowMs;
      const told: Told = { place, session, name, forMs: Math.max(0, nowMs - sinceMs), isGone: false };
      grapevine.tell(JSON.stringify(told));
      return people;
    },
    leave({ place, session }) {
      const isHere = places.get(placeKey(place))?.some((one) => one.session === session) ?? false;
      forget(place, session);
      if (!isHere) return;
      const told: Told = { place, session, name: '', forMs: 0, isGone: true };
      grapevine.tell(JSON.stringify(told));
    },
    at: (place) => places.get(placeKey(place)) ?? [],
    all: () => Object.fromEntries(places),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
