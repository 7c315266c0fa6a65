/** The facts of a request that decide whether it may come in at all, before any routing. */
export type RequestFacts = {
  readonly method: string;
  /** The request target as sent; must be a path (a proxy-style absolute address is not for us). */
  readonly target: string;
  /** Every `Host` header there was. */
  readonly hosts: readonly string[];
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
  readonly fetchDest: string | undefined;
  readonly contentType: string | undefined;
};

export type Refusal = { readonly status: 403 | 405 | 415; readonly error: string };

/** The three spellings of our address, and no other: under DNS rebinding the name is all that differs. */
export function ownHosts(port: number): readonly string[] {
  return [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`];
}

/**
 * Why this request is refused, or null. Browsers let pages of other sites and other loopback ports send simple requests
 * here; SameSite and CORS do not stop them, so: exact Host, exact Origin (required on writes), same-origin Sec-Fetch-Site
 * where the browser says it, JSON only.
 */
export function refusalOf(facts: RequestFacts, port: number): Refusal | null {
  const host = facts.hosts[0];
  if (facts.hosts.length !== 1 || host === undefined || !ownHosts(port).includes(host)) {
    return { status: 403, error: 'This address is not how Fusebox is reached.' };
  }
  if (!facts.target.startsWith('/')) return { status: 403, error: 'Only plain paths are served.' };
  const isRead = facts.method === 'GET' || facts.method === 'HEAD';
  if (!isRead && facts.method !== 'POST') return { status: 405, error: 'GET, HEAD and POST only.' };
  if (facts.origin === undefined ? !isRead : facts.origin !== `http://${host}`) {
    return { status: 403, error: 'Requests from other origins are refused.' };
  }
  const isOwnSite = facts.fetchSite === undefined || facts.fetchSite === 'same-origin';
  if (!isOwnSite && !isArrival(facts)) {
    return { status: 403, error: 'Requests from other sites are refused.' };
  }
  if (!isRead && !/^application\/json(\s*;\s*charset=utf-8)?$/i.test(facts.contentType ?? '')) {
    return { status: 415, error: 'Bodies are application/json.' };
  }
  return null;
}

/**
 * Somebody opens the cockpit: a typed address or bookmark (`none`), or the redirect file of `fusebox start`, which a browser
 * calls cross-site because it is a file. On top only, never in a frame; and only the page itself, which holds no data.
 */
function isArrival({ method, target, fetchSite, fetchMode, fetchDest }: RequestFacts): boolean {
  if (method !== 'GET') return false;
  const isOnTop = fetchMode === 'navigate' && fetchDest === 'document';
  return fetchSite === 'none' || (fetchSite === 'cross-site' && isOnTop && target === '/');
}
