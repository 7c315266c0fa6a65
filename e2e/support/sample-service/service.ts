import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createMetrics } from './metrics.ts';
import type { ServiceControl, ServiceState, WorkerOrder, WorkerReport, WorkerSettings } from './protocol.ts';

// A small support-agent service. Run: node service.ts --unleash-url U --unleash-token T --flag F --otlp-endpoint O
// Prints one line of JSON with its address when every worker is ready; ends on SIGTERM.

const { values } = parseArgs({
  options: {
    'unleash-url': { type: 'string' },
    'unleash-token': { type: 'string' },
    flag: { type: 'string' },
    'otlp-endpoint': { type: 'string' },
    'otlp-protocol': { type: 'string', default: 'http/protobuf' },
    'otlp-headers': { type: 'string', default: '' },
    control: { type: 'string', default: 'v17' },
    candidate: { type: 'string', default: 'v18' },
    workers: { type: 'string', default: '4' },
    rate: { type: 'string', default: '40' },
    'refresh-ms': { type: 'string', default: '500' },
    'feedback-delay-ms': { type: 'string', default: '1500' },
    seed: { type: 'string', default: '1' },
    port: { type: 'string', default: '0' },
    regressed: { type: 'boolean', default: false },
  },
});

function required(name: 'unleash-url' | 'unleash-token' | 'flag' | 'otlp-endpoint'): string {
  const value = values[name];
  if (value === undefined) throw new Error(`--${name} is missing`);
  return value;
}

type RunningWorker = {
  worker: string;
  thread: Worker;
  isFrozen: boolean;
  lastVersion: string | null;
  conversations: number;
};

let isRegressed = values.regressed;
let conversationsPerS = Number(values.rate);
const names = Array.from({ length: Number(values.workers) }, (_, index) => `worker-${index + 1}`);
const metrics = createMetrics(names, [values.control, values.candidate]);

function startWorker(worker: string, index: number): RunningWorker {
  const settings: WorkerSettings = {
    worker,
    seed: Number(values.seed) * 1_000 + index,
    unleashUrl: required('unleash-url'),
    unleashToken: required('unleash-token'),
    flag: required('flag'),
    control: values.control,
    candidate: values.candidate,
    refreshMs: Number(values['refresh-ms']),
    feedbackDelayMs: Number(values['feedback-delay-ms']),
    conversationsPerS: conversationsPerS / names.length,
  };
  const thread = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: settings,
    env: {
      ...process.env,
      OTEL_SERVICE_NAME: 'support-agent',
      OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${worker}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: required('otlp-endpoint'),
      OTEL_EXPORTER_OTLP_PROTOCOL: values['otlp-protocol'],
      OTEL_EXPORTER_OTLP_HEADERS: values['otlp-headers'],
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '500',
      OTEL_BLRP_SCHEDULE_DELAY: '500',
    },
  });
  const running: RunningWorker = { worker, thread, isFrozen: false, lastVersion: null, conversations: 0 };
  thread.on('message', (report: WorkerReport) => {
    if (report.kind !== 'conversation' && report.kind !== 'feedback') return;
    metrics.count(report);
    if (report.kind === 'conversation') {
      running.lastVersion = report.version;
      running.conversations += 1;
    }
  });
  thread.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
  return running;
}

function reported(running: RunningWorker, kind: WorkerReport['kind']): Promise<void> {
  return new Promise((resolve) => {
    running.thread.on('message', (report: WorkerReport) => {
      if (report.kind === kind) resolve();
    });
  });
}

const order = (running: RunningWorker, message: WorkerOrder): void => running.thread.postMessage(message);

function applyControl(control: ServiceControl): void {
  if (control.regression !== undefined) {
    isRegressed = control.regression;
    for (const one of workers) order(one, { kind: 'regression', isOn: isRegressed });
  }
  if (control.conversationsPerS !== undefined) {
    conversationsPerS = control.conversationsPerS;
    for (const one of workers)
      order(one, { kind: 'rate', conversationsPerS: conversationsPerS / workers.length });
  }
  if (control.thaw === true) {
    for (const one of workers.filter((worker) => worker.isFrozen)) {
      order(one, { kind: 'thaw flag cache' });
      one.isFrozen = false;
    }
  }
  for (const one of workers.slice(workers.length - (control.freezeWorkers ?? 0))) {
    if (!one.isFrozen) order(one, { kind: 'freeze flag cache' });
    one.isFrozen = true;
  }
}

function state(): ServiceState {
  return {
    isRegressed,
    conversationsPerS,
    workers: workers.map(({ worker, isFrozen, lastVersion, conversations }) => ({
      worker,
      isFrozen,
      lastVersion,
      conversations,
    })),
  };
}

async function bodyOf(request: IncomingMessage): Promise<ServiceControl> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as ServiceControl;
}

type Answer = { status: number; type: string; body: string };
const json = (body: unknown): Answer => ({
  status: 200,
  type: 'application/json',
  body: JSON.stringify(body),
});

async function answer(request: IncomingMessage): Promise<Answer> {
  const route = `${request.method} ${request.url}`;
  if (route === 'GET /metrics')
    return { status: 200, type: metrics.contentType, body: await metrics.render() };
  if (route === 'GET /state') return json(state());
  if (route === 'POST /control') {
    applyControl(await bodyOf(request));
    return json(state());
  }
  return { status: 404, type: 'text/plain', body: `no such route: ${route}` };
}

const workers = names.map(startWorker);
await Promise.all(workers.map((one) => reported(one, 'ready')));
if (isRegressed) applyControl({ regression: true });

const server = createServer((request, response) => {
  answer(request)
    .catch((error: unknown): Answer => ({ status: 400, type: 'text/plain', body: String(error) }))
    .then(({ status, type, body }) => response.writeHead(status, { 'content-type': type }).end(body))
    .catch((error: unknown) => console.error(error));
});
server.listen(Number(values.port), '127.0.0.1');
await once(server, 'listening');
console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));

process.once('SIGTERM', () => {
  const stopped = workers.map((one) => reported(one, 'stopped'));
  for (const one of workers) order(one, { kind: 'stop' });
  // A collector that does not answer must not keep the service alive.
  const limit = new Promise<void>((resolve) => setTimeout(resolve, 2_000));
  Promise.race([Promise.all(stopped), limit]).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
