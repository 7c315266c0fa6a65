import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cockpit, startCockpit } from '../support/cockpit.ts';
import { DECLARE_BODY, ROUTES, TRAVERSALS, wrongHosts, wrongOrigins } from './corpus.ts';
import { rawText, type RawRequest, sendRaw } from './raw-request.ts';

const WORKSPACE = {
  version: 1,
  name: 'security',
  telemetry: { port: 0 },
  sources: [{ id: 'board', connector: 'flag-board' }],
  prompts: [
    {
      id: 'support',
      service: 'support',
      control: 'v1',
      candidate: 'v2',
      flag: { source: 'board', key: 'support_rollout' },
    },
  ],
};

let cockpit: Cockpit;
let port = 0;
let token = '';
let pid = 0;

beforeAll(async () => {
  cockpit = await startCockpit({ workspace: WORKSPACE });
  port = Number(new URL(cockpit.origin()).port);
  const file: unknown = JSON.parse(readFileSync(join(cockpit.dataDir, 'engine.json'), 'utf8'));
  ({ token, pid } = file as { token: string; pid: number });
}, 90_000);
afterAll(() => cockpit.stop());

const origin = () => `http://127.0.0.1:${port}`;
const own = (request: Omit<RawRequest, 'headers'>, ...extra: string[]): RawRequest => ({
  ...request,
  headers: [
    `Host: 127.0.0.1:${port}`,
    `Origin: ${origin()}`,
    'Content-Type: application/json',
    `X-Fusebox-Token: ${token}`,
    ...extra,
  ],
});
const without = (request: RawRequest, name: string, ...instead: string[]): RawRequest => ({
  ...request,
  headers: [
    ...request.headers.filter((line) => !line.toLowerCase().startsWith(`${name.toLowerCase()}:`)),
    ...instead,
  ],
});
const send = (request: RawRequest) => sendRaw(port, rawText(request));
/** Everything that was refused must have left no trace. */
async function expectNothingChanged(): Promise<void> {
  expect(await cockpit.calls().incident.list({ status: 'any' })).toEqual([]);
}

/** Sends the corpus a few at a time and gives back what came through. */
async function accepted(requests: readonly RawRequest[]): Promise<string[]> {
  const through: string[] = [];
  for (let begin = 0; begin < requests.length; begin += 20) {
    const batch = requests.slice(begin, begin + 20);
    const answers = await Promise.all(batch.map(send));
    for (const [index, { status }] of answers.entries()) {
      // 0 = the line was cut without an answer.
      if (status !== 0 && status < 400) through.push(`${status} ${JSON.stringify(batch[index])}`);
    }
  }
  return through;
}

describe('what is let in', () => {
  it.each(['127.0.0.1', 'localhost', '[::1]'])('a call with token, by the name %s', async (name) => {
    const request = own({ method: 'POST', target: '/rpc/engine/info', body: '{}' });
    const host = `${name}:${port}`;
    const answer = await send(
      without(without(request, 'host', `Host: ${host}`), 'origin', `Origin: http://${host}`),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('"workspaceName":"security"');
  });

  it('the page itself, without a token, and it holds no data', async () => {
    const answer = await send({ method: 'GET', target: '/', headers: [`Host: 127.0.0.1:${port}`] });
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain(token);
    expect(answer.body).not.toContain('security');
  });
});

describe('hosts (DNS rebinding)', () => {
  it('refuses every spelling but the three, on every route', async () => {
    const requests = wrongHosts(port).flatMap((hosts) =>
      ROUTES.map((route) => without(own(route), 'host', ...(hosts ?? []).map((host) => `Host: ${host}`))),
    );
    expect(requests.length).toBeGreaterThan(200);
    expect(await accepted(requests)).toEqual([]);
    await expectNothingChanged();
  });

  it('refuses HTTP/1.0 without a host', async () => {
    const answer = await sendRaw(port, `GET / HTTP/1.0\r\n\r\n`);
    expect(answer.status === 0 || answer.status >= 400).toBe(true);
  });
});

describe('origins (requests of other pages)', () => {
  it('refuses every origin but our own, on every route', async () => {
    const requests = wrongOrigins(port).flatMap((wrong) =>
      ROUTES.map((route) => without(own(route), 'origin', `Origin: ${wrong}`)),
    );
    expect(requests.length).toBeGreaterThan(200);
    expect(await accepted(requests)).toEqual([]);
    await expectNothingChanged();
  });

  it('refuses a write without an origin, and one that the browser calls cross-site', async () => {
    const writes = ROUTES.filter(({ method }) => method === 'POST');
    const requests = writes.flatMap((route) => [
      without(own(route), 'origin'),
      ...['cross-site', 'same-site', 'none', 'nonsense'].map((site) => own(route, `Sec-Fetch-Site: ${site}`)),
    ]);
    expect(await accepted(requests)).toEqual([]);
    const reads = ['cross-site', 'same-site'].map((site) => ({
      method: 'GET',
      target: '/',
      headers: [`Host: 127.0.0.1:${port}`, `Sec-Fetch-Site: ${site}`],
    }));
    expect(await accepted(reads)).toEqual([]);
    // A navigation from elsewhere may arrive at the page, on top, and nowhere else.
    const navigation = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: navigate'];
    const arrive = (target: string, dest: string) => ({
      method: 'GET',
      target,
      headers: [`Host: 127.0.0.1:${port}`, ...navigation, `Sec-Fetch-Dest: ${dest}`],
    });
    expect((await send(arrive('/', 'document'))).status).toBe(200);
    const elsewhere = [
      arrive('/', 'iframe'),
      arrive('/', 'frame'),
      arrive('/', 'embed'),
      arrive('/?code=x', 'document'),
      arrive('/index.html', 'document'),
      arrive('/rpc/engine/info', 'document'),
      { ...arrive('/', 'document'), method: 'POST' },
    ];
    expect(await accepted(elsewhere)).toEqual([]);
    await expectNothingChanged();
  });
});

describe('bodies', () => {
  it.each([
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'application/jsonp',
    'application/octet-stream',
    '',
  ])('refuses %j', async (type) => {
    const request = own({ method: 'POST', target: '/rpc/incident/declare', body: DECLARE_BODY });
    const instead = type === '' ? [] : [`Content-Type: ${type}`];
    expect((await send(without(request, 'content-type', ...instead))).status).toBe(415);
    await expectNothingChanged();
  });

  it('refuses more than a megabyte, other methods and reads of calls', async () => {
    const large = own({
      method: 'POST',
      target: '/rpc/incident/declare',
      body: `"${'x'.repeat(1_100_000)}"`,
    });
    expect(await accepted([large])).toEqual([]);
    const others = ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD', 'GET'].map((method) =>
      own({ method, target: '/rpc/incident/declare' }),
    );
    expect(await accepted(others)).toEqual([]);
    await expectNothingChanged();
  });
});

describe('the token', () => {
  it('is needed for every call, reads included, and only in its header', async () => {
    const calls = ROUTES.filter(({ target }) => target.includes('/rpc/') || target === '/launch-code').filter(
      ({ method }) => method === 'POST',
    );
    const last = token.at(-1) === 'A' ? 'B' : 'A';
    const wrong = [
      [],
      ['X-Fusebox-Token: '],
      ['X-Fusebox-Token: null'],
      ['X-Fusebox-Token: undefined'],
      [`X-Fusebox-Token: ${token.slice(0, -1)}`],
      [`X-Fusebox-Token: ${token.slice(0, -1)}${last}`],
      [`X-Fusebox-Token: ${token}x`],
      [`X-Fusebox-Token: ${token} x`],
      [`X-Fusebox-Token: Bearer ${token}`],
      [`X-Fusebox-Token: ${token.toLowerCase()}`],
      [`X-Fusebox-Token: ${token}`, `X-Fusebox-Token: ${token}`],
      ['X-Fusebox-Token: wrong', `X-Fusebox-Token: ${token}`],
      [`Authorization: Bearer ${token}`],
      [`Cookie: token=${token}; fusebox.token=${token}; x-fusebox-token=${token}`],
    ];
    const requests = calls.flatMap((call) => [
      ...wrong.map((lines) => without(own(call), 'x-fusebox-token', ...lines)),
      ...['token', 'x-fusebox-token', 'code'].map((name) =>
        without(own({ ...call, target: `${call.target}?${name}=${token}` }), 'x-fusebox-token'),
      ),
    ]);
    const answers = await Promise.all(requests.map(send));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    for (const { body } of answers) expect(body).not.toContain(token);
    await expectNothingChanged();
  });
});

describe('the world of a drill', () => {
  const target = '/drill/rpc/incident/declare';
  const statusOf = async (request: RawRequest) => (await send(request)).status;

  it('is behind the same guards, in the same order, and they come before the answer that there is no drill', async () => {
    const call = own({ method: 'POST', target, body: DECLARE_BODY });
    for (const hosts of wrongHosts(port)) {
      const lines = (hosts ?? []).map((host) => `Host: ${host}`);
      // Several or no Host at all is refused by Node's own parser.
      expect([400, 403]).toContain(await statusOf(without(call, 'host', ...lines)));
    }
    for (const origin of wrongOrigins(port)) {
      expect(await statusOf(without(call, 'origin', `Origin: ${origin}`))).toBe(403);
    }
    expect(await statusOf(without(call, 'origin'))).toBe(403);
    expect(await statusOf(without(call, 'content-type', 'Content-Type: text/plain'))).toBe(415);
    expect(await statusOf(without(call, 'x-fusebox-token'))).toBe(401);
    expect(await statusOf(own({ method: 'GET', target }))).toBe(405);
    const large = own({ method: 'POST', target, body: `"${'x'.repeat(1_100_000)}"` });
    expect([0, 413]).toContain(await statusOf(large));
    // All in order, and still nothing there.
    const answer = await send(call);
    expect(answer.status).toBe(410);
    expect(answer.body).toContain('No drill is under way.');
    await expectNothingChanged();
  });

  it('does not take the larger body that a bundle may have', async () => {
    const bundle = { method: 'POST', target: '/drill/rpc/drill/openBundle' };
    const large = own({ ...bundle, body: `"${'x'.repeat(1_100_000)}"` });
    expect([0, 413]).toContain(await statusOf(large));
  });
});

describe('launch codes', () => {
  const redeem = (code: string, ...extra: string[]) =>
    send(own({ method: 'POST', target: '/launch', body: JSON.stringify({ code }) }, ...extra));
  const freshCode = async () =>
    new URLSearchParams(new URL(await cockpit.launchUrl()).hash.slice(1)).get('code')!;

  it('open once', async () => {
    const code = await freshCode();
    const first = await redeem(code);
    expect(first.status).toBe(200);
    expect(first.body).toContain(token);
    for (let turn = 0; turn < 20; turn += 1) expect((await redeem(code)).status).toBe(403);
  });

  it('open once when two ask at the same moment', async () => {
    const code = await freshCode();
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('are not spent by a page that may not ask', async () => {
    const code = await freshCode();
    const request = own({ method: 'POST', target: '/launch', body: JSON.stringify({ code }) });
    const foreign = await send(without(request, 'origin', 'Origin: https://evil.example'));
    expect(foreign.status).toBe(403);
    expect((await redeem(code)).status).toBe(200);
  });

  it.each(['', 'x', '__proto__', 'constructor', 'null', '../', 'a'.repeat(10_000)])(
    'are not guessed: %#',
    async (code) => {
      expect((await redeem(code)).status).toBe(403);
    },
  );

  it.each(['', 'null', '[]', '{"code":42}', '{"code":null}', '{"code":["x"]}', '{', '"x"'])(
    'need a proper body: %j',
    async (body) => {
      expect((await send(own({ method: 'POST', target: '/launch', body }))).status).toBe(403);
    },
  );
});

describe('files', () => {
  it('gives out the built page and nothing else', async () => {
    const requests = TRAVERSALS.map((target) => ({
      method: 'GET',
      target,
      headers: [`Host: 127.0.0.1:${port}`],
    }));
    expect(await accepted(requests)).toEqual([]);
  });

  it('sends the same guards with every answer, and no CORS header with any', async () => {
    const requests = [
      ...ROUTES.map((route) => own(route)).filter(({ target }) => !target.includes('subscribe')),
      ...ROUTES.map((route) => without(own(route), 'host', 'Host: evil.example')),
    ];
    for (const request of requests) {
      const { headers, status } = await send(request);
      // A request that is no HTTP at all never reaches us; Node's parser answers it with bare words.
      if (status === 400 || status === 0) continue;
      for (const line of [
        "content-security-policy: default-src 'none'; script-src 'self';",
        'x-frame-options: deny',
        'x-content-type-options: nosniff',
        'referrer-policy: no-referrer',
        'cross-origin-opener-policy: same-origin',
        'cross-origin-resource-policy: same-origin',
        'cache-control: no-store',
      ]) {
        expect(headers).toContain(line);
      }
      expect(headers).not.toContain('access-control-');
      expect(headers).not.toContain('set-cookie');
    }
  });
});

describe('the machine', () => {
  const isLinux = process.platform === 'linux';
  it.skipIf(!isLinux)(`listens on loopback alone${isLinux ? '' : ' (skipped: /proc is of Linux)'}`, () => {
    const folder = `/proc/${pid}/fd`;
    const inodes = new Set(
      readdirSync(folder).flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(join(folder, fd)))?.[1] ?? [];
        } catch {
          return [];
        }
      }),
    );
    const listening = ['tcp', 'tcp6'].flatMap((table) =>
      readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[3] === '0A' && inodes.has(fields[9] ?? ''))
        .map((fields) => (fields[1] ?? '').split(':')[0]),
    );
    expect(listening.length).toBeGreaterThanOrEqual(3);
    expect(new Set(listening)).toEqual(new Set(['0100007F']));
  });

  it('keeps the key file for the owner, and no key in the log', async () => {
    const { statSync } = await import('node:fs');
    expect(statSync(join(cockpit.dataDir, 'engine.json')).mode & 0o777).toBe(0o600);
    const log = readFileSync(join(cockpit.dataDir, 'log', 'fusebox.log'), 'utf8');
    expect(log).not.toContain(token);
    expect(log).toContain('engine opens');
  });

  it('is not stopped by two hundred senders that drip', async () => {
    const { connect } = await import('node:net');
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('POST /rpc/engine/info HTTP/1.1\r\nHost: 127.0.0.1');
      return socket;
    });
    try {
      const link = new RPCLink({
        url: `${origin()}/rpc`,
        headers: { 'x-fusebox-token': token, origin: origin() },
      });
      const client = createORPCClient<{ engine: { info(): Promise<unknown> } }>(link);
      await expect(client.engine.info()).resolves.toBeDefined();
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
