import { useEffect } from 'react';
import { createOperationId } from '#renderer/client/operation-id.ts';
import { useClient } from '#renderer/client/use-client.ts';
import { othersAt, placeKey, PRESENCE } from '#shared/domain/presence/presence.ts';
import type { Place, Sighting } from '#shared/model/presence.ts';
import { useLive } from './hooks.ts';

/** This window, as long as it lives. */
const SESSION = createOperationId();
const NOBODY: readonly Sighting[] = [];

const placeOf = (kind: Place['kind'], id: string): Place =>
  kind === 'incident' ? { kind, incidentId: id } : { kind, promptId: id };

/** Says that this person is at a place while `isHere`, every few seconds; a window that is not looked at falls silent and is gone. */
export function useSayHere(kind: Place['kind'], id: string, isHere: boolean): void {
  const client = useClient();
  useEffect(() => {
    if (!isHere) return undefined;
    const here = { place: placeOf(kind, id), session: SESSION };
    const beat = () => {
      if (document.visibilityState === 'hidden') return;
      // Lost without harm: it is said again, and an engine that hears nothing forgets by itself.
      client.presence.beat(here).catch(() => undefined);
    };
    beat();
    const timer = setInterval(beat, PRESENCE[kind].beatMs);
    document.addEventListener('visibilitychange', beat);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', beat);
      client.presence.leave(here).catch(() => undefined);
    };
  }, [client, kind, id, isHere]);
}

/** Who else is there, each once, the first to come in front. */
export function useOthersAt(kind: Place['kind'], id: string): readonly Sighting[] {
  const key = placeKey(placeOf(kind, id));
  const people = useLive(({ presence }) => presence[key] ?? NOBODY) ?? NOBODY;
  return othersAt(people, SESSION);
}
