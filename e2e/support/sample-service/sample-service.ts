import { fileURLToPath } from 'node:url';
import { startServerProcess, waitUntilReady } from '../servers/server-process.ts';
import type { ServiceControl, ServiceState } from './protocol.ts';

export type SampleService = {
  url: string;
  /** `host:port` for Prometheus to scrape; the path is `/metrics`. */
  metricsAddress: string;
  state: () => Promise<ServiceState>;
  beginRegression: () => Promise<void>;
  endRegression: () => Promise<void>;
  setRate: (conversationsPerS: number) => Promise<void>;
  /** Half of the workers (or `count`) stop polling their flag and serve its last value for ever; returns their names. */
  freezeWorkers: (count?: number) => Promise<string[]>;
  /** What restarting them does: they poll again. */
  thawWorkers: () => Promise<void>;
  logTail: () => string;
  stop: () => Promise<void>;
};

export type SampleServiceOptions = {
  unleash: { url: string; backendToken: string };
  flag: string;
  /** Base of the OTLP/HTTP receiver, without `/v1/…`. */
  otlpEndpoint: string;
  otlpProtocol?: 'http/protobuf' | 'http/json';
  /** `name=value,name=value`, sent with every export. */
  otlpHeaders?: string;
  control?: string;
  candidate?: string;
  /** Default 4. */
  workers?: number;
  /** Default 40 over all workers. */
  conversationsPerS?: number;
  refreshMs?: number;
  feedbackDelayMs?: number;
  seed?: number;
  /** Port of its own HTTP server (metrics, control); any free one by default. */
  port?: number;
};

const SERVICE = fileURLToPath(new URL('service.ts', import.meta.url));

/** Starts the support-agent service as a process of its own and waits until every worker has read its flag. */
export async function startSampleService(options: SampleServiceOptions): Promise<SampleService> {
  const optional = (name: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  const server = await startServerProcess({
    name: 'The sample service',
    command: process.execPath,
    args: [
      SERVICE,
      `--unleash-url=${options.unleash.url}`,
      `--unleash-token=${options.unleash.backendToken}`,
      `--flag=${options.flag}`,
      `--otlp-endpoint=${options.otlpEndpoint}`,
      ...optional('otlp-protocol', options.otlpProtocol),
      ...optional('otlp-headers', options.otlpHeaders),
      ...optional('control', options.control),
      ...optional('candidate', options.candidate),
      ...optional('workers', options.workers),
      ...optional('rate', options.conversationsPerS),
      ...optional('refresh-ms', options.refreshMs),
      ...optional('feedback-delay-ms', options.feedbackDelayMs),
      ...optional('seed', options.seed),
      ...optional('port', options.port),
    ],
  });
  let announced: string | undefined;
  server.onStdoutLine((line) => {
    if (line.startsWith('{')) announced = (JSON.parse(line) as { url: string }).url;
  });
  await waitUntilReady(server, 'The sample service', () => Promise.resolve(announced !== undefined), 60_000);
  const url = announced ?? '';
  const control = (body: ServiceControl): Promise<ServiceState> => ask(`${url}/control`, body);
  return {
    url,
    metricsAddress: new URL(url).host,
    state: () => ask(`${url}/state`),
    beginRegression: async () => void (await control({ regression: true })),
    endRegression: async () => void (await control({ regression: false })),
    setRate: async (conversationsPerS) => void (await control({ conversationsPerS })),
    freezeWorkers: async (count) => {
      const total = (await ask(`${url}/state`)).workers.length;
      const after = await control({ freezeWorkers: count ?? Math.floor(total / 2) });
      return after.workers.filter((one) => one.isFrozen).map((one) => one.worker);
    },
    thawWorkers: async () => void (await control({ thaw: true })),
    logTail: server.logTail,
    stop: () => server.stop('SIGTERM', 5_000),
  };
}

async function ask(url: string, body?: ServiceControl): Promise<ServiceState> {
  const response = await fetch(url, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok)
    throw new Error(`the sample service answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as ServiceState;
}
