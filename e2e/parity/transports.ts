import { createORPCClient } from '@orpc/client';
import { RPCLink as HttpLink } from '@orpc/client/fetch';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import type { Contract } from '#shared/contract/contract.ts';
import { UtilityProcess } from '../support/utility/utility-process.ts';

export type Client = ContractRouterClient<Contract>;

/** A real host process with the built-in demonstration, spoken to over its own transport. */
export type Host = {
  client(): Client;
  /** kill -9, then a new process on the same data directory. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
};

const hosts = fileURLToPath(new URL('../../electron/hosts/', import.meta.url));
const START_LIMIT_MS = 60_000;

async function until<T>(what: string, look: () => T | null | Promise<T | null>): Promise<T> {
  const untilMs = performance.now() + START_LIMIT_MS;
  while (performance.now() < untilMs) {
    const found = await look();
    if (found !== null) return found;
    await wait(50);
  }
  throw new Error(`${what} did not happen within ${START_LIMIT_MS / 1000} s`);
}

/** The engine's own process, as the desktop app runs it, with one MessagePort. */
export async function portHost(): Promise<Host> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-parity-port-'));
  const open = async () => {
    const process = new UtilityProcess(join(hosts, 'desktop.ts'), ['--data', dataDir]);
    let isReady = false;
    process.on('message', (message: { type: string }) => {
      isReady ||= message.type === 'ready';
    });
    await until('the engine process', () => (isReady ? true : null));
    const { port1, port2 } = new MessageChannel();
    process.postMessage({ type: 'port' }, [port2]);
    // Node's port has the page's interface at run time; its type only lacks the DOM's name for it.
    const link = new PortLink({ port: port1 });
    port1.start();
    return { process, port: port1, client: createORPCClient<Client>(link) };
  };
  let current = await open();
  return {
    client: () => current.client,
    async crashAndRestart() {
      await current.process.crash();
      current = await open();
    },
    async stop() {
      const exited = once(current.process, 'exit');
      current.process.postMessage({ type: 'stop' });
      await exited;
      current.port.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Browser mode, as `fusebox start` runs it, over HTTP with the token. */
export async function httpHost(): Promise<Host> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-parity-http-'));
  const engineFile = () => {
    try {
      const text = readFileSync(join(dataDir, 'engine.json'), 'utf8');
      return JSON.parse(text) as { pid: number; origin: string; token: string };
    } catch {
      return null;
    }
  };
  const open = async () => {
    const child = spawn(process.execPath, [join(hosts, 'cli.ts'), 'start', '--no-open', '--data', dataDir], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const { origin, token } = await until('browser mode', () => {
      const file = engineFile();
      return file?.pid === child.pid ? file : null;
    });
    const link = new HttpLink({ url: `${origin}/rpc`, headers: { 'x-fusebox-token': token, origin } });
    return { child, client: createORPCClient<Client>(link) };
  };
  let current = await open();
  const end = async (signal: NodeJS.Signals) => {
    const exited = once(current.child, 'exit');
    current.child.kill(signal);
    await exited;
  };
  return {
    client: () => current.client,
    async crashAndRestart() {
      await end('SIGKILL');
      current = await open();
    },
    async stop() {
      await end('SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
