/** Where the page lives in the desktop app. A scheme of our own: no file pages, no remote ones. */
export const PAGE_SCHEME = 'app';
export const PAGE_HOST = 'fusebox';
export const PAGE_ADDRESS = `${PAGE_SCHEME}://${PAGE_HOST}/`;

/** The page shows the world of the drill under way. */
const DRILL_SEARCH = '?drill';

/** True for our page itself, in either world and in any state of its fragment. Parsed, never compared by prefix. */
export function isOwnPage(address: unknown): boolean {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  return (
    url !== null &&
    url.protocol === `${PAGE_SCHEME}:` &&
    url.host === PAGE_HOST &&
    url.username === '' &&
    url.password === '' &&
    (url.pathname === '' || url.pathname === '/' || url.pathname === '/index.html') &&
    (url.search === '' || url.search === DRILL_SEARCH)
  );
}

/** A page never navigates: everything is one document. Reloading it, and going to the other world, is all that is left. */
export function isNavigationAllowed(target: unknown, isMainFrame: boolean): boolean {
  return isMainFrame && isOwnPage(target);
}

/**
 * The address to hand to the system's browser, re-serialised, or null. Only https, only hosts that the workspace's own
 * sources and links name: links also come from vendors' answers, and those are hostile until proven otherwise.
 */
export function externalAddress(address: unknown, allowedHosts: ReadonlySet<string>): string | null {
  if (typeof address !== 'string' || address.length > 4000) return null;
  const url = URL.parse(address);
  if (!url || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return null;
  return allowedHosts.has(url.host) ? url.href : null;
}
