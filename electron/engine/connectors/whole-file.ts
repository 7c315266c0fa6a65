import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { SourceError } from './kind.ts';

/**
 * The content of a JSON file; `empty` where there is none yet. Throws SourceError with what to do when it cannot be read or is damaged; it is
 * left as it is then. `what` names it: "the flag board's file".
 */
export async function readWholeFile<T>(
  path: string,
  schema: z.ZodType<T>,
  empty: T,
  what: string,
): Promise<T> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return empty;
    throw new SourceError(`${what} ${path} cannot be read.`, {
      fix: 'Check its owner and rights.',
      cause: error,
    });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new SourceError(`${what} ${path} is damaged; it was left as it is.`, {
      fix: 'Put a backup in its place, or move it away to start with an empty one.',
      cause: error,
    });
  }
}

/** Writes it whole: temporary file, fsync, rename, fsync of the folder. It is the old content or the new one at any moment. */
export async function writeWholeFile(path: string, content: unknown): Promise<void> {
  const temporary = `${path}.tmp`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify(content));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Makes the rename itself survive a power cut. Windows cannot sync a folder and needs not to. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
