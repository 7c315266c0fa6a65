import type { LeverState } from '#shared/model/prompt.ts';
import type { Lamp, Rollback, RollbackState } from '#shared/model/rollback.ts';

/** What the machine needs beyond what people see, so that a restart knows where it stood. */
export type RollbackFacts = {
  /** Revision read before the write: reading it again means nothing has changed. */
  readonly revisionBefore: string | null;
  /** Writes begun, counted before each is sent. */
  readonly sends: number;
  /** A restart happened while this was open: nothing is sent any more. */
  readonly isRecovered: boolean;
  /** Some write ended without an answer. */
  readonly hadUnknown: boolean;
  /** The provider answered yes to some write. */
  readonly wasAccepted: boolean;
  /** The provider refused because someone else was faster; its words. */
  readonly conflict: string | null;
  /** A state that is neither the old nor the wanted one was read once; it counts when read twice. */
  readonly otherRevision: string | null;
  /** From the lever's own propagation; when traffic may be judged. */
  readonly propagationMs: number;
  readonly inEffectAtMs: number | null;
  /** The operation that took this one back, once it was in effect. */
  readonly undoneBy: string | null;
};
export type Machine = { readonly rollback: Rollback; readonly facts: RollbackFacts };

/** How a write ended, without the vendor's details. */
export type WriteAnswer =
  | { readonly kind: 'accepted'; readonly detail: string }
  | {
      readonly kind: 'refused';
      readonly isConflict: boolean;
      readonly message: string;
      readonly fix: string;
    }
  | { readonly kind: 'unknown'; readonly detail: string };

/** What a read says about the wanted state. */
export type Reading =
  | { readonly kind: 'wanted' | 'old' | 'other'; readonly state: LeverState }
  | { readonly kind: 'unreadable'; readonly detail: string };

export type MachineEvent =
  | { readonly kind: 'intent-recorded' }
  /** The fresh read before the write shows that it is so already: nothing is sent. */
  | { readonly kind: 'already-so'; readonly state: LeverState }
  | { readonly kind: 'sending' }
  | { readonly kind: 'answered'; readonly answer: WriteAnswer }
  | { readonly kind: 'reading-back' }
  | { readonly kind: 'read'; readonly reading: Reading }
  | { readonly kind: 'restarted' }
  | { readonly kind: 'traffic'; readonly state: Lamp['state']; readonly detail: string };

/** `elapsedMs`: since the press, on the monotonic clock. */
export type When = { readonly atMs: number; readonly elapsedMs: number };

export function byWhom(state: LeverState): string {
  const who = state.lastChangedBy === null ? '' : ` by ${state.lastChangedBy}`;
  const at =
    state.lastChangedAtMs === null
      ? ''
      : ` at ${new Date(state.lastChangedAtMs).toISOString().slice(11, 19)}Z`;
  return who + at;
}

export function lamp(state: Lamp['state'], when: When, detail: string): Lamp {
  return { state, atMs: when.atMs, afterMs: when.elapsedMs, detail };
}

export function lamps(machine: Machine, change: Partial<Rollback['lamps']>): Machine {
  return {
    ...machine,
    rollback: { ...machine.rollback, lamps: { ...machine.rollback.lamps, ...change } },
  };
}

export function facts(machine: Machine, change: Partial<RollbackFacts>): Machine {
  return { ...machine, facts: { ...machine.facts, ...change } };
}

export function after(machine: Machine, state: LeverState): Machine {
  return { ...machine, rollback: { ...machine.rollback, after: state } };
}

export function move(machine: Machine, state: RollbackState, detail: string, when: When): Machine {
  return {
    ...machine,
    rollback: {
      ...machine.rollback,
      state,
      stateDetail: detail,
      history: [...machine.rollback.history, { state, atMs: when.atMs, detail }],
    },
  };
}

export function settle(machine: Machine, state: RollbackState, detail: string, when: When): Machine {
  const moved = move(machine, state, detail, when);
  return { ...moved, rollback: { ...moved.rollback, settledAtMs: when.atMs } };
}
