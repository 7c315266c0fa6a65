import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startFaultProxy } from './fault-proxy.ts';
import type { Fault, FaultProxy } from './fault-proxy.ts';

/** Counts what really reached it, so that "applied" can be told from "not applied". */
type Upstream = { url: string; server: Server; bodies: string[] };

async function startUpstream(): Promise<Upstream> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      bodies.push(body);
      if (request.url === '/empty') response.writeHead(204).end();
      else
        response
          .writeHead(200, { 'content-type': 'text/plain', etag: '"1"' })
          .end(`${request.method} ${request.url} ${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, bodies };
}

describe('the fault proxy', () => {
  let upstream: Upstream;
  let proxy: FaultProxy;
  beforeEach(async () => {
    upstream = await startUpstream();
    proxy = await startFaultProxy(upstream.url);
  });
  afterEach(async () => {
    await proxy.stop();
    upstream.server.closeAllConnections();
    upstream.server.close();
  });
  const post = (waitMs = 300): Promise<Response> =>
    fetch(`${proxy.url}/switch?x=1`, { method: 'POST', body: 'off', signal: AbortSignal.timeout(waitMs) });

  it('passes method, path, query, body, status and headers', async () => {
    const response = await post(5_000);
    expect(await response.text()).toBe('POST /switch?x=1 off');
    expect(response.headers.get('etag')).toBe('"1"');
    expect(proxy.seen).toEqual([{ method: 'POST', path: '/switch?x=1', fault: 'pass', upstreamStatus: 200 }]);
    expect((await fetch(`${proxy.url}/empty`)).status).toBe(204);
  });

  it.each<{ fault: Fault; error: object; isApplied: boolean }>([
    { fault: { kind: 'hang after applying' }, error: { name: 'TimeoutError' }, isApplied: true },
    { fault: { kind: 'hang before' }, error: { name: 'TimeoutError' }, isApplied: false },
    { fault: { kind: 'delay', delayMs: 60_000 }, error: { name: 'TimeoutError' }, isApplied: false },
    { fault: { kind: 'reset after applying' }, error: { message: 'fetch failed' }, isApplied: true },
    { fault: { kind: 'reset before' }, error: { message: 'fetch failed' }, isApplied: false },
  ])('$fault.kind: no answer, applied upstream: $isApplied', async ({ fault, error, isApplied }) => {
    proxy.always({ method: 'POST' }, fault);
    await expect(post()).rejects.toMatchObject(error);
    expect(upstream.bodies).toEqual(isApplied ? ['off'] : []);
    expect(proxy.seen[0]?.upstreamStatus).toBe(isApplied ? 200 : null);
  });

  it.each([401, 403, 404, 429, 500])('refuses with %i and never reaches the upstream', async (status) => {
    proxy.always(
      { path: '/switch' },
      { kind: 'refuse', status, body: { message: 'no' }, headers: { 'retry-after': '7' } },
    );
    const response = await post(5_000);
    expect(response.status).toBe(status);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toEqual({ message: 'no' });
    expect(upstream.bodies).toEqual([]);
  });

  it('drips the answer, whole in the end', async () => {
    proxy.always({}, { kind: 'slow drip', bytesPerStep: 5, stepMs: 20 });
    const response = await post(10_000);
    const pieces: string[] = [];
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe('POST /switch?x=1 off');
  });

  it('cuts the answer in its middle', async () => {
    proxy.always({}, { kind: 'cut', afterBytes: 4 });
    const response = await post(5_000);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
    expect(upstream.bodies).toEqual(['off']);
  });

  it('follows a script: the newest matching rule first, each for as often as it says', async () => {
    proxy.always({ method: 'GET' }, { kind: 'refuse', status: 500 });
    proxy.next({ path: /^\/a/ }, { kind: 'refuse', status: 404 }, 2);
    const statuses = async (...paths: string[]): Promise<number[]> => {
      const got: number[] = [];
      for (const path of paths) got.push((await fetch(`${proxy.url}${path}`)).status);
      return got;
    };
    expect(await statuses('/a', '/b', '/a', '/a')).toEqual([404, 500, 404, 500]);
    proxy.clear();
    expect(await statuses('/a')).toEqual([200]);
  });

  it('goes down and comes back on the same port', async () => {
    proxy.always({}, { kind: 'hang before' });
    const hanging = post(20_000);
    await expect.poll(() => proxy.seen.length).toBe(1);
    await proxy.goDown();
    await expect(hanging).rejects.toMatchObject({ message: 'fetch failed' });
    await expect(post()).rejects.toMatchObject({ message: 'fetch failed' });
    proxy.clear();
    await proxy.comeBack();
    expect((await post(5_000)).status).toBe(200);
  });

  it('answers 502 when the upstream is gone', async () => {
    upstream.server.closeAllConnections();
    await new Promise((resolve) => upstream.server.close(resolve));
    expect((await post(5_000)).status).toBe(502);
  });
});
