import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathsMatching } from '../gates/source-files.ts';

const INPUTS = [
  'shared/**/*.ts',
  'electron/**/*.{ts,mjs}',
  'renderer/**/*.{ts,tsx,css,html,svg,png}',
  'assets/**/*.*',
  'scripts/build/*.ts',
  'vite.config.ts',
  'tsconfig.base.json',
  'package.json',
  'package-lock.json',
];

/** A digest over the names and contents of everything a build reads (tests aside): equal digest, equal result. */
export function inputsDigest(root: string): string {
  const digest = createHash('sha256');
  for (const path of pathsMatching(root, INPUTS)) {
    if (/\.test\.tsx?$/.test(path)) continue;
    digest
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return digest.digest('hex');
}
