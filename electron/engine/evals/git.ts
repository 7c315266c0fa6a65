import { execFile } from 'node:child_process';
import { devNull } from 'node:os';

export type GitAnswer = { readonly ok: boolean; readonly stdout: string; readonly stderr: string };
export type GitOptions = {
  readonly input?: string;
  /** In place of the checkout's own index, so that what a person has staged stays as it is. */
  readonly indexFile?: string;
};

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 50 * 1024 * 1024;

/** Where another repository is said to be, as git tells its hooks: with these the folder would not count. `git rev-parse --local-env-vars`. */
const ELSEWHERE = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_COUNT',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
] as const;

function ownEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of ELSEWHERE) delete env[name];
  return env;
}

/**
 * Runs git in a folder, started directly and never through a shell. What the repository's own settings would start (hooks, a file
 * system monitor, an editor, a signing program) stays off: reading a checkout must run nothing of its. The folder alone says which repository it is.
 */
export function git(cwd: string, args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> {
  const still = [
    '-c',
    `core.hooksPath=${devNull}`,
    '-c',
    'core.fsmonitor=false',
    '-c',
    'commit.gpgSign=false',
    '-c',
    'core.quotePath=false',
  ];
  return new Promise((resolve) => {
    const child = execFile(
      'git',
      [...still, ...args],
      {
        cwd,
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_OUTPUT_BYTES,
        env: {
          ...ownEnvironment(),
          GIT_TERMINAL_PROMPT: '0',
          GIT_OPTIONAL_LOCKS: '0',
          GIT_EDITOR: 'true',
          LC_ALL: 'C',
          ...(options.indexFile === undefined ? {} : { GIT_INDEX_FILE: options.indexFile }),
        },
      },
      (error, stdout, stderr) => {
        const missing = error && 'code' in error && error.code === 'ENOENT';
        resolve({
          ok: error === null,
          stdout,
          stderr: missing
            ? 'git is not installed, or the folder does not exist'
            : stderr.trim() || (error?.message ?? ''),
        });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}
