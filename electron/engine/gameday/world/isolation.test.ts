import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_CONNECTORS, CONNECTORS } from '#engine/connectors/registry.ts';
import { createDoors } from './doors.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { refuseForeign, writeWorkspace } from './workspace-file.ts';

describe('a drill’s way out', () => {
  it('reaches no address but its own, and counts what was tried', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 302 : 200, { location: 'http://127.0.0.1:1/elsewhere' }).end('ok');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const guard = createGuardedFetch(globalThis.fetch);
      await expect(guard.fetch(`${url}/api/flags?token=secret`)).rejects.toThrow('not part of this drill');
      await expect(guard.fetch(new Request('https://hooks.slack.com/services/T/B/x'))).rejects.toThrow(
        'not part',
      );
      await expect(guard.fetch(new URL('http://169.254.169.254/latest'))).rejects.toThrow('not part');
      expect(asked).toBe(0);
      expect(guard.refused()).toEqual([
        `${url}/api/flags`,
        'https://hooks.slack.com/services/T/B/x',
        'http://169.254.169.254/latest',
      ]);
      guard.allow(url);
      await expect(guard.fetch(url), 'a redirect is not followed').rejects.toThrow();
      expect((await guard.fetch(url)).status).toBe(200);
      expect(guard.inFlight()).toBe(0);
      expect(() => guard.allow('https://flags.example.com')).toThrow('not on this machine');
    } finally {
      server.close();
    }
  });

  it('has built-in connectors alone, which speak through no client of their own', () => {
    const doors = createDoors({ troubleOf: () => null, consoleUrlOf: () => null, changesOf: () => [] });
    expect(doors.connectors.map(({ id }) => id)).toEqual(BUILT_IN_CONNECTORS.map(({ id }) => id));
    expect(BUILT_IN_CONNECTORS.map(({ id }) => id)).toEqual([
      'flag-board',
      'prompt-shelf',
      'config-shelf',
      'practice-channel',
    ]);
  });

  it('is not opened with a connector that reaches beyond this machine', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-isolation-'));
    try {
      const foreign = CONNECTORS.filter(({ id }) => !BUILT_IN_CONNECTORS.some((one) => one.id === id));
      expect(foreign.length).toBeGreaterThan(3);
      for (const { id } of foreign) {
        const workspace = { sources: [{ id: 'out', connector: id, enabled: true, settings: {} }] };
        expect(() => refuseForeign(workspace, BUILT_IN_CONNECTORS)).toThrow('reaches beyond this machine');
        await expect(writeWorkspace(dataDir, workspace, BUILT_IN_CONNECTORS)).rejects.toThrow(id);
      }
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
