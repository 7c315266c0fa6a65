import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs/minimal.js';
import { afterEach, describe, expect, it } from 'vitest';
import { telemetrySettingsSchema, type TelemetrySettings } from '#shared/model/workspace.ts';
import { createClock } from '../clock.ts';
import { createFakeClock } from '../fake-clock.ts';
import { openTelemetry, type Telemetry } from './index.ts';
import {
  type FixtureLog,
  hexId,
  logsJson,
  logsProtobuf,
  tracesJson,
  tracesProtobuf,
} from './otlp-fixtures.ts';
import { createReceiver, type Receiver, type ReceiverLimits } from './receiver.ts';
import type { Mapped } from './rows.ts';
import { StoreUnavailable } from './store.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function openReal(
  overrides: Partial<TelemetrySettings> = {},
  token: string | null = null,
): Promise<Telemetry & { url: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-receiver-'));
  const settings = telemetrySettingsSchema.parse({ port: 0, ...overrides });
  const telemetry = await openTelemetry({ dataDir, settings, clock: createClock(), log: quiet, token });
  cleanUps.push(() => rm(dataDir, { recursive: true, force: true }));
  cleanUps.push(() => telemetry.close());
  await telemetry.receiver.start();
  return { ...telemetry, url: telemetry.receiver.url()! };
}

/** A receiver over a store that only remembers, for the rules of the door. */
async function openDoor(
  input: {
    limits?: Partial<ReceiverLimits>;
    token?: string;
    queuedRows?: () => number;
    submit?: (rows: Mapped) => Promise<never>;
  } = {},
): Promise<Receiver & { base: string; stored: Mapped[] }> {
  const stored: Mapped[] = [];
  const receiver = createReceiver({
    store: {
      submit: (rows) => {
        stored.push(rows);
        return input.submit?.(rows) ?? Promise.resolve({ spans: 0, feedback: 0, points: 0, duplicates: 0 });
      },
      queuedRows: input.queuedRows ?? (() => 0),
    },
    settings: telemetrySettingsSchema.parse({ port: 0 }),
    token: input.token ?? null,
    clock: createFakeClock(),
    log: quiet,
    limits: input.limits ?? {},
  });
  await receiver.start();
  cleanUps.push(() => receiver.stop());
  return { ...receiver, base: receiver.url()!, stored };
}

async function post(
  url: string,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<{ status: number; headers: Headers; body: Buffer }> {
  const response = await fetch(url, { method: 'POST', body: new Uint8Array(body), headers });
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(await response.arrayBuffer()),
  };
}

/** google.rpc.Status off the wire. */
function statusOf(body: Buffer): { code: number; message: string } {
  const reader = protobuf.Reader.create(body);
  const status = { code: 0, message: '' };
  while (reader.pos < reader.len) {
    const field = reader.uint32() >>> 3;
    if (field === 1) status.code = reader.int32();
    else status.message = reader.string();
  }
  return status;
}

const baseMs = createFakeClock().nowMs();

function spans(count: number, atMs: number) {
  return Array.from({ length: count }, (_, index) => ({
    traceId: hexId(index + 1, 16),
    spanId: hexId(index + 1, 8),
    startMs: atMs + index,
    attributes: { 'gen_ai.prompt.name': 'support', 'gen_ai.prompt.version': 'v17' },
  }));
}

describe('what arrives', () => {
  const resource = { 'service.instance.id': 'worker-3', ignored: 'x' };
  const some = [
    {
      ...spans(1, baseMs)[0]!,
      endMs: baseMs + 1234.5678,
      error: 'no greeting',
      attributes: {
        'gen_ai.prompt.name': 'support',
        'gen_ai.prompt.version': 18,
        'prompt.sha': 'deadbeef',
        'gen_ai.conversation.id': 'c-1',
        'gen_ai.input.messages': [{ role: 'user', parts: ['héllo', 1.5, true, null] }],
        'user.csat': 55.5,
        'safety.tripped': true,
        unrelated: { deep: [1, 2, { three: 'x' }] },
      },
      events: [
        {
          name: 'gen_ai.evaluation.result',
          atMs: baseMs + 10,
          attributes: { 'gen_ai.evaluation.name': 'complaint', 'gen_ai.evaluation.score.label': 'fail' },
        },
      ],
    },
  ];
  const logs: FixtureLog[] = [
    {
      atMs: baseMs,
      traceId: hexId(1, 16),
      attributes: { 'gen_ai.evaluation.name': 'csat', 'gen_ai.evaluation.score.value': 4 },
    },
    { atMs: baseMs, eventName: 'other', attributes: {} },
  ];

  it('means the same in protobuf and in JSON, plain and gzipped', async () => {
    const door = await openDoor();
    for (const pack of [(body: Buffer) => body, gzipSync]) {
      const encoding: Record<string, string> = pack === gzipSync ? { 'content-encoding': 'gzip' } : {};
      for (const [path, json, binary] of [
        ['/v1/traces', tracesJson(resource, some), tracesProtobuf(resource, some)],
        ['/v1/logs', logsJson(resource, logs), logsProtobuf(resource, logs)],
      ] as const) {
        door.stored.length = 0;
        const asJson = await post(door.base + path, pack(json), {
          'content-type': `${JSON_TYPE}; charset=utf-8`,
          ...encoding,
        });
        const asProtobuf = await post(door.base + path, pack(binary), {
          'content-type': PROTOBUF_TYPE,
          ...encoding,
        });
        expect([asJson.status, asJson.body.toString()]).toEqual([200, '{}']);
        expect([asProtobuf.status, asProtobuf.body.length]).toEqual([200, 0]);
        expect(door.stored).toHaveLength(2);
        expect(door.stored[0]).toEqual(door.stored[1]);
      }
    }
    expect(door.stored[0]?.feedback[0]).toMatchObject({ signal: 'csat', csat: 4 });
    expect(door.stored[0]?.unattributed).toBe(1);
  });

  it('maps a span with everything on it', async () => {
    const door = await openDoor();
    await post(`${door.base}/v1/traces`, tracesProtobuf(resource, some), { 'content-type': PROTOBUF_TYPE });
    expect(door.stored[0]?.spans[0]).toMatchObject({
      prompt: 'support',
      version: '18',
      sha: 'deadbeef',
      cohort: '(none)',
      worker: 'worker-3',
      conversation: 'c-1',
      startMs: baseMs,
      endMs: baseMs + 1234,
      isError: true,
      error: 'no greeting',
      downstream: true,
      safety: true,
      complaint: false,
      csat: 55.5,
      input: '[{"role":"user","parts":["héllo",1.5,true,null]}]',
      output: null,
    });
    expect(door.stored[0]?.feedback[0]).toMatchObject({
      signal: 'complaints',
      isEvent: true,
      prompt: 'support',
    });
  });

  it('keeps every whole millisecond as it is', async () => {
    const door = await openDoor();
    const times = Array.from({ length: 2000 }, (_, index) => baseMs + index * 37);
    const many = times.map((startMs, index) => ({ ...spans(1, startMs)[0]!, spanId: hexId(index + 1, 8) }));
    await post(`${door.base}/v1/traces`, tracesProtobuf({}, many), { 'content-type': PROTOBUF_TYPE });
    await post(`${door.base}/v1/traces`, tracesJson({}, many), { 'content-type': JSON_TYPE });
    for (const rows of door.stored) expect(rows.spans.map(({ startMs }) => startMs)).toEqual(times);
  });

  it('takes an empty request, and unknown fields', async () => {
    const door = await openDoor();
    expect(
      (await post(`${door.base}/v1/traces`, Buffer.alloc(0), { 'content-type': PROTOBUF_TYPE })).status,
    ).toBe(200);
    const unknown = Buffer.from('{"resourceSpans":[{"schemaUrl":"x","later":{"a":1}}],"more":true}');
    expect((await post(`${door.base}/v1/traces`, unknown, { 'content-type': JSON_TYPE })).status).toBe(200);
  });

  it('keeps the numbers of metrics', async () => {
    const door = await openDoor();
    const point = {
      timeUnixNano: `${baseMs}000000`,
      attributes: [{ key: 'k', value: { stringValue: 'v' } }],
    };
    const body = {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: 'requests', sum: { dataPoints: [{ ...point, asInt: '7' }] } },
                { name: 'load', gauge: { dataPoints: [{ ...point, asDouble: 0.5 }] } },
                { name: 'latency', histogram: { dataPoints: [{ ...point, count: '3', sum: 12.5 }] } },
                { name: '', sum: { dataPoints: [{ ...point, asInt: 1 }] } },
              ],
            },
          ],
        },
      ],
    };
    const answer = await post(`${door.base}/v1/metrics`, Buffer.from(JSON.stringify(body)), {
      'content-type': JSON_TYPE,
    });
    expect(JSON.parse(answer.body.toString())).toEqual({
      partialSuccess: { rejectedDataPoints: '1', errorMessage: 'a data point without a metric name' },
    });
    expect(door.stored[0]?.points.map(({ metric, value }) => [metric, value])).toEqual([
      ['requests', 7],
      ['load', 0.5],
      ['latency.count', 3],
      ['latency.sum', 12.5],
    ]);
  });

  it('says which spans it rejected and keeps the others', async () => {
    const door = await openDoor();
    const [good] = spans(1, baseMs);
    const bad = [
      { ...good!, traceId: '00'.repeat(16) },
      { ...good!, spanId: 'abcd' },
      { ...good!, startMs: baseMs - 30 * 24 * 3600_000 },
      { ...good!, startMs: baseMs + 40 * 24 * 3600_000 },
    ];
    const json = await post(`${door.base}/v1/traces`, tracesJson({}, [good!, ...bad]), {
      'content-type': JSON_TYPE,
    });
    expect(JSON.parse(json.body.toString())).toMatchObject({ partialSuccess: { rejectedSpans: '4' } });
    const binary = await post(`${door.base}/v1/traces`, tracesProtobuf({}, [good!, ...bad]), {
      'content-type': PROTOBUF_TYPE,
    });
    const reader = protobuf.Reader.create(binary.body);
    expect(reader.uint32()).toBe(10);
    reader.uint32();
    expect([reader.uint32(), reader.int32()]).toEqual([8, 4]);
    expect(door.stored.map((rows) => rows.spans.length)).toEqual([1, 1]);
    expect(door.counters().rejected).toBe(8);
  });
});

describe('what is refused', () => {
  it('answers malformed bodies with 400 and a status in the same encoding', async () => {
    const door = await openDoor();
    const url = `${door.base}/v1/traces`;
    const truncated = tracesProtobuf({}, spans(3, baseMs)).subarray(0, -5);
    for (const body of [truncated, Buffer.from('not protobuf at all'), Buffer.from([0x0b, 0x0b, 0x0b])]) {
      const answer = await post(url, body, { 'content-type': PROTOBUF_TYPE });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe(PROTOBUF_TYPE);
      expect(statusOf(answer.body).code).toBe(3);
    }
    for (const body of [
      '{',
      '[]',
      '{"resourceSpans":{}}',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":5}]}]}]}',
    ]) {
      const answer = await post(url, Buffer.from(body), { 'content-type': JSON_TYPE });
      expect([body, answer.status]).toEqual([body, 400]);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 3 });
    }
    const fake = await post(url, Buffer.from('no gzip'), {
      'content-type': JSON_TYPE,
      'content-encoding': 'gzip',
    });
    expect(fake.status).toBe(400);
    expect(door.stored).toHaveLength(0);
  });

  it('survives any bytes', async () => {
    const door = await openDoor();
    const good = tracesProtobuf({ a: [1, { b: 'c' }] }, spans(3, baseMs));
    for (let index = 0; index < good.length; index += 3) {
      const broken = Buffer.from(good);
      broken[index] = (broken[index]! + 97) % 256;
      const answer = await post(`${door.base}/v1/traces`, broken, { 'content-type': PROTOBUF_TYPE });
      expect([200, 400]).toContain(answer.status);
    }
  });

  it('refuses values nested without end', async () => {
    const door = await openDoor();
    let value: object = { stringValue: 'x' };
    for (let depth = 0; depth < 200; depth += 1) value = { arrayValue: { values: [value] } };
    const body = { resourceSpans: [{ resource: { attributes: [{ key: 'input.value', value }] } }] };
    const answer = await post(`${door.base}/v1/traces`, Buffer.from(JSON.stringify(body)), {
      'content-type': JSON_TYPE,
    });
    expect(answer.status).toBe(400);
  });

  it('answers 413 to a body over the limit, counted after unpacking', async () => {
    const door = await openDoor({ limits: { bodyBytes: 10_000 } });
    const url = `${door.base}/v1/logs`;
    const bomb = gzipSync(Buffer.alloc(20_000_000, 32));
    expect(bomb.length).toBeGreaterThan(10_000);
    expect((await post(url, Buffer.alloc(10_001, 32), { 'content-type': JSON_TYPE })).status).toBe(413);
    expect(
      (await post(url, bomb, { 'content-type': PROTOBUF_TYPE, 'content-encoding': 'gzip' })).status,
    ).toBe(413);
    const small = gzipSync(Buffer.alloc(1_000_000, 32));
    expect(small.length).toBeLessThan(10_000);
    const answer = await post(url, small, { 'content-type': PROTOBUF_TYPE, 'content-encoding': 'gzip' });
    expect(answer.status).toBe(413);
    expect(statusOf(answer.body).code).toBe(8);
    // A trailer that lies about the size.
    const lying = Buffer.from(small);
    lying.writeUInt32LE(5, lying.length - 4);
    expect((await post(url, lying, { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' })).status).toBe(
      413,
    );
  });

  it('answers 404, 405, 415 and 403', async () => {
    const door = await openDoor();
    const url = `${door.base}/v1/traces`;
    const body = Buffer.from('{}');
    expect((await post(`${door.base}/v1/other`, body, { 'content-type': JSON_TYPE })).status).toBe(404);
    const got = await fetch(url);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await post(url, body, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(url, body, { 'content-type': JSON_TYPE, 'content-encoding': 'br' })).status).toBe(415);
    const fromPage = await post(url, body, { 'content-type': JSON_TYPE, origin: 'http://127.0.0.1:9' });
    expect(fromPage.status).toBe(403);
    expect(fromPage.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://example.com' } });
    expect(preflight.status).toBe(403);
  });

  it('asks for the token when there is one', async () => {
    const door = await openDoor({ token: 'secret-token' });
    const send = (headers: Record<string, string>) =>
      post(`${door.base}/v1/traces`, Buffer.from('{}'), { 'content-type': JSON_TYPE, ...headers });
    expect((await send({})).status).toBe(401);
    expect((await send({ authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await send({ authorization: 'Bearer secret-token' })).status).toBe(200);
    expect((await send({ 'x-fusebox-token': 'secret-token' })).status).toBe(200);
  });

  it('asks senders to come back while the writer is behind, and when it cannot write', async () => {
    let queued = 1_000_000;
    const door = await openDoor({
      queuedRows: () => queued,
      submit: () => Promise.reject(new StoreUnavailable(new Error('No space left on device'))),
    });
    const send = () =>
      post(`${door.base}/v1/traces`, tracesProtobuf({}, spans(1, baseMs)), { 'content-type': PROTOBUF_TYPE });
    const behind = await send();
    expect([behind.status, behind.headers.get('retry-after')]).toEqual([429, '1']);
    queued = 0;
    const full = await send();
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '5']);
    expect(statusOf(full.body).code).toBe(14);
  });

  it('cuts off a sender that dawdles over its headers', async () => {
    const door = await openDoor({ limits: { headersMs: 200, requestMs: 400 } });
    const { hostname, port } = new URL(door.base);
    const socket = connect(Number(port), hostname);
    socket.write('POST /v1/traces HTTP/1.1\r\nHost: x\r\n');
    const closed = await new Promise((resolve) => socket.on('close', () => resolve('closed')).resume());
    expect(closed).toBe('closed');
  });

  it('names the port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => new Promise((resolve) => other.close(resolve)));
    const { port } = other.address() as { port: number };
    const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-port-'));
    cleanUps.push(() => rm(dataDir, { recursive: true, force: true }));
    const settings = telemetrySettingsSchema.parse({ port });
    const telemetry = await openTelemetry({
      dataDir,
      settings,
      clock: createFakeClock(),
      log: quiet,
      token: null,
    });
    cleanUps.push(() => telemetry.close());
    await expect(telemetry.receiver.start()).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken`);
    expect(telemetry.receiver.problem()).toContain(String(port));
    expect(telemetry.receiver.url()).toBeNull();
    expect(await telemetry.reader.dataUpToMs(null)).toBeNull();
  });
});

describe('all the way into the store', () => {
  it('counts what a request brought and announces it', async () => {
    const telemetry = await openReal();
    const nowMs = Date.now();
    const seen: number[] = [];
    telemetry.onData((dataUpToMs) => seen.push(dataUpToMs));
    const body = tracesProtobuf({}, [...spans(20, nowMs - 1000), ...spans(20, nowMs - 1000)]);
    const sent = await Promise.all(
      Array.from({ length: 5 }, () =>
        post(`${telemetry.url}/v1/traces`, body, { 'content-type': PROTOBUF_TYPE }),
      ),
    );
    expect(sent.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(telemetry.receiver.counters()).toMatchObject({
      spans: 20,
      duplicates: 180,
      requests: 5,
      rejected: 0,
    });
    const [count] = await telemetry.reader.counts({
      prompt: 'support',
      window: { fromMs: nowMs - 60_000, toMs: nowMs + 60_000 },
    });
    expect(count?.conversations).toBe(20);
    await expect.poll(() => seen.at(-1)).toBe(nowMs - 1000 + 19);
  });

  it('takes a body in many small pieces', async () => {
    const telemetry = await openReal();
    const body = gzipSync(tracesProtobuf({}, spans(50, Date.now())));
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(`${telemetry.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': PROTOBUF_TYPE, 'content-encoding': 'gzip' },
      });
      request.on('response', (response) => resolve(response.statusCode)).on('error', reject);
      for (let from = 0; from < body.length; from += 100) request.write(body.subarray(from, from + 100));
      request.end();
    });
    expect(status).toBe(200);
    expect(telemetry.receiver.counters().spans).toBe(50);
  });
});
