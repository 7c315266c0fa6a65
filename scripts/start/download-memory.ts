import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

export const DAY_MS = 24 * 60 * 60 * 1000;

/** A download that failed: when, and the reason in one line. */
export type DownloadFailure = { readonly atMs: number; readonly why: string };

const failureSchema = z.object({ atMs: z.number(), why: z.string() });

function fileOf(root: string): string {
  return join(root, '.cache', 'electron-download.json');
}

/** The last failure, or undefined; a file that cannot be read counts as no memory. */
export function readFailure(root: string): DownloadFailure | undefined {
  if (!existsSync(fileOf(root))) return undefined;
  try {
    return failureSchema.parse(JSON.parse(readFileSync(fileOf(root), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Keeps a failure for the next start. */
export function writeFailure(root: string, failure: DownloadFailure): void {
  mkdirSync(dirname(fileOf(root)), { recursive: true });
  writeFileSync(fileOf(root), JSON.stringify(failure));
}
