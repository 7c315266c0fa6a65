import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startServerProcess, waitUntilReady } from '../support/servers/server-process.ts';

/** Starts bare-host.ts on a folder of its own; resolves when it has said its address. */
export async function startBareHost(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-bare-'));
  const server = await startServerProcess({
    name: 'The bare host',
    command: process.execPath,
    args: [fileURLToPath(new URL('./bare-host.ts', import.meta.url)), folder],
  });
  let url = '';
  server.onStdoutLine((line) => {
    url ||= line;
  });
  await waitUntilReady(server, 'The bare host', () => Promise.resolve(url !== ''), 60_000);
  return {
    url,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
