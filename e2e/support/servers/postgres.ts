import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { startServerProcess, waitUntilReady } from './server-process.ts';
import type { ServerCommand, ServerProcess } from './server-process.ts';

const run = promisify(execFile);

export type PostgresServer = {
  /** `postgres://…/<database>`; no password, the server trusts loopback. */
  url: string;
  host: '127.0.0.1';
  port: number;
  user: string;
  database: string;
  logTail: () => string;
  /** The database stops answering while its sockets stay open. */
  pause: () => void;
  resume: () => void;
  /** `kill -9` of the server and its backends. */
  crash: () => Promise<void>;
  /** Starts it again on the same port and the same data, after `crash` or `shutDown`. */
  restart: () => Promise<void>;
  /** Fast shutdown that keeps the data, so that `restart` can follow. */
  shutDown: () => Promise<void>;
  /** Fast shutdown; the data directory is removed. */
  stop: () => Promise<void>;
};

const USER = 'fusebox_test';
const SERVICE_ACCOUNT = 'postgres';
const DEBIAN_ROOT = '/usr/lib/postgresql';

function binFolder(): string | undefined {
  const chosen = process.env['FUSEBOX_POSTGRES_BIN'];
  if (chosen !== undefined) return existsSync(join(chosen, 'initdb')) ? chosen : undefined;
  if (!existsSync(DEBIAN_ROOT)) return undefined;
  const versions = readdirSync(DEBIAN_ROOT).toSorted((left, right) => Number(right) - Number(left));
  return versions
    .map((version) => join(DEBIAN_ROOT, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
}

async function serviceAccount(): Promise<{ uid: number; gid: number } | undefined> {
  const idOf = async (option: '-u' | '-g'): Promise<number> =>
    Number((await run('id', [option, SERVICE_ACCOUNT])).stdout.trim());
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    return undefined;
  }
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Why PostgreSQL cannot run on this machine; undefined when it can. */
export async function missingPostgresReason(): Promise<string | undefined> {
  if (binFolder() === undefined) {
    return 'PostgreSQL is not installed (apt-get install postgresql, or set FUSEBOX_POSTGRES_BIN to the folder of initdb)';
  }
  if (isRoot() && (await serviceAccount()) === undefined) {
    return `PostgreSQL refuses to run as root and this machine has no user "${SERVICE_ACCOUNT}"`;
  }
  return undefined;
}

/**
 * A fresh PostgreSQL in a temporary directory, with one empty database. Started as the user `postgres` when the tests run as
 * root, which `initdb` refuses, and as the present user otherwise.
 */
export async function startPostgres(options: { database?: string } = {}): Promise<PostgresServer> {
  const reason = await missingPostgresReason();
  const bin = binFolder();
  if (reason !== undefined || bin === undefined) throw new Error(reason ?? 'PostgreSQL is not installed');
  const database = options.database ?? 'fusebox_test';
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-postgres-'));
  const data = join(folder, 'data');
  const asServiceUser = (program: string, args: readonly string[]): Pick<ServerCommand, 'command' | 'args'> =>
    isRoot()
      ? {
          command: 'setpriv',
          args: [
            `--reuid=${SERVICE_ACCOUNT}`,
            `--regid=${SERVICE_ACCOUNT}`,
            '--clear-groups',
            join(bin, program),
            ...args,
          ],
        }
      : { command: join(bin, program), args };

  let server: ServerProcess | undefined;
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const account = await serviceAccount();
    if (isRoot() && account !== undefined) await chown(folder, account.uid, account.gid);
    const initdb = asServiceUser('initdb', [
      '-D',
      data,
      '-U',
      USER,
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--no-sync',
    ]);
    await run(initdb.command, [...initdb.args], { cwd: folder });
    const port = await freePort();
    const start = async (): Promise<void> => {
      server = await startServerProcess({
        name: 'PostgreSQL',
        cwd: folder,
        ...asServiceUser('postgres', [
          `-D${data}`,
          `-p${port}`,
          '-clisten_addresses=127.0.0.1',
          '-cunix_socket_directories=',
          '-cfsync=off',
          '-cfull_page_writes=off',
        ]),
      });
      await waitUntilReady(server, 'PostgreSQL', () => accepts(bin, port), 30_000);
    };
    await start();
    await run(join(bin, 'createdb'), ['-h', '127.0.0.1', '-p', String(port), '-U', USER, database]);
    const running = (): ServerProcess => {
      if (server === undefined) throw new Error('PostgreSQL was never started');
      return server;
    };
    const shutDown = (): Promise<void> => running().stop('SIGINT', 10_000);
    return {
      url: `postgres://${USER}@127.0.0.1:${port}/${database}`,
      host: '127.0.0.1',
      port,
      user: USER,
      database,
      logTail: () => running().logTail(),
      pause: () => running().pause(),
      resume: () => running().resume(),
      crash: () => running().crash(),
      restart: async () => {
        await shutDown();
        await start();
      },
      shutDown,
      stop: async () => {
        await shutDown();
        await removeFolder();
      },
    };
  } catch (error) {
    await server?.crash();
    await removeFolder();
    throw error;
  }
}

/** `pg_isready` exits 0 only when connections are accepted, not merely when the port is open. */
async function accepts(bin: string, port: number): Promise<boolean> {
  if (!(await isPortOpen(port))) return false;
  try {
    await run(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port), '-U', USER]);
    return true;
  } catch {
    return false;
  }
}

function isPortOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
