import type { Place, Sighting } from '#shared/model/presence.ts';

/** Who is where now. Nothing of it is stored: it is told, and forgotten when it is not told again. */
export type PresenceDesk = {
  /** Somebody is there, or still there. Answers with everybody at the place, them among it. */
  beat(input: { readonly place: Place; readonly session: string; readonly name: string }): Sighting[];
  leave(input: { readonly place: Place; readonly session: string }): void;
  at(place: Place): readonly Sighting[];
  /** Everybody, by the key of the place. */
  all(): Record<string, Sighting[]>;
};

/** The way to the other engines of a team; a record of one machine has none, and then nothing is told. */
export type Grapevine = {
  /** To whoever listens now. Lost while the database is away: it is said again in seconds. */
  tell(text: string): void;
  onTold(listener: (text: string) => void): void;
};
