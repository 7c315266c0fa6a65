import { CommandError } from '../ports.ts';
import { RecordConflictError } from '../records/conflicts.ts';
import { clockTime } from './deps.ts';

/** A clash of two changes in words for the one who was second; anything else as it is. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof RecordConflictError) || error.clash.kind !== 'changed') return error;
  const { incidentId: id, clash } = error;
  const { path, shown, now, author } = clash;
  const at = author === null ? '' : ` at ${clockTime(author.atMs)}`;
  const what = path
    .replace('answers.', 'the answer to ')
    .replace('aftermath.', 'its ')
    .replace('wave2.life', 'the clock of wave 2')
    .replace(/^wave2\.\w+\./, 'wave 2, ');
  return new CommandError(
    'CHANGED_SINCE_SHOWN',
    `${id}: ${what} was changed by ${author?.by ?? 'someone else'}${at} since it was shown: it is now ${now}. Nothing was changed; look again and repeat it if it still holds.`,
    { shown, now, by: author?.by ?? null, atMs: author?.atMs ?? null },
  );
}
