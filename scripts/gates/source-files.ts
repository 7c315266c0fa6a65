import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** The folders that hold our own source, and the only ones that gates read. */
export const SOURCE_FOLDERS = ['shared', 'electron', 'renderer', 'e2e', 'scripts'] as const;

/** A file of the tree: its path from the root with forward slashes, and its text. */
export type SourceFile = { readonly path: string; readonly text: string };

/** Paths below `root` that match one of `patterns`, without installed packages and build results; sorted. */
export function pathsMatching(root: string, patterns: readonly string[]): string[] {
  return globSync([...patterns], {
    cwd: root,
    exclude: [
      '**/node_modules/**',
      'node_modules/**',
      'dist/**',
      'release/**',
      '.cache/**',
      '**/test-results/**',
    ],
  })
    .map((path) => path.split(sep).join('/'))
    .toSorted();
}

/** Every TypeScript and JavaScript file of ours. */
export function sourceFiles(root: string): SourceFile[] {
  const patterns = SOURCE_FOLDERS.map((folder) => `${folder}/**/*.{ts,tsx,mts,cts,js,mjs,cjs}`);
  return pathsMatching(root, [...patterns, '*.{ts,mts,js,mjs}']).map((path) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
  }));
}
