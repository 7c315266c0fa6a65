import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient } from '@orpc/server';
import type { Contract } from '#shared/contract/contract.ts';
import { createEngine, type Engine } from '#engine/app.ts';
import { type EngineFile, readEngineFile } from '../engine-file.ts';
import { engineOptions, type HostSettings } from '../engine-options.ts';
import { TOKEN_HEADER } from '../web/token.ts';

export type EngineClient = ContractRouterClient<Contract>;

/** An engine to talk to: the one that runs, or one of our own for the length of this command. */
export type Connection = {
  readonly client: EngineClient;
  readonly remote: EngineFile | null;
  close(): Promise<void>;
};

/** How long a running engine may take to say hello; one that hangs must not hang the command line. */
const HELLO_TIMEOUT_MS = 3_000;

/** A client of the engine that wrote the file. */
export function remoteClient(file: EngineFile): EngineClient {
  const link = new RPCLink({
    url: `${file.origin}/rpc`,
    headers: { [TOKEN_HEADER]: file.token, origin: file.origin, 'x-fusebox-via': 'cli' },
  });
  return createORPCClient(link);
}

/** The engine that runs on this data directory and answers, or null. */
export async function findRunningEngine(dataDir: string): Promise<EngineFile | null> {
  const file = readEngineFile(dataDir);
  if (!file) return null;
  try {
    await remoteClient(file).engine.info(undefined, { signal: AbortSignal.timeout(HELLO_TIMEOUT_MS) });
    return file;
  } catch {
    // Gone without taking its file along, or hanging; the lock on the data directory tells which.
    return null;
  }
}

/**
 * Talks to the engine that holds the data directory, else runs one itself and lets it look once.
 * Throws EngineLockedError when the directory is held by an engine that does not answer.
 */
export async function connect(settings: HostSettings): Promise<Connection> {
  const remote = await findRunningEngine(settings.dataDir);
  if (remote) return { client: remoteClient(remote), remote, close: async () => undefined };
  const engine: Engine = await createEngine(engineOptions(settings, 'cli'));
  await engine.start();
  await engine.look();
  return {
    client: createRouterClient(engine.router, { context: { actor: { name: engine.actor, via: 'cli' } } }),
    remote: null,
    close: () => engine.stop(),
  };
}
