import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { telemetrySettingsSchema } from '#shared/model/workspace.ts';
import { createClock } from '../clock.ts';
import { openTelemetry } from './index.ts';
import { hexId, tracesProtobuf } from './otlp-fixtures.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const root = join(import.meta.dirname, '..', '..', '..');
const cleanUps: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-process-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function run(script: string, env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUps.push(() => Promise.resolve(child.kill('SIGKILL')));
  return child;
}

/** An engine's ingest in a process of its own; prints its address. */
const INGEST = `
  import { telemetrySettingsSchema } from '#shared/model/workspace.ts';
  import { createClock } from '#engine/clock.ts';
  import { openTelemetry } from '#engine/telemetry/index.ts';
  const log = { info() {}, warn: console.error, error: console.error };
  const telemetry = await openTelemetry({
    dataDir: process.env.DATA_DIR, settings: telemetrySettingsSchema.parse({ port: 0 }), clock: createClock(), log, token: null,
  });
  await telemetry.receiver.start();
  console.log(telemetry.receiver.url());
`;

describe('a process that is killed', () => {
  it('keeps every span it acknowledged, and does not count those sent again twice', async () => {
    const dataDir = await temporaryFolder();
    const acknowledged = new Set<number>();
    let nextId = 1;
    let nowMs = 0;
    for (const killAfter of [7, 23, 40]) {
      const child = run(INGEST, { DATA_DIR: dataDir });
      const [url] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
      let answers = 0;
      const sender = async () => {
        for (;;) {
          const ids = Array.from({ length: 40 }, () => nextId++);
          nowMs = Date.now();
          const body = tracesProtobuf(
            {},
            ids.map((id) => ({
              traceId: hexId(id, 16),
              spanId: hexId(id, 8),
              startMs: nowMs,
              attributes: { 'gen_ai.prompt.name': 'p', 'gen_ai.prompt.version': 'v' },
            })),
          );
          try {
            const response = await fetch(`${url}/v1/traces`, {
              method: 'POST',
              headers: { 'content-type': 'application/x-protobuf' },
              body: new Uint8Array(body),
            });
            if (response.status !== 200) return;
          } catch {
            return;
          }
          for (const id of ids) acknowledged.add(id);
          answers += 1;
          if (answers === killAfter) child.kill('SIGKILL');
        }
      };
      await Promise.all([sender(), sender(), sender()]);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
    }

    const settings = telemetrySettingsSchema.parse({ port: 0 });
    const telemetry = await openTelemetry({
      dataDir,
      settings,
      clock: createClock(),
      log: quiet,
      token: null,
    });
    cleanUps.push(() => telemetry.close());
    const window = { fromMs: nowMs - 3600_000, toMs: nowMs + 3600_000 };
    const stored = await telemetry.reader.samples({
      prompt: 'p',
      window,
      version: 'v',
      kind: 'good',
      signal: null,
      limit: 1_000_000,
    });
    const ids = stored.map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(ids.length);
    const kept = new Set(ids);
    expect(acknowledged.size).toBeGreaterThan(70 * 40 - 1);
    expect([...acknowledged].filter((id) => !kept.has(hexId(id, 8)))).toEqual([]);
    expect(telemetry.problem).toBeNull();
  }, 120_000);
});

describe('a disk that is full', () => {
  // `ulimit` and `prlimit` are Linux's.
  it.skipIf(process.platform !== 'linux')(
    'is answered with 503, loses nothing acknowledged, and goes on when there is room',
    async () => {
      const dataDir = await temporaryFolder();
      // A limit on file size is a full disk that needs no disk of its own; the signal that comes with it is ignored.
      const limited = `trap '' XFSZ; ulimit -S -f 6000; exec "$0" --input-type=module -e "$1"`;
      const child = spawn('sh', ['-c', limited, process.execPath, INGEST], {
        cwd: root,
        env: { ...process.env, DATA_DIR: dataDir },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      cleanUps.push(() => Promise.resolve(child.kill('SIGKILL')));
      const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      const acknowledged: number[] = [];
      const statuses: number[] = [];
      const nowMs = Date.now();
      const noise = () => Array.from({ length: 400 }, () => Math.random().toString(36)).join('');
      let id = 1;
      const send = async () => {
        const ids = Array.from({ length: 50 }, (_, index) => id + index);
        id += ids.length;
        const body = tracesProtobuf(
          {},
          ids.map((one) => ({
            traceId: hexId(one, 16),
            spanId: hexId(one, 8),
            startMs: nowMs,
            attributes: { 'gen_ai.prompt.name': 'p', 'gen_ai.prompt.version': 'v', 'output.value': noise() },
          })),
        );
        const response = await fetch(`${url}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/x-protobuf' },
          body: new Uint8Array(body),
        });
        statuses.push(response.status);
        if (response.status === 200) acknowledged.push(...ids);
        else expect(response.headers.get('retry-after')).toBe('5');
        return response.status;
      };
      for (let tries = 0; tries < 100 && statuses.filter((status) => status !== 200).length < 3; tries += 1) {
        await send();
      }
      expect(new Set(statuses)).toEqual(new Set([200, 503]));
      expect(child.exitCode).toBeNull();
      await promisify(execFile)('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
      expect(await send()).toBe(200);
      child.kill('SIGKILL');
      await once(child, 'exit');

      const settings = telemetrySettingsSchema.parse({ port: 0 });
      const telemetry = await openTelemetry({
        dataDir,
        settings,
        clock: createClock(),
        log: quiet,
        token: null,
      });
      cleanUps.push(() => telemetry.close());
      expect(telemetry.problem).toBeNull();
      const stored = await telemetry.reader.samples({
        prompt: 'p',
        window: { fromMs: nowMs - 1, toMs: nowMs + 1 },
        version: 'v',
        kind: 'good',
        signal: null,
        limit: 10_000,
      });
      const kept = new Set(stored.map(({ spanId }) => spanId));
      expect(acknowledged.filter((id) => !kept.has(hexId(id, 8)))).toEqual([]);
    },
    120_000,
  );
});

/** A service with the official SDK, configured through its environment alone. */
const SERVICE = `
  import { logs, ROOT_CONTEXT, trace } from '@opentelemetry/api';
  import { startNodeSdk } from '@opentelemetry/sdk-node';
  const sdk = startNodeSdk({ logLevel: 'error' });
  const span = trace.getTracer('t').startSpan('chat', { attributes: {
    'gen_ai.prompt.name': 'support', 'gen_ai.prompt.version': 'v18', 'gen_ai.conversation.id': 'c-9', 'tenant.id': 'acme',
    'gen_ai.output.messages': 'hi' } }, ROOT_CONTEXT);
  span.setStatus({ code: 2, message: 'late' });
  span.end();
  logs.getLogger('t').emit({ eventName: 'gen_ai.evaluation.result', timestamp: Date.now(),
    context: trace.setSpanContext(ROOT_CONTEXT, span.spanContext()),
    attributes: { 'gen_ai.evaluation.name': 'csat', 'gen_ai.evaluation.score.value': 25 } });
  await sdk.shutdown();
`;

describe('the official exporters', () => {
  it.each(['http/protobuf', 'http/json'])(
    'arrive over %s with nothing but their endpoint set',
    async (protocol) => {
      const settings = telemetrySettingsSchema.parse({ port: 0 });
      const dataDir = await temporaryFolder();
      const telemetry = await openTelemetry({
        dataDir,
        settings,
        clock: createClock(),
        log: quiet,
        token: 't0ken',
      });
      cleanUps.push(() => telemetry.close());
      await telemetry.receiver.start();
      const service = run(SERVICE, {
        OTEL_EXPORTER_OTLP_ENDPOINT: telemetry.receiver.url()!,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-fusebox-token=t0ken',
        OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=worker-1',
        OTEL_METRICS_EXPORTER: 'none',
      });
      await once(service, 'exit');
      expect(telemetry.receiver.counters()).toMatchObject({ spans: 1, feedback: 1, rejected: 0 });
      const window = { fromMs: Date.now() - 60_000, toMs: Date.now() + 60_000 };
      const [sample] = await telemetry.reader.samples({
        prompt: 'support',
        window,
        version: 'v18',
        kind: 'bad',
        signal: null,
        limit: 5,
      });
      expect(sample).toMatchObject({
        conversation: 'c-9',
        cohort: 'acme',
        worker: 'worker-1',
        output: 'hi',
        error: 'late',
        csat: 25,
        flags: ['csat', 'downstream'],
      });
    },
  );
});
