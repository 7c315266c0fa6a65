import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DAY_MS } from './download-memory.ts';
import { findRuntime, type Machine } from './electron-runtime.ts';

const roots: string[] = [];

function machine(changes: Partial<Machine> = {}): Machine {
  const root = mkdtempSync(join(tmpdir(), 'fusebox-start-'));
  roots.push(root);
  mkdirSync(join(root, 'node_modules', 'electron'), { recursive: true });
  return {
    root,
    platform: 'linux',
    env: { DISPLAY: ':0' },
    isRoot: false,
    nowMs: Date.UTC(2026, 4, 9),
    reach: async () => {},
    install: async () => {},
    ...changes,
  };
}

function unpack(root: string): void {
  const folder = join(root, 'node_modules', 'electron');
  mkdirSync(join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'path.txt'), 'electron');
  writeFileSync(join(folder, 'dist', 'electron'), '');
}

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

describe('findRuntime', () => {
  it('takes the runtime that is there without touching the network', async () => {
    const here = machine({ reach: async () => Promise.reject(new Error('asked the network')) });
    unpack(here.root);
    expect(await findRuntime(here)).toEqual({
      kind: 'ready',
      program: join(here.root, 'node_modules/electron/dist/electron'),
    });
  });

  it('downloads it on first use', async () => {
    const scripts: string[] = [];
    const here: Machine = machine();
    const found = await findRuntime({
      ...here,
      install: async (script) => {
        scripts.push(script);
        unpack(here.root);
      },
    });
    expect(found.kind).toBe('ready');
    expect(scripts).toEqual([join(here.root, 'node_modules/electron/install.js')]);
  });

  it('gives the reason in one line and tries again only after a day', async () => {
    let attempts = 0;
    const here = machine({
      reach: async () => {
        attempts += 1;
        throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND github.com') });
      },
    });
    const first = await findRuntime(here);
    expect(first).toEqual({
      kind: 'unavailable',
      why: 'its runtime could not be downloaded (getaddrinfo ENOTFOUND github.com)',
    });
    expect(await findRuntime({ ...here, nowMs: here.nowMs + DAY_MS - 1 })).toEqual(first);
    expect(attempts).toBe(1);
    await findRuntime({ ...here, nowMs: here.nowMs + DAY_MS });
    expect(attempts).toBe(2);
  });

  it('asks a mirror when one is set, and leaves a proxy to the downloader', async () => {
    const asked: string[] = [];
    const reach = async (address: string): Promise<void> => {
      asked.push(address);
    };
    await findRuntime(machine({ reach, env: { DISPLAY: ':0', ELECTRON_MIRROR: 'https://mirror.example/' } }));
    await findRuntime(machine({ reach, env: { DISPLAY: ':0', HTTPS_PROXY: 'http://proxy.example:3128' } }));
    expect(asked).toEqual(['https://mirror.example/']);
  });

  it.each([
    ['as root', { isRoot: true }, /root/],
    ['without a display', { env: {} }, /display/],
  ])('does not try %s on Linux', async (_where, changes, why) => {
    const here = machine({ ...changes, reach: async () => Promise.reject(new Error('asked the network')) });
    unpack(here.root);
    const found = await findRuntime(here);
    expect(found).toMatchObject({ kind: 'unavailable', why: expect.stringMatching(why) });
  });

  it('needs no display variable on other systems', async () => {
    const here = machine({ platform: 'darwin', env: {} });
    unpack(here.root);
    expect((await findRuntime(here)).kind).toBe('ready');
  });
});
