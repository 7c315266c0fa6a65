import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createClock } from '#engine/clock.ts';
import { flagTargetSchema } from '#shared/model/workspace.ts';
import { describeFlagLever, requestFor } from '../conformance.ts';
import type { BoardFlag, ConnectorDeps } from '../kind.ts';
import { bucketOf } from '../flag-bucket.ts';
import { evaluate } from './evaluate.ts';
import { flagBoardConnector, flagBoardSettingsSchema } from './flag-board.ts';

const versions = { control: 'v17', candidate: 'v18', all: ['v17', 'v18'] };
const target = flagTargetSchema.parse({ source: 'board', key: 'support_prompt' });
const flag: BoardFlag = {
  key: 'support_prompt',
  environment: 'production',
  enabled: true,
  offVariant: 'v17',
  variants: [
    { name: 'v17', value: 'v17', weight: 9500 },
    { name: 'v18', value: 'v18', weight: 500 },
  ],
};
const running: (() => Promise<unknown>)[] = [];

async function start(extra: Record<string, unknown> = {}, folder?: string) {
  const dataDir = folder ?? (await mkdtemp(join(tmpdir(), 'flag-board-')));
  const deps: ConnectorDeps = {
    clock: createClock(),
    fetch: globalThis.fetch,
    readSecret: () => Promise.resolve('service-token'),
    log: { info: () => undefined, warn: () => undefined },
    dataDir,
  };
  const settings = flagBoardSettingsSchema.parse({ flags: [flag], ...extra });
  const source = await flagBoardConnector.create({ id: 'board', settings }, deps);
  if (!source.flags || !source.board) throw new Error('no board');
  running.push(() => source.close());
  if (folder === undefined) running.push(() => rm(dataDir, { recursive: true, force: true }));
  return { source, flags: source.flags, board: source.board, url: source.board.url, dataDir };
}

afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const one = (url: string, key = 'support_prompt') => `${url}/ofrep/v1/evaluate/flags/${key}`;
const all = (url: string) => `${url}/ofrep/v1/evaluate/flags`;
const context = (targetingKey: string) => ({ context: { targetingKey } });

/** OFREP 0.3.0, written out from its schemas. */
const successSchema = z.strictObject({
  key: z.string(),
  reason: z.enum(['STATIC', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'UNKNOWN']),
  variant: z.string().optional(),
  value: z.unknown().optional(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
const failureSchema = z.strictObject({
  key: z.string(),
  errorCode: z.enum(['PARSE_ERROR', 'TARGETING_KEY_MISSING', 'INVALID_CONTEXT', 'GENERAL']),
  errorDetails: z.string().optional(),
});
const bulkSchema = z.strictObject({
  flags: z.array(successSchema),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  eventStreams: z.array(
    z.strictObject({
      type: z.literal('sse'),
      endpoint: z.strictObject({ requestUri: z.string().startsWith('/') }),
      inactivityDelaySec: z.number().int().min(1),
    }),
  ),
});

describeFlagLever(
  'The flag board',
  async () => {
    const { flags } = await start();
    // Closed by the suite itself, which outlives the first test.
    const stops = running.splice(0);
    return {
      lever: flags,
      target,
      missingTarget: { ...target, key: 'no-such-flag' },
      versions,
      remote: null,
      close: async () => {
        for (const stop of stops) await stop();
      },
    };
  },
  'in this process',
);

describe('evaluating over OFREP', () => {
  it('serves shares by weight, the same key always the same variant', async () => {
    const { url } = await start();
    const seen = new Map<string, string>();
    let candidates = 0;
    for (let index = 0; index < 400; index += 1) {
      const answer = successSchema.parse(await (await post(one(url), context(`user-${index}`))).json());
      expect(answer.reason).toBe('SPLIT');
      expect(answer.value).toBe(answer.variant);
      seen.set(`user-${index}`, answer.variant ?? '');
      if (answer.variant === 'v18') candidates += 1;
    }
    // 5 % of 400, far outside of chance on either side.
    expect(candidates).toBeGreaterThan(4);
    expect(candidates).toBeLessThan(50);
    for (const key of ['user-1', 'user-2', 'user-3'])
      expect(successSchema.parse(await (await post(one(url), context(key))).json()).variant).toBe(
        seen.get(key),
      );
  });

  it('serves the off variant as DISABLED, or no value where the code decides', async () => {
    const { url, board } = await start();
    await board.setFlag({ ...flag, enabled: false }, 'test');
    expect(await (await post(one(url), context('u'))).json()).toMatchObject({
      reason: 'DISABLED',
      variant: 'v17',
      value: 'v17',
    });
    await board.setFlag({ ...flag, enabled: false, offVariant: null }, 'test');
    const answer = (await (await post(one(url), context('u'))).json()) as Record<string, unknown>;
    expect(successSchema.parse(answer).reason).toBe('DISABLED');
    expect('value' in answer).toBe(false);
  });

  it('is STATIC with everything on one variant', async () => {
    const { url, board } = await start();
    await board.setFlag(
      {
        ...flag,
        variants: flag.variants.map((variant, index) => ({ ...variant, weight: index === 0 ? 10_000 : 0 })),
      },
      'test',
    );
    expect(await (await post(one(url), context('u'))).json()).toMatchObject({
      reason: 'STATIC',
      variant: 'v17',
    });
  });

  it('answers errors as the protocol says', async () => {
    const { url } = await start();
    const missing = await post(one(url, 'nope'), context('u'));
    expect(missing.status).toBe(404);
    expect(await missing.json()).toMatchObject({ key: 'nope', errorCode: 'FLAG_NOT_FOUND' });
    for (const [body, errorCode] of [
      ['{broken', 'PARSE_ERROR'],
      [{}, 'INVALID_CONTEXT'],
      [{ context: {} }, 'TARGETING_KEY_MISSING'],
      [{ context: { targetingKey: 7 } }, 'TARGETING_KEY_MISSING'],
    ] as const) {
      const answer = await post(one(url), body);
      expect(answer.status).toBe(400);
      expect(failureSchema.parse(await answer.json()).errorCode).toBe(errorCode);
      const bulk = await post(all(url), body);
      expect(bulk.status).toBe(400);
      expect(await bulk.json()).toMatchObject({ errorCode });
    }
    expect((await post(one(url), { context: { targetingKey: 'x'.repeat(300_000) } })).status).toBe(413);
  });

  it('answers all flags at once, with an ETag that holds until something changes', async () => {
    const { url, board } = await start();
    const first = await post(all(url), context('u'));
    const etag = first.headers.get('etag') ?? '';
    expect(bulkSchema.parse(await first.json()).flags).toHaveLength(1);
    const second = await post(all(url), context('u'), { 'if-none-match': etag });
    expect(second.status).toBe(304);
    expect(await second.text()).toBe('');
    expect((await post(all(url), context('other'), { 'if-none-match': etag })).status).toBe(200);
    await board.setFlag({ ...flag, enabled: false }, 'test');
    expect((await post(all(url), context('u'), { 'if-none-match': etag })).status).toBe(200);
  });

  it('keeps environments apart by the prefix of the address', async () => {
    const { url, board } = await start();
    await board.ensureFlag({ ...flag, environment: 'staging', enabled: false });
    expect(await (await post(one(`${url}/environments/staging`), context('u'))).json()).toMatchObject({
      reason: 'DISABLED',
    });
    expect(await (await post(one(url), context('u'))).json()).toMatchObject({ reason: 'SPLIT' });
    expect((await post(one(`${url}/environments/nowhere`), context('u'))).status).toBe(404);
  });

  it('tells listeners that something changed', async () => {
    const { url, board } = await start();
    const { eventStreams } = bulkSchema.parse(await (await post(all(url), context('u'))).json());
    const stop = new AbortController();
    const stream = await fetch(url + eventStreams[0]!.endpoint.requestUri, { signal: stop.signal });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const readUntil = async (wanted: string) => {
      while (!text.includes(wanted)) text += (await reader.read()).value ?? '';
    };
    await readUntil('keep-alive');
    await board.setFlag({ ...flag, enabled: false }, 'test');
    await readUntil('\n\n');
    await readUntil('refetchEvaluation');
    const data = /^data: ?(.+)$/m.exec(text)?.[1] ?? '';
    expect(text).toMatch(/^event: ?message$/m);
    expect(JSON.parse(data)).toEqual({
      type: 'refetchEvaluation',
      etag: expect.any(String) as string,
      lastModified: expect.any(Number) as number,
    });
    stop.abort();
  });

  it('asks for its token, as Bearer or X-API-Key, and a ticket opens the stream alone', async () => {
    const { url } = await start({ token: { env: 'BOARD_TOKEN' } });
    expect((await post(one(url), context('u'))).status).toBe(401);
    expect((await post(one(url), context('u'), { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await post(one(url), context('u'), { 'x-api-key': 'service-token' })).status).toBe(200);
    const bulk = await post(all(url), context('u'), { authorization: 'Bearer service-token' });
    const text = await bulk.text();
    expect(text).not.toContain('service-token');
    const uri = bulkSchema.parse(JSON.parse(text)).eventStreams[0]!.endpoint.requestUri;
    const stop = new AbortController();
    expect((await fetch(url + uri, { signal: stop.signal })).status).toBe(200);
    stop.abort();
    expect((await fetch(url + uri.replace('production', 'staging'))).status).toBe(401);
    const ticket = new URL(url + uri).search;
    expect((await post(`${one(url)}${ticket}`, context('u'))).status).toBe(401);
  });

  it('refuses a foreign Host and every browser', async () => {
    const { url } = await start();
    const status = (headers: Record<string, string>) =>
      new Promise<number>((resolve, reject) => {
        const request = httpRequest(one(url), { method: 'POST', headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        request.on('error', reject);
        request.end(JSON.stringify(context('u')));
      });
    expect(await status({})).toBe(200);
    expect(await status({ host: 'rebound.example' })).toBe(403);
    expect(await status({ host: '127.0.0.1' })).toBe(403);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
  });
});

describe('the store of the board', () => {
  it('keeps flags, revisions and events over a restart', async () => {
    const { flags, source, dataDir } = await start();
    const before = await flags.read(target, versions);
    await flags.write(target, versions, requestFor(before, { kind: 'serve-control', version: 'v17' }));
    await source.close();
    const again = await start({}, dataDir);
    const now = await again.flags.read(target, versions);
    expect(now.state).toMatchObject({ isOn: false, revision: '2', lastChangedBy: 'fusebox' });
    const changes = await again.flags.events(target, { fromMs: 0, toMs: Date.now() + 1000 });
    expect(changes.map((change) => change.text)).toEqual([
      'support_prompt: turned off (conformance)',
      'support_prompt: created, on, v17 95 %, v18 5 % (first seen)',
    ]);
  });

  it('applies an operation id once', async () => {
    const { flags, board } = await start();
    const before = await flags.read(target, versions);
    const request = requestFor(before, { kind: 'serve-control', version: 'v17' });
    await flags.write(target, versions, request);
    await board.setFlag(flag, 'somebody');
    expect(await flags.write(target, versions, request)).toMatchObject({ kind: 'accepted' });
    expect(board.flag('support_prompt', 'production')?.enabled).toBe(true);
  });

  it('lets exactly one of many writers of the same revision through', async () => {
    const { flags } = await start();
    const before = await flags.read(target, versions);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        flags.write(
          target,
          versions,
          requestFor(before, { kind: 'set-share', version: 'v18', share01: 0.1 + index / 100 }),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.kind === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.kind === 'refused')).toHaveLength(9);
  });

  it('leaves a damaged file as it is and says so', async () => {
    const { source, dataDir } = await start();
    await source.close();
    const path = join(dataDir, 'flags.json');
    await writeFile(path, '{"format":1,"flags":[');
    await expect(start({}, dataDir)).rejects.toMatchObject({ name: 'SourceError' });
    expect(await readFile(path, 'utf8')).toBe('{"format":1,"flags":[');
  });

  it('leaves existing flags alone when it starts, and takes a set flag whole', async () => {
    const { source, board, dataDir } = await start();
    await board.setFlag({ ...flag, enabled: false }, 'somebody');
    await source.close();
    const again = await start({}, dataDir);
    expect(again.board.flag('support_prompt', 'production')?.enabled).toBe(false);
    await again.board.setFlag(flag, 'somebody');
    expect(again.board.flag('support_prompt', 'production')).toEqual(flag);
  });

  it('refuses weights that do not add up', async () => {
    const { board } = await start();
    await expect(
      board.setFlag({ ...flag, variants: [{ name: 'v17', value: 'v17', weight: 9000 }] }, 'somebody'),
    ).rejects.toThrow(/add up to 9000/);
    expect(flagBoardSettingsSchema.safeParse({ flags: [{ ...flag, offVariant: 'v16' }] }).success).toBe(
      false,
    );
  });

  it('says when its port is taken', async () => {
    const { url } = await start();
    await expect(start({ port: Number(new URL(url).port) })).rejects.toMatchObject({
      message: expect.stringContaining('is taken') as string,
    });
  });
});

describe('sticky buckets', () => {
  it('puts known keys on known places', () => {
    // First 8 bytes of SHA-256("support_prompt:user-1") etc., modulo 10,000; computed with another tool.
    expect(bucketOf('support_prompt', 'user-1')).toBe(2219);
    expect(bucketOf('support_prompt', 'user-2')).toBe(6555);
  });

  it('keeps everybody who had the candidate when its share grows', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        (key, a, b) => {
          const [small, large] = a < b ? [a, b] : [b, a];
          const at = (weight: number) =>
            evaluate(
              {
                ...flag,
                variants: [
                  { name: 'v17', value: 'v17', weight: 10_000 - weight },
                  { name: 'v18', value: 'v18', weight },
                ],
              },
              key,
              1,
            ).variant;
          expect(at(small) !== 'v18' || at(large) === 'v18').toBe(true);
        },
      ),
    );
  });
});
