import { afterEach, describe, expect, it } from 'vitest';
import { flagTargetSchema } from '#shared/model/workspace.ts';
import { createClock } from '#engine/clock.ts';
import { describeFlagLever, requestFor } from '../conformance.ts';
import type { ConnectorDeps, LeverRead, SourceInstance } from '../kind.ts';
import { FLAG_PATH, startFakeUnleash } from './fake-unleash.ts';
import type { FakeUnleash } from './fake-unleash.ts';
import { unleashSettingsSchema } from './settings.ts';
import { unleashConnector } from './unleash.ts';

const versions = { control: 'v17', candidate: 'v18', all: ['v17', 'v18'] };
const target = flagTargetSchema.parse({ source: 'unleash', key: 'support_prompt' });
const running: { close(): Promise<void> }[] = [];

function create(
  baseUrl: string,
  token: string,
  extra: Record<string, unknown> = {},
): Promise<SourceInstance> {
  const deps: ConnectorDeps = {
    clock: createClock(),
    fetch: globalThis.fetch,
    readSecret: () => Promise.resolve(token),
    log: { info: () => undefined, warn: () => undefined },
    dataDir: '/nonexistent',
  };
  const settings = unleashSettingsSchema.parse({
    baseUrl,
    token: { env: 'UNLEASH_TOKEN' },
    writeTimeoutMs: 400,
    ...extra,
  });
  return unleashConnector.create({ id: 'unleash', settings }, deps);
}

async function start(extra: Record<string, unknown> = {}) {
  const server = await startFakeUnleash();
  const source = await create(`${server.url}/base/`, server.token, extra);
  const flags = source.flags;
  if (!flags) throw new Error('no flags');
  running.push(source, server);
  return { server, source, flags, read: () => flags.read(target, versions) };
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

describeFlagLever(
  'Unleash',
  async () => {
    const server = await startFakeUnleash();
    const source = await create(`${server.url}/base`, server.token);
    const nowhere = await create('http://127.0.0.1:9/base', server.token);
    if (!source.flags || !nowhere.flags) throw new Error('no flags');
    const say = (status: number, message: string) => ({
      status,
      json: { message: `${message} ${server.token}` },
    });
    return {
      lever: source.flags,
      target,
      missingTarget: { ...target, key: 'no-such-flag' },
      versions,
      remote: {
        server,
        secrets: [server.token],
        unreachable: nowhere.flags,
        refusals: [
          { reply: say(400, 'ArchivedFeatureError'), reason: 'invalid' },
          { reply: say(401, 'unknown token'), reason: 'unauthorized' },
          {
            reply: say(403, 'invalid token: expected a different token type for this endpoint'),
            reason: 'forbidden',
          },
          { reply: say(403, 'You need the SKIP_CHANGE_REQUEST permission'), reason: 'approval-required' },
          { reply: say(404, 'NotFoundError'), reason: 'not-found' },
          { reply: say(405, 'no'), reason: 'not-supported' },
          { reply: say(409, 'NameExistsError'), reason: 'conflict' },
          { reply: say(422, 'bad'), reason: 'invalid' },
          { reply: say(429, 'slow down'), reason: 'rate-limited' },
          { reply: { status: 307, headers: { location: 'https://elsewhere.example/' } }, reason: 'invalid' },
        ],
      },
      close: async () => {
        await Promise.all([source.close(), nowhere.close(), server.close()]);
      },
    };
  },
  'over the network',
);

describe('shares of an Unleash flag', () => {
  it('multiplies rollout and weights, the rest being control', async () => {
    const { server, read } = await start();
    server.environment.strategies[0]!.parameters['rollout'] = '10';
    expect((await read()).state.intended).toEqual([
      { version: 'v17', share01: 0.995 },
      { version: 'v18', share01: 0.005 },
    ]);
  });

  it('clamps a rollout the server let pass (T11)', async () => {
    const { server, read } = await start();
    server.environment.strategies[0]!.parameters['rollout'] = '150';
    expect((await read()).state.intended).toContainEqual({ version: 'v18', share01: 0.05 });
  });

  it('says it does not know with several strategies, constraints or segments', async () => {
    const { server, flags, read } = await start();
    const first = server.environment.strategies[0]!;
    const plan = (now: LeverRead) =>
      flags.plan(target, versions, now, { kind: 'serve-control', version: 'v17' }).warnings.join(' ');
    server.environment.strategies.push({ ...structuredClone(first), id: 'strategy-2' });
    let now = await read();
    expect(now.state.intended).toEqual([]);
    expect(plan(now)).toContain('OR-ed');
    server.environment.strategies.pop();
    first.constraints.push({ contextName: 'tenant', operator: 'IN', values: ['a'] });
    now = await read();
    expect(now.state.intended).toEqual([]);
    expect(plan(now)).toContain('constraints');
    first.constraints = [];
    first.segments.push(7);
    expect((await read()).state.intended).toEqual([]);
    first.segments = [];
    first.disabled = true;
    expect((await read()).state.intended).toEqual([]);
  });

  it('maps variant names to versions', async () => {
    const { server, flags } = await start();
    server.environment.strategies[0]!.variants[1]!.name = 'candidate';
    const named = { ...target, variations: { v18: 'candidate' } };
    expect((await flags.read(named, versions)).state.intended).toContainEqual({
      version: 'v18',
      share01: 0.05,
    });
  });

  it('reads a flag without variants as a switch for the candidate', async () => {
    const { server, read } = await start();
    server.environment.strategies[0]!.variants = [];
    server.environment.strategies[0]!.parameters['rollout'] = '20';
    expect((await read()).state.intended).toEqual([
      { version: 'v18', share01: 0.2 },
      { version: 'v17', share01: 0.8 },
    ]);
  });
});

describe('writing to Unleash', () => {
  it('will not set the share of a variant the server would re-balance (T12)', async () => {
    const { server, flags, read } = await start();
    server.environment.strategies[0]!.variants[1]!.weightType = 'variable';
    const now = await read();
    const operation = { kind: 'set-share', version: 'v18', share01: 0.01 } as const;
    expect(flags.plan(target, versions, now, operation).refused).toContain('re-balance');
    expect(await flags.write(target, versions, requestFor(now, operation))).toMatchObject({
      kind: 'refused',
    });
    expect(server.requests.some((request) => request.method === 'PATCH')).toBe(false);
  });

  it('does not believe a 200 whose weights are not those it asked for', async () => {
    const { server, flags, read } = await start();
    const now = await read();
    const answered = structuredClone(server.environment.strategies[0]!);
    server.faultNext(
      { kind: 'answer', reply: { json: answered }, after: false },
      (request) => request.method === 'PATCH',
    );
    const outcome = await flags.write(
      target,
      versions,
      requestFor(now, { kind: 'set-share', version: 'v18', share01: 0.2 }),
    );
    expect(outcome).toMatchObject({ kind: 'unknown' });
    expect(JSON.stringify(outcome)).toContain('weight 50 instead of 200');
  });

  it('adds a strategy again that was deleted after the snapshot, and turns on last', async () => {
    const { server, flags, read } = await start();
    const before = await read();
    server.environment.strategies.splice(0, 1);
    server.environment.enabled = false;
    const operation = { kind: 'restore', snapshotId: 's' } as const;
    const outcome = await flags.write(target, versions, requestFor(await read(), operation, before.snapshot));
    expect(outcome.kind).toBe('accepted');
    const writes = server.requests
      .filter((request) => request.method !== 'GET')
      .map((request) => request.path);
    expect(writes).toEqual([`${FLAG_PATH}/strategies`, `${FLAG_PATH}/on`]);
    const now = await read();
    expect(flags.isInEffect(target, versions, now, operation, before.snapshot)).toBe(true);
    expect(now.state.intended).toEqual(before.state.intended);
  });

  it('is unknown, not refused, when an undo got half way', async () => {
    const { server, flags, read } = await start();
    const before = await read();
    server.environment.strategies[0]!.variants[1]!.weight = 0;
    server.environment.enabled = false;
    server.faultNext(
      { kind: 'answer', reply: { status: 403, json: { message: 'no' } }, after: false },
      (request) => request.path.endsWith('/on'),
    );
    const outcome = await flags.write(
      target,
      versions,
      requestFor(await read(), { kind: 'restore', snapshotId: 's' }, before.snapshot),
    );
    expect(outcome.kind).toBe('unknown');
  });

  it('will not put back a snapshot of another flag', async () => {
    const { server, flags, read } = await start();
    const now = await read();
    const foreign = { ...(now.snapshot as Record<string, unknown>), feature: 'other_flag' };
    const outcome = await flags.write(
      target,
      versions,
      requestFor(now, { kind: 'restore', snapshotId: 's' }, foreign),
    );
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(server.requests.every((request) => request.method === 'GET')).toBe(true);
  });

  it('asks for the write token only at a press', async () => {
    const asked: unknown[] = [];
    const server = await startFakeUnleash();
    const source = await unleashConnector.create(
      {
        id: 'unleash',
        settings: unleashSettingsSchema.parse({
          baseUrl: `${server.url}/base`,
          token: { env: 'READ' },
          writeToken: { env: 'WRITE' },
        }),
      },
      {
        clock: createClock(),
        fetch: globalThis.fetch,
        readSecret: (ref) => {
          asked.push(ref);
          return Promise.resolve(server.token);
        },
        log: { info: () => undefined, warn: () => undefined },
        dataDir: '/nonexistent',
      },
    );
    running.push(source, server);
    const now = await source.flags!.read(target, versions);
    expect(asked).not.toContainEqual({ env: 'WRITE' });
    await source.flags!.write(target, versions, requestFor(now, { kind: 'serve-control', version: 'v17' }));
    expect(asked).toContainEqual({ env: 'WRITE' });
  });
});

describe('what Unleash recorded', () => {
  it('lists the changes of the window, newest first, in words', async () => {
    const { flags, read } = await start();
    const fromMs = Date.now() - 1000;
    await flags.write(
      target,
      versions,
      requestFor(await read(), { kind: 'set-share', version: 'v18', share01: 0.1 }),
    );
    await flags.write(target, versions, requestFor(await read(), { kind: 'serve-control', version: 'v17' }));
    const changes = await flags.events(target, { fromMs, toMs: Date.now() + 1000 });
    expect(changes.map((change) => change.text)).toEqual([
      'support_prompt: turned off in production',
      'support_prompt: strategy changed in production (100 %, v17 95 %, v18 5 % → 100 %, v17 90 %, v18 10 %)',
    ]);
    expect(changes[0]).toMatchObject({ kind: 'flag', source: 'unleash', by: 'dana' });
    // The first read after a write of ours is a read-back: it waits for nothing but the rules.
    expect((await read()).state.isOn).toBe(false);
    expect((await read()).state.lastChangedBy).toBe('dana');
    expect(await flags.events(target, { fromMs: 0, toMs: fromMs })).toEqual([]);
  });
});

describe('a read for a press', () => {
  it('waits for nothing but the rules; author and time come with them once they are known', async () => {
    const { server, flags, read } = await start();
    await flags.write(target, versions, requestFor(await read(), { kind: 'serve-control', version: 'v17' }));
    server.requests.splice(0);
    const rules = await flags.read(target, versions, undefined, 'rules');
    expect(rules.state).toMatchObject({ isOn: false, lastChangedBy: null, lastChangedAtMs: null });
    expect(server.requests.map(({ path }) => path).filter((path) => path.includes('events'))).toEqual([]);
    const whole = await read();
    expect(whole.state).toMatchObject({ revision: rules.state.revision, lastChangedBy: 'dana' });
    const known = await flags.read(target, versions, undefined, 'rules');
    expect(known.state).toMatchObject({ lastChangedBy: 'dana' });
  });
});

describe('the Test button of Unleash', () => {
  const namesOf = (test: Awaited<ReturnType<SourceInstance['test']>>) =>
    test.checks.map((check) => `${check.ok ? 'ok' : 'no'} ${check.name}`);

  it('passes by reads alone', async () => {
    const { server, source } = await start();
    const test = await source.test();
    expect(namesOf(test)).toEqual([
      'ok reachable',
      'ok token accepted',
      'ok environment exists',
      'ok project visible',
      'ok may read flags',
    ]);
    expect(test.ok).toBe(true);
    expect(server.requests.every((request) => request.method === 'GET')).toBe(true);
  });

  it('names what is wrong', async () => {
    const server: FakeUnleash = await startFakeUnleash();
    const wrongToken = await create(`${server.url}/base`, 'wrong-token-value');
    const wrongEnvironment = await create(`${server.url}/base`, server.token, { environment: 'staging' });
    const nowhere = await create('http://127.0.0.1:9', server.token);
    running.push(wrongToken, wrongEnvironment, nowhere, server);
    const token = await wrongToken.test();
    expect(namesOf(token)).toEqual(['ok reachable', 'no token accepted']);
    expect(JSON.stringify(token)).not.toContain('wrong-token-value');
    expect((await wrongEnvironment.test()).message).toContain('there is no staging; there are: production');
    expect(namesOf(await nowhere.test())).toEqual(['no reachable']);
    await expect(wrongToken.probe()).rejects.toMatchObject({ status: 401 });
  });
});

describe('settings of Unleash', () => {
  const problemOf = (settings: Record<string, unknown>) =>
    unleashSettingsSchema.safeParse({ token: { env: 'T' }, ...settings }).error?.issues[0];

  it('takes https, loopback, and plain http only when told to', () => {
    expect(problemOf({ baseUrl: 'https://unleash.example.com/team/' })).toBeUndefined();
    expect(problemOf({ baseUrl: 'http://127.0.0.1:4242' })).toBeUndefined();
    expect(problemOf({ baseUrl: 'http://[::1]:4242' })).toBeUndefined();
    expect(problemOf({ baseUrl: 'http://unleash.example.com' })).toMatchObject({ path: ['baseUrl'] });
    expect(problemOf({ baseUrl: 'http://unleash.example.com', allowInsecure: true })).toBeUndefined();
    for (const baseUrl of [
      'unleash',
      'ftp://x',
      'https://me:secret@x',
      'https://x/?q=1',
      'http://169.254.169.254',
    ])
      expect(problemOf({ baseUrl, allowInsecure: true }), `for ${baseUrl}`).toMatchObject({
        path: ['baseUrl'],
      });
  });
});
