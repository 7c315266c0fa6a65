/** A fetch that reaches the world's own addresses and nothing else. */
export type GuardedFetch = {
  readonly fetch: typeof globalThis.fetch;
  /** From now on requests to this origin pass. Loopback only. */
  allow(url: string): void;
  /** Calls that have not been answered yet. */
  inFlight(): number;
  /** Addresses (origin and path) that were asked for and refused, in order. */
  refused(): readonly string[];
};

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Throws RangeError when asked to allow an address beyond this machine. */
export function createGuardedFetch(fetch: typeof globalThis.fetch): GuardedFetch {
  const allowed = new Set<string>();
  const refused: string[] = [];
  let inFlight = 0;
  return {
    allow(url) {
      const { hostname, origin } = new URL(url);
      if (!LOOPBACK.has(hostname)) throw new RangeError(`${origin} is not on this machine`);
      allowed.add(origin);
    },
    async fetch(input, init) {
      const { origin, pathname } = new URL(input instanceof Request ? input.url : input);
      if (!allowed.has(origin)) {
        refused.push(`${origin}${pathname}`);
        throw new TypeError(`${origin} is not part of this drill; nothing was sent.`);
      }
      inFlight += 1;
      try {
        return await fetch(input, { ...init, redirect: 'error' });
      } finally {
        inFlight -= 1;
      }
    },
    inFlight: () => inFlight,
    refused: () => refused,
  };
}
