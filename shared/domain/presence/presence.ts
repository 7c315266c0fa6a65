import type { Place, Sighting } from '#shared/model/presence.ts';

/** How often a page says that somebody is still there, and after how long a silence they are gone. Real time. */
export const PRESENCE = {
  incident: { beatMs: 10_000, lastsMs: 30_000 },
  lever: { beatMs: 4_000, lastsMs: 12_000 },
} as const satisfies Record<Place['kind'], { beatMs: number; lastsMs: number }>;

/** At one place; a flood of sessions shall not fill the feed. */
const MAX_AT_A_PLACE = 50;

/** Where the feed keeps a place. */
export function placeKey(place: Place): string {
  return place.kind === 'incident' ? `incident:${place.incidentId}` : `lever:${place.promptId}`;
}

/** The people at a place after one was seen there; whoever was there before stays since then. */
export function withSighting(people: readonly Sighting[], seen: Sighting): Sighting[] {
  const known = people.find(({ session }) => session === seen.session);
  const sinceMs = Math.min(known?.sinceMs ?? seen.sinceMs, seen.sinceMs);
  if (known) return people.map((one) => (one === known ? { ...seen, sinceMs } : one));
  return people.length >= MAX_AT_A_PLACE ? [...people] : [...people, seen];
}

export function withoutSession(people: readonly Sighting[], session: string): Sighting[] {
  return people.filter((one) => one.session !== session);
}

/** The others at a place, each once, the one who has been there longest first. */
export function othersAt(people: readonly Sighting[], mySession: string): Sighting[] {
  const byName = new Map<string, Sighting>();
  for (const one of people.toSorted((a, b) => a.sinceMs - b.sinceMs)) {
    if (one.session !== mySession && !byName.has(one.name)) byName.set(one.name, one);
  }
  return [...byName.values()];
}
