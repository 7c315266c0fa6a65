import { describe, expect, it, vi } from 'vitest';
import { DrillOverError, RefusedError } from './call-errors.ts';
import { createWebTransport, launchCodeOf, type WebPage } from './web-transport.ts';

function fakePage(hash: string, answer: () => Response) {
  const kept = new Map<string, string>();
  const requests: Request[] = [];
  const replaced: string[] = [];
  const page: WebPage = {
    origin: 'http://127.0.0.1:7777',
    pathname: '/',
    search: '',
    hash: () => hash,
    replace: (address) => void replaced.push(address),
    storage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
    fetch: vi.fn<typeof fetch>((input, init) => {
      requests.push(new Request(input, init));
      return Promise.resolve(answer());
    }),
  };
  return { page, kept, requests, replaced };
}
const signal = () => new AbortController().signal;

describe('createWebTransport', () => {
  it('takes the code out of the address before anything is asked', () => {
    const { page, requests, replaced } = fakePage('#code=abc', () => Response.json({ token: 't' }));
    createWebTransport(page, 'team');
    expect(replaced).toEqual(['/']);
    expect(requests).toHaveLength(0);
  });

  it('buys a token with the code once, and keeps it for this tab', async () => {
    const { page, kept, requests } = fakePage('#code=abc', () => Response.json({ token: 'secret' }));
    const transport = createWebTransport(page, 'team');
    await transport.open(signal());
    await transport.open(signal());
    expect(requests).toHaveLength(1);
    expect(requests[0]?.url).toBe('http://127.0.0.1:7777/launch');
    expect(await requests[0]?.json()).toEqual({ code: 'abc' });
    expect(kept.get('fusebox.token')).toBe('secret');
  });

  it('says what to do when the code was used', async () => {
    const { page } = fakePage('#code=abc', () => Response.json({ error: 'used' }, { status: 403 }));
    await expect(createWebTransport(page, 'team').open(signal())).rejects.toThrow(RefusedError);
    await expect(createWebTransport(page, 'team').open(signal())).rejects.toThrow(/used already|no key/);
  });

  it('has nothing to offer without code and token', async () => {
    const { page, requests, replaced } = fakePage('#/board', () => Response.json({}));
    await expect(createWebTransport(page, 'team').open(signal())).rejects.toThrow(RefusedError);
    expect(requests).toHaveLength(0);
    // A view's address is left alone.
    expect(replaced).toEqual([]);
  });

  it('speaks to the world of the drill under a prefix of its own, and stays on its page', async () => {
    const { page, kept, requests, replaced } = fakePage('#code=abc', () => Response.json({ token: 't' }));
    const transport = createWebTransport({ ...page, search: '?drill' }, 'drill');
    expect(replaced).toEqual(['/?drill']);
    kept.set('fusebox.token', 't');
    const { link } = await transport.open(signal());
    await link.call(['prompt', 'list'], undefined, { context: {} }).catch(() => undefined);
    expect(requests.at(-1)?.url).toBe('http://127.0.0.1:7777/drill/rpc/prompt/list');
  });

  it('knows that no drill is under way from a refused call', async () => {
    const { page, kept } = fakePage('', () => Response.json({ error: 'none' }, { status: 410 }));
    kept.set('fusebox.token', 't');
    const { link } = await createWebTransport(page, 'drill').open(signal());
    await expect(link.call(['prompt', 'list'], undefined, { context: {} })).rejects.toThrow(DrillOverError);
    expect(kept.get('fusebox.token')).toBe('t');
  });

  it('sends the token in a header, and forgets it when the engine does not know it', async () => {
    const { page, kept, requests } = fakePage('', () => Response.json({ error: 'gone' }, { status: 401 }));
    kept.set('fusebox.token', 'old');
    const { link } = await createWebTransport(page, 'team').open(signal());
    await expect(link.call(['prompt', 'list'], undefined, { context: {} })).rejects.toThrow(RefusedError);
    expect(requests[0]?.headers.get('x-fusebox-token')).toBe('old');
    expect(requests[0]?.url).not.toContain('old');
    expect(kept.has('fusebox.token')).toBe(false);
  });
});

it('launchCodeOf reads the fragment only', () => {
  expect(launchCodeOf('#code=a-b_c')).toBe('a-b_c');
  expect(launchCodeOf('#/incident/INC-1')).toBeNull();
  expect(launchCodeOf('#code=')).toBeNull();
});
