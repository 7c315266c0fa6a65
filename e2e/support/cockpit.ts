import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import type { DecisionOutcome, Incident } from '#shared/model/incident.ts';
import type { EngineInfo } from '#shared/model/live.ts';
import type { Postmortem, SectionId } from '#shared/model/postmortem.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { SourceHealth } from '#shared/model/source.ts';
import type { WorkerShare } from '#shared/model/evidence.ts';
import { startServerProcess, waitUntilReady } from './servers/server-process.ts';
import type { ServerProcess } from './servers/server-process.ts';

const CLI = fileURLToPath(new URL('../../electron/hosts/fusebox.mjs', import.meta.url));

/** The calls the tests make: a witness beside the page, never instead of it. */
export type EngineCalls = {
  engine: { info: () => Promise<{ info: EngineInfo }> };
  prompt: { list: () => Promise<PromptStatus[]> };
  evidence: {
    workers: (query: {
      promptId: string;
      window: { fromMs: number; toMs: number };
      expectedVersion?: string;
    }) => Promise<WorkerShare[]>;
  };
  incident: {
    list: (query: { status: 'open' | 'closed' | 'any' }) => Promise<Incident[]>;
    get: (query: { incidentId: string }) => Promise<Incident>;
    identify: (command: { operationId: string; incidentId: string; version: string }) => Promise<Incident>;
    declare: (command: { operationId: string; promptId: string; reason: string }) => Promise<Incident>;
    decide: (command: {
      operationId: string;
      incidentId: string;
      outcome: DecisionOutcome;
    }) => Promise<Incident>;
  };
  postmortem: {
    get: (query: { incidentId: string }) => Promise<Postmortem>;
    saveSection: (command: {
      operationId: string;
      incidentId: string;
      section: SectionId;
      revisionShown: number;
      text: string | null;
    }) => Promise<Postmortem>;
  };
  rollback: {
    get: (query: { operationId: string }) => Promise<Rollback>;
    press: (command: {
      operationId: string;
      promptId: string;
      lever: 'flag';
      toVersion: string;
      revisionShown: string | null;
      held: boolean;
    }) => Promise<Rollback>;
  };
  source: { list: () => Promise<SourceHealth[]> };
  demo: {
    startRegression: (command: { operationId: string }) => Promise<unknown>;
    setSpeed: (command: { operationId: string; speed: 1 | 10 }) => Promise<unknown>;
  };
};

/** What one run of the command line gave. */
export type CliRun = { exitCode: number; stdout: string; stderr: string };

export type Cockpit = {
  /** An address that opens the cockpit once; a fresh one for each call. */
  launchUrl: () => Promise<string>;
  origin: () => string;
  /** Address and token of the running engine, as its owner-only file says. */
  access: () => { origin: string; token: string };
  dataDir: string;
  calls: () => EngineCalls;
  /** Runs `fusebox <args>` on the same data directory and workspace. */
  cli: (...args: string[]) => Promise<CliRun>;
  logTail: () => string;
  /** `kill -9` of the host and its engine. */
  crash: () => Promise<void>;
  /** Starts it again on the same data directory. */
  restart: () => Promise<void>;
  /** Graceful end; the data directory is removed. */
  stop: () => Promise<void>;
};

/**
 * Starts the cockpit in browser mode, as `fusebox start --no-open` does, on a data directory and workspace file of its own.
 * `workspace` is written as YAML; a string is written as it stands (for broken files); null opens the demonstration.
 */
export async function startCockpit(options: {
  workspace: object | string | null;
  env?: Record<string, string>;
}): Promise<Cockpit> {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-cockpit-'));
  const dataDir = join(folder, 'data');
  const workspaceFile = join(folder, 'fusebox.yaml');
  const places = ['--data', dataDir];
  if (options.workspace !== null) {
    const text = typeof options.workspace === 'string' ? options.workspace : stringify(options.workspace);
    await writeFile(workspaceFile, text);
    places.push('--workspace', workspaceFile);
  }
  const env = { ...process.env, FUSEBOX_ACTOR: 'on-call', ...options.env };

  let server: ServerProcess | undefined;
  const running = (): ServerProcess => {
    if (server === undefined) throw new Error('the cockpit was never started');
    return server;
  };
  const engineFile = (): { origin: string; token: string } =>
    JSON.parse(readFileSync(join(dataDir, 'engine.json'), 'utf8')) as { origin: string; token: string };

  const start = async (): Promise<void> => {
    const begun = await startServerProcess({
      name: 'The cockpit',
      command: process.execPath,
      args: [CLI, 'start', '--no-open', ...places],
      env,
    });
    server = begun;
    let isAnnounced = false;
    begun.onStdoutLine((line) => {
      isAnnounced ||= line.includes('http://127.0.0.1:');
    });
    await waitUntilReady(begun, 'The cockpit', () => Promise.resolve(isAnnounced), 60_000);
  };
  try {
    await start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }

  return {
    dataDir,
    origin: () => engineFile().origin,
    access: engineFile,
    launchUrl: async () => {
      const { origin, token } = engineFile();
      const response = await fetch(`${origin}/launch-code`, {
        method: 'POST',
        headers: { 'x-fusebox-token': token, origin, 'content-type': 'application/json' },
        body: '{}',
      });
      if (!response.ok) throw new Error(`no launch code: ${response.status} ${await response.text()}`);
      return ((await response.json()) as { url: string }).url;
    },
    calls: () => {
      const { origin, token } = engineFile();
      const link = new RPCLink({ url: `${origin}/rpc`, headers: { 'x-fusebox-token': token, origin } });
      const client: unknown = createORPCClient(link);
      return client as EngineCalls;
    },
    cli: (...args) => runCli([...args, ...places], env),
    logTail: () => running().logTail(),
    crash: () => running().crash(),
    restart: async () => {
      await running().stop();
      await start();
    },
    stop: async () => {
      await running().stop('SIGTERM', 10_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the command line to its end. A time-out counts as exit code -1. */
export function runCli(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  timeoutMs = 120_000,
): Promise<CliRun> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env, timeout: timeoutMs }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode, stdout, stderr });
    });
  });
}
