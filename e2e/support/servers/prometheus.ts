import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { answersOk, startServerProcess, waitUntilReady } from './server-process.ts';

const run = promisify(execFile);

export type ScrapeTarget = {
  job: string;
  /** `host:port`. */
  address: string;
  /** Defaults to `/metrics`. */
  path?: string;
};

export type PrometheusServer = {
  url: string;
  logTail: () => string;
  pause: () => void;
  resume: () => void;
  crash: () => Promise<void>;
  /** Runs an instant query; returns the label sets with their values. */
  query: (expression: string) => Promise<{ labels: Record<string, string>; value: number }[]>;
  stop: () => Promise<void>;
};

const binary = (): string => process.env['FUSEBOX_PROMETHEUS'] ?? 'prometheus';

/** Why Prometheus cannot run on this machine; undefined when it can. */
export async function missingPrometheusReason(): Promise<string | undefined> {
  try {
    await run(binary(), ['--version']);
    return undefined;
  } catch {
    return 'Prometheus is not installed (apt-get install prometheus, or set FUSEBOX_PROMETHEUS to the binary)';
  }
}

/** A fresh Prometheus in a temporary directory that scrapes every target each `scrapeIntervalS` seconds (1 by default). */
export async function startPrometheus(options: {
  targets: readonly ScrapeTarget[];
  scrapeIntervalS?: number;
  /** OpenMetrics text with time stamps: what the server finds in its store when it starts. */
  history?: string;
}): Promise<PrometheusServer> {
  const reason = await missingPrometheusReason();
  if (reason !== undefined) throw new Error(reason);
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-prometheus-'));
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const configFile = join(folder, 'prometheus.yml');
    await writeFile(configFile, configuration(options.targets, options.scrapeIntervalS ?? 1));
    const dataFolder = join(folder, 'data');
    if (options.history !== undefined) await writeHistory(folder, dataFolder, options.history);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = await startServerProcess({
      name: 'Prometheus',
      command: binary(),
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${dataFolder}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
      ],
    });
    await waitUntilReady(server, 'Prometheus', () => answersOk(`${url}/-/ready`), 30_000);
    return {
      url,
      logTail: server.logTail,
      pause: server.pause,
      resume: server.resume,
      crash: server.crash,
      query: (expression) => instantQuery(url, expression),
      stop: async () => {
        await server.stop('SIGTERM', 5_000);
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

async function writeHistory(folder: string, dataFolder: string, history: string): Promise<void> {
  const file = join(folder, 'history.om');
  await writeFile(file, history);
  await run('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, dataFolder]);
}

/** JSON is YAML, and needs no escaping rules of its own. */
function configuration(targets: readonly ScrapeTarget[], scrapeIntervalS: number): string {
  return JSON.stringify({
    global: { scrape_interval: `${scrapeIntervalS}s`, scrape_timeout: `${scrapeIntervalS}s` },
    scrape_configs: targets.map((target) => ({
      job_name: target.job,
      metrics_path: target.path ?? '/metrics',
      // The service's own `instance` label names the worker and must win.
      honor_labels: true,
      static_configs: [{ targets: [target.address] }],
    })),
  });
}

type InstantAnswer = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };

async function instantQuery(
  url: string,
  expression: string,
): Promise<{ labels: Record<string, string>; value: number }[]> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  if (!response.ok) throw new Error(`Prometheus answered ${response.status}: ${await response.text()}`);
  const answer = (await response.json()) as InstantAnswer;
  return answer.data.result.map((row) => ({ labels: row.metric, value: Number(row.value[1]) }));
}
