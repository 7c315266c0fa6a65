import { refusalFor } from '#shared/domain/team/may.ts';
import type { Procedure } from '#shared/domain/team/permissions.ts';
import type { Person } from '#shared/model/team.ts';
import { useLive } from './hooks.ts';

/**
 * Why the person at this engine may not do it here and who may instead, in one line; null = they may. It only says beforehand what
 * the engine decides at the call. `promptId` is the prompt that it is about.
 */
export function useRefusal(procedure: Procedure, promptId: string | null = null): string | null {
  return useLive(({ engine }) => {
    // An engine from before roles sends nobody.
    const person = engine.person as Person | undefined;
    const refusal = person ? refusalFor(person, procedure, promptId === null ? [] : [promptId]) : null;
    return refusal === null ? null : `${refusal.reason} ${refusal.fix}`;
  });
}
