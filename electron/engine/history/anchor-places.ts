import { execFile } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Notes of a name of their own: nobody's `git log` changes. */
export const NOTES_REF = 'fusebox-audit';

/** Appends the line to a file, made if it is not there. Throws the file system's error. */
export async function anchorInFile(path: string, line: string): Promise<void> {
  await appendFile(path, `${line}\n`, { mode: 0o600 });
}

/**
 * Appends the line to the note of the checkout's present commit (`git notes --ref fusebox-audit append`). A push of
 * refs/notes/fusebox-audit takes it to where this machine cannot change it unseen. Throws with git's own words.
 */
export async function anchorInGitNote(checkout: string, line: string): Promise<void> {
  try {
    await run('git', ['-C', checkout, 'notes', '--ref', NOTES_REF, 'append', '-m', line, 'HEAD'], {
      timeout: 10_000,
    });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(
      `git did not take the note in ${checkout}: ${said}. It must be a checkout with a commit, a user name and an e-mail.`,
      { cause: error },
    );
  }
}
