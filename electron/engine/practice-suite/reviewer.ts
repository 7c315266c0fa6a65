import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '#engine/evals/git.ts';
import { asReviewer, CASES_FOLDER, must } from './checkout.ts';

/** The rest of the team, between a case and its gate. */
export type Reviewer = {
  /** To be called again and again: commits what stands in the suite's folder, reviews and merges a branch with a case. */
  look(): Promise<void>;
};

/**
 * The reviewer of a practice checkout. Git is asked only where something was written since the last look. A branch that does not merge is
 * left where it is.
 */
export function createReviewer(folder: string): Reviewer {
  let seen: string | null = null;
  return {
    async look() {
      const now = await traces(folder);
      if (now === seen) return;
      await commitCases(folder);
      await mergeBranches(folder);
      seen = now;
    },
  };
}

/** What changes when a case is written: its file, or a branch. */
async function traces(folder: string): Promise<string> {
  const cases = join(folder, CASES_FOLDER);
  const branches = join(folder, '.git', 'refs', 'heads', 'fusebox');
  const files = await namesIn(cases);
  const stamps = files.map(async (name) => {
    const found = await stat(join(cases, name)).catch(() => null);
    return `${name} ${found?.mtimeMs ?? 0} ${found?.size ?? 0}`;
  });
  const heads = await namesIn(branches);
  const commits = heads.map(async (name) => `${name} ${await readFile(join(branches, name), 'utf8')}`);
  return (await Promise.all([...stamps, ...commits])).join('\n');
}

/** None where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

async function commitCases(folder: string): Promise<void> {
  const changes = await must(folder, ['status', '--porcelain', '--', CASES_FOLDER]);
  if (changes.trim() === '') return;
  await must(folder, ['add', '--', CASES_FOLDER]);
  await must(folder, [...asReviewer(), 'commit', '--quiet', '-m', 'Eval case, reviewed', '--', CASES_FOLDER]);
}

async function mergeBranches(folder: string): Promise<void> {
  const names = ['--format=%(refname:short)', '--no-merged=HEAD', 'refs/heads/fusebox/'];
  const branches = await must(folder, ['for-each-ref', ...names]);
  for (const branch of branches.split('\n').filter((name) => name !== '')) {
    const merged = await git(folder, [...asReviewer(), 'merge', '--quiet', '--no-edit', branch]);
    if (!merged.ok) await git(folder, ['merge', '--abort']);
  }
}
