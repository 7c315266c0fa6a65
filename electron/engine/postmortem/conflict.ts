import { CommandError } from '../ports.ts';

/** Throws CHANGED_SINCE_SHOWN when somebody saved after the caller had looked: who, when, and that nothing was written. */
export function requireRevision(
  shown: number,
  now: { readonly revision: number; readonly by: string | null; readonly atMs: number | null },
  what: string,
): void {
  if (shown === now.revision) return;
  const when = now.atMs === null ? '' : ` at ${new Date(now.atMs).toISOString().slice(0, 19)}Z`;
  const message = `${what} was changed by ${now.by ?? 'somebody'}${when}, after you had opened it. Nothing was overwritten.`;
  throw new CommandError('CHANGED_SINCE_SHOWN', message, {
    shown: String(shown),
    now: String(now.revision),
    by: now.by,
    atMs: now.atMs,
  });
}

/** Fusebox itself refuses, and says what to do. */
export function refused(reason: string, fix: string): CommandError {
  return new CommandError('REFUSED', reason, { reason, fix });
}
