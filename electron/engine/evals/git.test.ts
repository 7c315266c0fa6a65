import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { git } from './git.ts';

const folder = mkdtempSync(join(tmpdir(), 'fusebox-git-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it('is about the folder, also where git itself started this process for another repository', async () => {
  const [other, own] = [join(folder, 'other'), join(folder, 'own')];
  for (const place of [other, own]) await git(folder, ['init', '--quiet', place]);
  vi.stubEnv('GIT_DIR', join(other, '.git'));
  vi.stubEnv('GIT_WORK_TREE', other);
  vi.stubEnv('GIT_INDEX_FILE', join(other, '.git', 'index'));
  const { stdout } = await git(own, ['rev-parse', '--absolute-git-dir']);
  expect(stdout.trim().endsWith(join('own', '.git'))).toBe(true);
});
