import type { SeenLeverChange } from '#shared/domain/drill/observation.ts';
import { isInEffect } from '#shared/domain/rollback/machine.ts';
import type { Rollback } from '#shared/model/rollback.ts';

/** Ramps that were held in a drill, in an incident or before one, by whomever. A ramp held where it was changes nothing of its lever. */
export function createHolds() {
  const held = new Map<string, SeenLeverChange>();
  return {
    heard({ operationId, operation, state, promptId, pressedAtMs, actor }: Rollback): void {
      if (operation.kind !== 'set-share' || !isInEffect(state)) return;
      held.set(operationId, { promptId, atMs: pressedAtMs, by: actor });
    },
    /** Oldest first. */
    list: (): readonly SeenLeverChange[] => [...held.values()].toSorted((a, b) => a.atMs - b.atMs),
  };
}
