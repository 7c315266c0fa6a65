import { participantsAddress } from '#renderer/app/drill/drill-address.ts';
import { useOpensInPlace } from '#renderer/parts/external-link.tsx';

/** What makes a link lead into the drill's world: a tab of its own, or in place where the host has one window. */
export function useWorldLink(): { readonly href: string; readonly target?: string; readonly rel?: string } {
  const isInPlace = useOpensInPlace();
  // `opener`, so that the new tab gets this one's key to the engine: it is the same page, of the same origin.
  return isInPlace
    ? { href: participantsAddress() }
    : { href: participantsAddress(), target: '_blank', rel: 'opener' };
}
