import { CommandError } from '../ports.ts';
import { RecordConflictError } from '../records/conflicts.ts';

/** Another engine is first once, perhaps twice; more would be a mistake of ours. */
const ATTEMPTS = 5;

/** Once more, on what is stored by now, where another engine was first in a way that takes nothing from anybody. */
export async function again<T>(work: () => Promise<T>, isWorthIt: (error: unknown) => boolean): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !isWorthIt(error)) throw error;
    }
  }
}

export const isNumberTaken = (error: unknown) =>
  error instanceof RecordConflictError && error.clash.kind === 'case-taken';
export const isChangedMeanwhile = (error: unknown) =>
  error instanceof CommandError && error.code === 'CHANGED_SINCE_SHOWN';
