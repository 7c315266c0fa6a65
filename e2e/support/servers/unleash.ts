import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { missingPostgresReason, startPostgres } from './postgres.ts';
import type { PostgresServer } from './postgres.ts';
import { answersOk, startServerProcess, waitUntilReady } from './server-process.ts';

export type UnleashServer = {
  url: string;
  /** Token for `/api/admin`, may do everything. */
  adminToken: string;
  /** Token for `/api/client` of the environment `production`: what a server SDK uses. */
  backendToken: string;
  /** Its database, to put faults into. */
  postgres: PostgresServer;
  logTail: () => string;
  /** Unleash stops answering while its sockets stay open. */
  pause: () => void;
  resume: () => void;
  crash: () => Promise<void>;
  /** Stops Unleash, and its database unless the caller brought one. */
  stop: () => Promise<void>;
};

const SERVER = fileURLToPath(
  new URL('../unleash/node_modules/unleash-server/dist/server.js', import.meta.url),
);
const ADMIN_TOKEN = '*:*.fusebox-test-admin';
const BACKEND_TOKEN = 'default:production.fusebox-test-backend';

/** Why Unleash cannot run on this machine; undefined when it can. */
export async function missingUnleashReason(): Promise<string | undefined> {
  if (!existsSync(SERVER)) return 'Unleash is not installed (run "npm ci" in e2e/support/unleash)';
  return missingPostgresReason();
}

/**
 * A fresh Unleash with the environments `development` and `production` and the project `default`. Init tokens are read only
 * by an empty database, so the database must be fresh as well (stack facts: Unleash 7.6.5).
 */
export async function startUnleash(options: { postgres?: PostgresServer } = {}): Promise<UnleashServer> {
  const reason = await missingUnleashReason();
  if (reason !== undefined) throw new Error(reason);
  const postgres = options.postgres ?? (await startPostgres({ database: 'unleash' }));
  const stopDatabase = async (): Promise<void> => {
    if (options.postgres === undefined) await postgres.stop();
  };
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = await startServerProcess({
      name: 'Unleash',
      command: process.execPath,
      args: [SERVER],
      env: {
        PATH: process.env['PATH'],
        TZ: 'UTC',
        NODE_ENV: 'production',
        DATABASE_HOST: postgres.host,
        DATABASE_PORT: String(postgres.port),
        DATABASE_USERNAME: postgres.user,
        DATABASE_PASSWORD: 'unused',
        DATABASE_NAME: postgres.database,
        DATABASE_SSL: 'false',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(port),
        UNLEASH_URL: url,
        LOG_LEVEL: 'warn',
        CHECK_VERSION: 'false',
        SEND_TELEMETRY: 'false',
        INIT_ADMIN_API_TOKENS: ADMIN_TOKEN,
        INIT_BACKEND_API_TOKENS: BACKEND_TOKEN,
        UNLEASH_ALLOW_PRIVATE_URL_IN_INTEGRATION: 'true',
      },
    });
    await waitUntilReady(server, 'Unleash', () => answersOk(`${url}/health`), 90_000);
    return {
      url,
      adminToken: ADMIN_TOKEN,
      backendToken: BACKEND_TOKEN,
      postgres,
      logTail: server.logTail,
      pause: server.pause,
      resume: server.resume,
      crash: server.crash,
      stop: async () => {
        await server.stop('SIGTERM', 3_000);
        await stopDatabase();
      },
    };
  } catch (error) {
    await stopDatabase();
    throw error;
  }
}
