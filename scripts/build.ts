// Builds dist/ if its sources changed; --force builds in any case.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildAll } from './build/build-all.ts';

const root = join(import.meta.dirname, '..');
if (process.argv.includes('--force')) rmSync(join(root, 'dist', '.inputs'), { force: true });
const begin = performance.now();
const result = await buildAll(root);
console.log(`dist/ ${result} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
