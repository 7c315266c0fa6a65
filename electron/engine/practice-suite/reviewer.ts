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
 * The reviewer of a practice checkout. Git is asked only where something was written since the last look; of a checkout that was made just now
 * (`isNew`) nothing was. A branch that does not merge is left where it is.
 */
export async function openReviewer(
  folder: string,
  { isNew }: { readonly isNew: boolean },
): Promise<Reviewer> {
  let seen: Traces = isNew ? await tracesIn(folder) : { cases: null, branches: null };
  return {
    async look() {
      const now = await tracesIn(folder);
      if (now.cases !== seen.cases) await commitCases(folder);
      if (now.branches !== seen.branches) await mergeBranches(folder);
      seen = now;
    },
  };
}

/** What changes when a case is written: a file of the suite's folder, or a branch. Null = never looked at. */
type Traces = { readonly cases: string | null; readonly branches: string | null };

async function tracesIn(folder: string): Promise<Traces> {
  const cases = join(folder, CASES_FOLDER);
  const stamps = (await namesIn(cases)).map(async (name) => {
    const found = await stat(join(cases, name)).catch(() => null);
    return `${name} ${found?.mtimeMs ?? 0} ${found?.size ?? 0}`;
  });
  const heads = join(folder, '.git', 'refs', 'heads', 'fusebox');
  const commits = (await namesIn(heads)).map(
    async (name) => `${name} ${await readFile(join(heads, name), 'utf8').catch(() => '')}`,
  );
  return {
    cases: (await Promise.all(stamps)).join('\n'),
    branches: (await Promise.all(commits)).join('\n'),
  };
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
