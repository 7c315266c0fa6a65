import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, posix, sep } from 'node:path';
import { refused } from '../postmortem/conflict.ts';
import { git } from './git.ts';

export type TextFile = { readonly path: string; readonly text: string };

/** A local git checkout. Every path is inside of it, with slashes; what leads out is refused. */
export type Checkout = {
  readonly root: string;
  head(): Promise<{ commit: string | null; branch: string | null }>;
  /** From the working tree; null = it does not exist. */
  read(path: string): Promise<string | null>;
  /** From the newest commit; null = it is not in it. */
  readCommitted(path: string): Promise<string | null>;
  /** From any commit. */
  readAt(commit: string, path: string): Promise<string | null>;
  /** Those of the paths that differ from the newest commit, untracked ones included. */
  dirty(paths: readonly string[]): Promise<string[]>;
  /** Each file whole or not at all: beside its place first, then renamed over it. */
  write(files: readonly TextFile[]): Promise<void>;
  /** The files as one commit on a new branch from the newest commit; working tree and index stay untouched. */
  commitOnBranch(branch: string, files: readonly TextFile[], message: string): Promise<string>;
  /** A second working tree of a commit, for a run; `remove` takes it away again. */
  worktree(commit: string): Promise<{ root: string; remove(): Promise<void> }>;
};

const FILE_LIMIT_BYTES = 20 * 1024 * 1024;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Throws REFUSED when the folder is no git checkout. */
export async function openCheckout(folder: string): Promise<Checkout> {
  const root = await realpath(folder).catch(() => null);
  if (root === null) {
    throw refused(
      `There is no folder ${folder}.`,
      'Clone the repository there, or correct `checkout` of the suite.',
    );
  }
  const inside = await git(root, ['rev-parse', '--show-prefix']);
  if (!inside.ok) {
    throw refused(
      `${root} is no git checkout: ${firstLine(inside.stderr)}.`,
      'Clone the repository there, or correct `checkout` of the suite.',
    );
  }
  const prefix = inside.stdout.trim();

  /** The absolute place of a path, after making sure that no link on the way leads out. */
  async function placeOf(path: string): Promise<string> {
    const inner = innerPath(path);
    let at = root ?? folder;
    for (const part of inner.split('/')) {
      at = join(at, part);
      const found = await lstat(at).catch(() => null);
      if (found?.isSymbolicLink()) {
        throw refused(
          `${path} goes over the link ${at}.`,
          'Name the real place inside the checkout as path of the suite.',
        );
      }
      if (!found) break;
    }
    return join(root ?? folder, ...inner.split('/'));
  }

  async function must(args: readonly string[], options: Parameters<typeof git>[2] = {}): Promise<string> {
    const answer = await git(root ?? folder, args, options);
    if (answer.ok) return answer.stdout.trim();
    throw refused(
      `git ${args[0] ?? ''} failed: ${firstLine(answer.stderr)}.`,
      'Put it right in the checkout, then try again.',
    );
  }

  const headCommit = async () => {
    const answer = await git(root, ['rev-parse', '--verify', '--quiet', 'HEAD']);
    return answer.ok ? answer.stdout.trim() : null;
  };

  async function readAt(commit: string, path: string): Promise<string | null> {
    const answer = await git(root ?? folder, ['show', `${commit}:./${innerPath(path)}`]);
    return answer.ok ? answer.stdout : null;
  }

  return {
    root,
    async head() {
      const branch = await git(root, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
      return { commit: await headCommit(), branch: branch.ok ? branch.stdout.trim() : null };
    },
    async read(path) {
      const place = await placeOf(path);
      const found = await lstat(place).catch(() => null);
      if (!found) return null;
      if (!found.isFile() || found.size > FILE_LIMIT_BYTES) {
        throw refused(`${path} is no text file of a suite.`, 'Correct `path` of the suite.');
      }
      return readFile(place, 'utf8');
    },
    readCommitted: (path) => readAt('HEAD', path),
    readAt,
    async dirty(paths) {
      const names = paths.map(innerPath);
      const status = await git(root, [
        'status',
        '--porcelain=v1',
        '-z',
        '--untracked-files=all',
        '--',
        ...names,
      ]);
      if (!status.ok)
        throw refused(`git status failed: ${firstLine(status.stderr)}.`, 'Put it right in the checkout.');
      return status.stdout
        .split('\0')
        .filter((entry) => entry.length > 3)
        .map((entry) => entry.slice(3))
        .map((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path));
    },
    async write(files) {
      const places = await Promise.all(
        files.map(async ({ path, text }) => ({ text, place: await placeOf(path) })),
      );
      for (const { place, text } of places) {
        await mkdir(dirname(place), { recursive: true });
        const beside = join(dirname(place), `.fusebox-${randomUUID()}.tmp`);
        try {
          const handle = await open(beside, 'wx');
          try {
            await handle.writeFile(text, 'utf8');
            await handle.sync();
          } finally {
            await handle.close();
          }
          await rename(beside, place);
        } catch (error) {
          await rm(beside, { force: true });
          const what = error instanceof Error ? error.message : String(error);
          throw refused(
            `${place} could not be written: ${what}.`,
            'Make the checkout writable, then try again.',
          );
        }
      }
    },
    async commitOnBranch(branch, files, message) {
      const ref = `refs/heads/${branch}`;
      const parent = await headCommit();
      if (parent === null) throw refused('The checkout has no commit yet.', 'Make a first commit.');
      if ((await git(root, ['rev-parse', '--verify', '--quiet', ref])).ok) {
        throw refused(
          `The branch ${branch} exists already.`,
          `Merge or delete it (git branch -D ${branch}), then write again.`,
        );
      }
      const indexFile = join(tmpdir(), `fusebox-index-${randomUUID()}`);
      try {
        await must(['read-tree', parent], { indexFile });
        for (const { path, text } of files) {
          const blob = await must(['hash-object', '-w', '--stdin'], { input: text });
          const name = posix.join(prefix, innerPath(path));
          await must(['update-index', '--add', '--cacheinfo', `100644,${blob},${name}`], { indexFile });
        }
        const tree = await must(['write-tree'], { indexFile });
        const commit = await must(['commit-tree', tree, '-p', parent], { input: message });
        // Only if it still does not exist.
        await must(['update-ref', ref, commit, '0'.repeat(commit.length)]);
        return commit;
      } finally {
        await rm(indexFile, { force: true });
      }
    },
    async worktree(commit) {
      const place = join(tmpdir(), `fusebox-eval-${randomUUID()}`);
      await must(['worktree', 'add', '--detach', '--quiet', place, commit]);
      return {
        root: join(place, prefix),
        async remove() {
          await git(root, ['worktree', 'remove', '--force', place]);
          await rm(place, { recursive: true, force: true });
        },
      };
    },
  };
}

/** The path inside the checkout, in one form. Throws REFUSED for everything that leads elsewhere or into git's own folder. */
function innerPath(path: string): string {
  const inner = posix.normalize(path.split(sep).join('/')).replace(/^\.\//, '');
  const parts = inner.split('/');
  const isOutside =
    isAbsolute(path) ||
    posix.isAbsolute(inner) ||
    /^[A-Za-z]:/.test(inner) ||
    /[\0\\]/.test(inner) ||
    parts.includes('..') ||
    parts.some((part) => part.toLowerCase() === '.git') ||
    inner === '.' ||
    inner.endsWith('/');
  if (!isOutside) return inner;
  throw refused(
    `${path} is no file inside the checkout.`,
    'Correct `path` of the suite: a file inside the checkout.',
  );
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/^fatal: /, '').replace(/\.$/, '');
}
