import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { inputsDigest } from './inputs.ts';
import { buildNodeBundle, NODE_BUNDLES } from './node-bundles.ts';

const MARK = '.inputs';

/** Whether dist/ was built from exactly the sources that are there now. */
export function isUpToDate(root: string): boolean {
  const mark = join(root, 'dist', MARK);
  return existsSync(mark) && readFileSync(mark, 'utf8') === inputsDigest(root);
}

/**
 * Builds the page and every Node-side bundle into dist/, unless it is up to date already; says which of the two it was.
 * It builds beside dist/ and swaps at the end: a build that breaks off leaves the last good one in place, and two at
 * the same time do not mix.
 */
export async function buildAll(root: string): Promise<'built' | 'up to date'> {
  if (isUpToDate(root)) return 'up to date';
  const digest = inputsDigest(root);
  const dist = join(root, 'dist');
  // Beside dist/, at the same depth: source maps name their sources by relative path.
  const next = join(root, `dist.${process.pid}`);
  rmSync(next, { recursive: true, force: true });
  try {
    await Promise.all([
      build({
        configFile: join(root, 'vite.config.ts'),
        logLevel: 'warn',
        build: { outDir: join(next, 'renderer') },
      }),
      ...NODE_BUNDLES.map(async (bundle) => buildNodeBundle(root, next, bundle)),
    ]);
    writeFileSync(join(next, MARK), digest);
    rmSync(dist, { recursive: true, force: true });
    renameSync(next, dist);
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
  return 'built';
}
