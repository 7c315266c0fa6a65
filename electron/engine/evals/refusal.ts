import { CommandError } from '../ports.ts';

/** Refused, with what to do about it. */
export function refusal(reason: string, fix: string): CommandError {
  return new CommandError('REFUSED', reason, { reason, fix });
}
