import { useMemo, useSyncExternalStore } from 'react';
import { hrefTo, parseRoute, type Route, type RouteParams, type ViewId } from './routes.ts';

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** Where the page is: the view and its parameters. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

export function navigate(view: ViewId, params?: RouteParams): void {
  window.location.hash = hrefTo(view, params);
}
