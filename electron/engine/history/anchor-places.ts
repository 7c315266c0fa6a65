import { execFile } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import type { ChatPoster } from '../connectors/kind.ts';

const run = promisify(execFile);
/** Real time a chat service gets; its connector has a shorter one of its own. */
const POST_DEADLINE_MS = 10_000;

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

type Posted = { readonly ok: boolean; readonly detail: string };

/** Posts the line; a service that does not answer may have taken it, and counts as one that did not. Never rejects. */
export function anchorInChat(
  chat: ChatPoster,
  { line, channel }: { readonly line: string; readonly channel: string | null },
  clock: Pick<Clock, 'deadline'>,
): Promise<Posted> {
  const deadline = clock.deadline(POST_DEADLINE_MS);
  const late = new Promise<Posted>((resolve) => {
    const isLate = () => resolve({ ok: false, detail: 'no answer within 10 s; it may have arrived' });
    deadline.addEventListener('abort', isLate, { once: true });
  });
  const call = chat.post({ text: line, channel, incidentId: null });
  return Promise.race([call, late]).catch((error: unknown) => ({ ok: false, detail: String(error) }));
}
