import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { configTargetSchema, registryTargetSchema } from '#shared/model/workspace.ts';
import { configShelfConnector } from './config-shelf/config-shelf.ts';
import { describePointerLever } from './conformance.ts';
import type { ConnectorDeps } from './kind.ts';
import { openPointerStore } from './pointer-store.ts';
import { promptShelfConnector } from './prompt-shelf/prompt-shelf.ts';

const versions = { control: 'v17', candidate: 'v18', all: ['v17', 'v18'] };
const STAGED = [
  { version: 'v17', weight: 9500 },
  { version: 'v18', weight: 500 },
];

async function folder() {
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-pointers-'));
  const clock = createFakeClock();
  const deps: ConnectorDeps = {
    clock,
    fetch: () => Promise.reject(new Error('no network')),
    readSecret: () => Promise.reject(new Error('no secret')),
    log: { info: () => undefined, warn: () => undefined },
    dataDir,
  };
  return { dataDir, clock, deps, remove: () => rm(dataDir, { recursive: true, force: true }) };
}

describePointerLever('the built-in prompt registry', async () => {
  const { deps, remove } = await folder();
  const source = await promptShelfConnector.create({ id: 'shelf', settings: {} }, deps);
  await source.pointers?.set({ name: 'support', place: 'production', versions: STAGED }, 'dana');
  if (!source.registry) throw new Error('no registry');
  return {
    lever: source.registry,
    target: registryTargetSchema.parse({ source: 'shelf', prompt: 'support' }),
    missingTarget: registryTargetSchema.parse({ source: 'shelf', prompt: 'nobody' }),
    versions,
    close: remove,
  };
});

describePointerLever('the built-in config store', async () => {
  const { deps, remove } = await folder();
  const source = await configShelfConnector.create({ id: 'shelf', settings: {} }, deps);
  await source.pointers?.set({ name: 'support', place: 'production', versions: STAGED }, 'dana');
  if (!source.config) throw new Error('no config store');
  return {
    lever: source.config,
    target: configTargetSchema.parse({ source: 'shelf', key: 'support' }),
    missingTarget: configTargetSchema.parse({ source: 'shelf', key: 'nobody' }),
    versions,
    close: remove,
  };
});

describe('the store of pointers', () => {
  it('is there again after a restart, tells each change once, and leaves a damaged file as it is', async () => {
    const { dataDir, clock, remove } = await folder();
    try {
      const store = await openPointerStore(dataDir, clock);
      const seen: string[] = [];
      store.onChange(({ pointer }) => seen.push(pointer.versions.map(({ version }) => version).join('+')));
      const change = (version: string, operationId: string | null) =>
        store.change({
          pointer: { name: 'p', place: 'production', versions: [{ version, weight: 10_000 }] },
          by: 'dana',
          comment: 'because',
          operationId,
          expectedRevision: null,
        });
      await Promise.all([change('v1', 'op-1'), change('v2', 'op-2'), change('v1', 'op-1')]);
      expect(seen).toEqual(['v1', 'v2']);
      const again = await openPointerStore(dataDir, clock);
      expect(again.get('p', 'production')).toEqual(store.get('p', 'production'));
      expect(again.events('p', 'production').map(({ text }) => text)).toEqual(['v1 → v2', 'points to v1']);
      const path = join(dataDir, 'pointers.json');
      await writeFile(path, '{"half":');
      await expect(openPointerStore(dataDir, clock)).rejects.toMatchObject({ name: 'SourceError' });
      expect(await readFile(path, 'utf8')).toBe('{"half":');
    } finally {
      await remove();
    }
  });
});
