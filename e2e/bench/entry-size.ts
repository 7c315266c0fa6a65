import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { atMost, type BenchItem, shown } from './bench-item.ts';

/** What the page loads before it can draw anything. */
const ENTRY_KB = 400;
const page = fileURLToPath(new URL('../../dist/renderer', import.meta.url));

async function measure() {
  const html = await readFile(join(page, 'index.html'), 'utf8');
  const files = [...html.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+\.(?:js|css))"/g)].map(
    ([, path]) => path ?? '',
  );
  if (!files.some((path) => path.endsWith('.js')))
    throw new Error('dist/renderer/index.html names no script');
  const packed = await Promise.all(
    files.map(async (path) => ({ path, kB: gzipSync(await readFile(join(page, path))).length / 1000 })),
  );
  const sum = (ending: string) =>
    packed.filter(({ path }) => path.endsWith(ending)).reduce((total, { kB }) => total + kB, 0);
  return [
    atMost('page entry, scripts and styles', sum('.js') + sum('.css'), 'kB', ENTRY_KB, 'gzip'),
    shown('scripts', sum('.js'), 'kB'),
    shown('styles', sum('.css'), 'kB'),
  ];
}

export const entrySize: BenchItem = { name: 'entry-size', title: 'Renderer entry size', run: measure };
