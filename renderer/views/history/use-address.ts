import { useMemo, useSyncExternalStore } from 'react';
import { readAddress, writeAddress, type HistoryAddress } from './address.ts';

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** The address and how to change a part of it. */
export function useAddress(): [HistoryAddress, (change: Partial<HistoryAddress>) => void] {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  const address = useMemo(() => readAddress(hash), [hash]);
  return [
    address,
    (change) => {
      // From where the page is by now: two changes at once must not undo each other.
      window.location.hash = writeAddress({ ...readAddress(window.location.hash), ...change });
    },
  ];
}
