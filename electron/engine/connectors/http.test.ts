import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClock } from '../clock.ts';
import { startFakeServer } from './fake-server.ts';
import { createHttpClient } from './http.ts';
import type { HttpClient } from './http.ts';
import { guardedLookup, sendOnce } from './send.ts';

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

const SECRET = 'token-of-the-tests';
function clientOf(
  baseUrl: string,
  extra: { maxBodyBytes?: number; readTimeoutMs?: number } = {},
): HttpClient {
  const client = createHttpClient({
    system: 'The server',
    baseUrl,
    allowInsecure: false,
    clock: createClock(),
    readTimeoutMs: 2000,
    writeTimeoutMs: 400,
    ...extra,
    credentials: () => Promise.resolve({ headers: { 'x-api-key': SECRET }, secrets: [SECRET] }),
  });
  running.push(() => client.close());
  return client;
}
const anything = z.object({ ok: z.boolean() });

describe('a read', () => {
  it('keeps the path of the address, and sends the credential there alone', async () => {
    const thief = await startFakeServer(() => ({ json: { ok: true } }));
    const server = await startFakeServer((request) =>
      request.path === '/team/moved'
        ? { status: 302, headers: { location: `${thief.url}/moved` } }
        : { json: { ok: true } },
    );
    running.push(
      () => server.close(),
      () => thief.close(),
    );
    const client = clientOf(`${server.url}/team/`);
    expect(await client.read({ path: '/flags', query: { a: 'x y' } }, anything)).toEqual({ ok: true });
    expect(server.requests[0]).toMatchObject({ path: '/team/flags' });
    expect(server.requests[0]?.headers['x-api-key']).toBe(SECRET);
    await expect(client.read({ path: '/moved' }, anything)).rejects.toMatchObject({
      status: 302,
      message: expect.stringContaining('redirect') as string,
    });
    const { answer } = await client.write({ method: 'POST', path: '/moved', json: {} });
    expect(answer).toMatchObject({ kind: 'answered', status: 302 });
    expect(thief.requests).toHaveLength(0);
  });

  it('stops reading an answer that is too long', async () => {
    const server = await startFakeServer(() => ({ json: { ok: true, filler: 'x'.repeat(200_000) } }));
    running.push(() => server.close());
    await expect(
      clientOf(server.url, { maxBodyBytes: 100_000 }).read({ path: '/' }, anything),
    ).rejects.toMatchObject({
      message: expect.stringContaining('answered more than') as string,
    });
  });

  it('takes an answer whole or not at all, wherever it is cut', async () => {
    // Delivered until the end of the connection: a cut looks like success to HTTP, so only the shape can tell.
    const whole = JSON.stringify({ ok: true, list: ['a', 'b'] });
    let sent = whole.length;
    const server = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.end(
          `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n${whole.slice(0, sent)}`,
        );
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    running.push(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
        }),
    );
    const client = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const schema = z.object({ ok: z.boolean(), list: z.array(z.string()) });
    expect(await client.read({ path: '/' }, schema)).toMatchObject({ ok: true });
    for (sent = 0; sent < whole.length; sent += 1)
      await expect(client.read({ path: '/' }, schema)).rejects.toMatchObject({ name: 'SourceError' });
  });

  it('is tried a second time, and no third', async () => {
    const server = await startFakeServer(() => ({ json: { ok: true } }));
    running.push(() => server.close());
    const client = clientOf(server.url);
    server.faultNext({ kind: 'answer', reply: { status: 500 }, after: false });
    expect(await client.read({ path: '/' }, anything)).toEqual({ ok: true });
    server.faultNext({ kind: 'reset', after: false });
    expect(await client.read({ path: '/' }, anything)).toEqual({ ok: true });
    for (let index = 0; index < 2; index += 1)
      server.faultNext({ kind: 'answer', reply: { status: 503 }, after: false });
    await expect(client.read({ path: '/' }, anything)).rejects.toMatchObject({ status: 503 });
    expect(server.requests).toHaveLength(6);
  });

  it('speaks plainly of names that do not exist', async () => {
    await expect(
      clientOf('https://no-such-host.invalid').read({ path: '/' }, anything),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/host name/) as string,
    });
  });
});

describe('a write', () => {
  it('uses a connection of its own each time', async () => {
    const server = await startFakeServer(() => ({ json: {} }));
    running.push(() => server.close());
    const client = clientOf(server.url);
    await client.write({ method: 'POST', path: '/off' });
    await client.write({ method: 'POST', path: '/off' });
    expect(server.requests.map((request) => request.headers.connection)).toEqual(['close', 'close']);
  });

  it('is not sent where the credential cannot be read, and says which', async () => {
    const server = await startFakeServer(() => ({ json: {} }));
    running.push(() => server.close());
    const client = createHttpClient({
      system: 'The server',
      baseUrl: server.url,
      allowInsecure: false,
      clock: createClock(),
      readTimeoutMs: 500,
      writeTimeoutMs: 500,
      credentials: () => Promise.reject(new Error(`raw ${SECRET}`)),
    });
    running.push(() => client.close());
    const { answer } = await client.write({ method: 'POST', path: '/off' });
    expect(answer.kind).toBe('not-sent');
    expect(JSON.stringify(answer)).not.toContain(SECRET);
    expect(server.requests).toHaveLength(0);
  });

  it('says nothing was sent when no connection came about in time', async () => {
    // The handshake of TCP is done by the kernel; that of TLS never gets an answer here.
    let open = 0;
    let bytes = 0;
    const silent = createTcpServer((socket) => {
      open += 1;
      socket.on('data', (chunk) => (bytes += chunk.length));
      socket.on('close', () => (open -= 1));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const { port } = silent.address() as AddressInfo;
    running.push(
      () =>
        new Promise<void>((resolve) => {
          silent.close(() => resolve());
        }),
    );
    const answer = await sendOnce(createClock(), {
      url: `https://127.0.0.1:${port}/off`,
      method: 'POST',
      headers: {},
      deadlineMs: 300,
    });
    expect(answer).toMatchObject({
      kind: 'not-sent',
      message: expect.stringContaining('within 300 ms') as string,
    });
    // The attempt itself is given up too: nothing can be sent later.
    await expect.poll(() => open, { timeout: 10_000 }).toBe(0);
    expect(bytes).toBeLessThan(4000);
  });
});

describe('TLS', () => {
  it('refuses a certificate nobody vouches for, by name of the reason, and sends nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tls-'));
    running.push(() => rm(folder, { recursive: true, force: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const wanted =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1';
    await promisify(execFile)('openssl', [...wanted.split(' '), '-keyout', key, '-out', cert]);
    let requests = 0;
    const server = createTlsServer(
      { key: await readFile(key), cert: await readFile(cert) },
      (_request, response) => {
        requests += 1;
        response.end('{"ok":true}');
      },
    );
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    running.push(
      () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
        }),
    );
    const client = clientOf(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await expect(client.read({ path: '/' }, anything)).rejects.toMatchObject({
      message: expect.stringContaining('self-signed') as string,
    });
    const { answer } = await client.write({ method: 'POST', path: '/off' });
    expect(answer).toMatchObject({
      kind: 'not-sent',
      message: expect.stringContaining('self-signed') as string,
    });
    expect(requests).toBe(0);
  });
});

describe('looking a name up', () => {
  it('never leads to a link-local address', async () => {
    const lookedUp = (name: string) =>
      new Promise<string | null>((resolve) => {
        guardedLookup(name, { all: true }, (error) => resolve(error?.code ?? null));
      });
    expect(await lookedUp('169.254.169.254')).toBe('FUSEBOX_FORBIDDEN_ADDRESS');
    expect(await lookedUp('localhost')).toBeNull();
  });
});
