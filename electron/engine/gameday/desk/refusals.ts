import { CommandError } from '#engine/ports.ts';

/** The desk cannot do this now; `fix` is the next thing to press. */
export function refuse(reason: string, fix: string): CommandError {
  return new CommandError('REFUSED', `${reason} ${fix}`, { reason, fix });
}

export function unknown(
  what: 'drill' | 'scenario' | 'prompt' | 'incident',
  id: string,
  message: string,
): CommandError {
  return new CommandError('NOT_FOUND', message, { what, id });
}
