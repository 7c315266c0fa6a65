import type { World } from '#shared/model/desktop.ts';
import { RPCLink } from '@orpc/client/fetch';
import { DrillOverError, RefusedError } from './call-errors.ts';
import type { CallContext, Transport } from './transport.ts';

const TOKEN_KEY = 'fusebox.token';
const NEW_WINDOW = '`fusebox start` opens a new window with a fresh key.';

export type WebPage = {
  readonly origin: string;
  readonly pathname: string;
  /** With its question mark, as the address has it. */
  readonly search: string;
  hash(): string;
  /** Replaces the address without a new history entry. */
  replace(address: string): void;
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  readonly fetch: typeof fetch;
};

/** The launch code of an address fragment (`#code=…`), or null. */
export function launchCodeOf(hash: string): string | null {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const code = params.get('code');
  return code === null || code === '' ? null : code;
}

async function exchange(page: WebPage, code: string, signal: AbortSignal): Promise<string> {
  const response = await page.fetch(`${page.origin}/launch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
    signal,
  });
  if (!response.ok) {
    throw new RefusedError(`The launch code of this window was used already or is too old. ${NEW_WINDOW}`);
  }
  const body: unknown = await response.json();
  if (typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string') {
    return body.token;
  }
  throw new RefusedError(`The host answered without a key. ${NEW_WINDOW}`);
}

/**
 * HTTP to the loopback server this page came from. The launch code leaves the address before anything else happens; the
 * token it buys lives in this tab's session storage and travels in a header of every call, reads and feed included.
 */
export function createWebTransport(page: WebPage, world: World): Transport {
  let code = launchCodeOf(page.hash());
  if (code !== null) page.replace(`${page.pathname}${page.search}`);

  const tokenFor = async (signal: AbortSignal): Promise<string> => {
    if (code !== null) {
      const token = await exchange(page, code, signal);
      code = null;
      page.storage.setItem(TOKEN_KEY, token);
      return token;
    }
    const kept = page.storage.getItem(TOKEN_KEY);
    if (kept !== null) return kept;
    throw new RefusedError(`This window has no key to the engine. ${NEW_WINDOW}`);
  };

  return {
    open: async (signal) => {
      const token = await tokenFor(signal);
      const link = new RPCLink<CallContext>({
        url: `${page.origin}${world === 'drill' ? '/drill/rpc' : '/rpc'}`,
        headers: { 'x-fusebox-token': token },
        fetch: async (request, init) => {
          const response = await page.fetch(request, init);
          if (response.status === 401) {
            page.storage.removeItem(TOKEN_KEY);
            throw new RefusedError(`This window belongs to an engine that is gone. ${NEW_WINDOW}`);
          }
          if (response.status === 410) throw new DrillOverError('No drill is under way.');
          return response;
        },
      });
      return { link, close: () => undefined };
    },
    // A loopback server has nobody beside it who could announce anything.
    listen: () => () => undefined,
  };
}
