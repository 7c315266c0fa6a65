import type { Machine, Reading, When } from './machine.ts';
import { CHECK_DEADLINE_MS, MAX_RESENDS, RESEND_WINDOW_MS, WATCH_MS, isSettled } from './machine.ts';

/** What to do next: `afterMs` is how long to wait first. */
export type NextStep =
  | { readonly do: 'send' }
  | { readonly do: 'read'; readonly afterMs: number }
  | { readonly do: 'rest' };

/** A lost write gets this long to show before the same one is sent again. */
export const RESEND_AFTER_MS = 2_500;
/** How the polling slows down: eager, then every second until the deadline, every two in the watch, every ten when unreadable. */
const EAGER_DELAYS_MS = [0, 250, 500] as const;
const CHECK_POLL_MS = 1_000;
const WATCH_POLL_MS = 2_000;
const LATE_POLL_MS = 10_000;

/**
 * What an operation does next. `reads`: how many reads since the last send; `last`: the newest reading;
 * `sinceSendMs`: since the last write ended; `isSuperseded`: a newer operation works on the same lever.
 */
export function nextStep(
  machine: Machine,
  progress: {
    readonly reads: number;
    readonly last: Reading['kind'] | null;
    readonly lastRevision: string | null;
    readonly sinceSendMs: number;
    readonly isSuperseded: boolean;
  },
  when: When,
): NextStep {
  const { rollback } = machine;
  if (isSettled(rollback.state)) return { do: 'rest' };
  if (rollback.state === 'intent-recorded' && !machine.facts.isRecovered) return { do: 'send' };
  if (mayResend(machine, progress, when)) return { do: 'send' };
  return { do: 'read', afterMs: pollDelayMs(progress.reads, when) };
}

/**
 * The rule of trust.md 2.2: the same absolute operation, at most twice more, only within 30 s of the press (on either clock, so
 * that a laptop's sleep counts), only while a read shows the old state at the same revision, only when the provider never answered,
 * and never after a restart or when someone has pressed again since.
 */
export function mayResend(
  machine: Machine,
  progress: {
    readonly last: Reading['kind'] | null;
    readonly lastRevision: string | null;
    readonly sinceSendMs: number;
    readonly isSuperseded: boolean;
  },
  when: When,
): boolean {
  const { facts, rollback } = machine;
  return (
    !facts.isRecovered &&
    !progress.isSuperseded &&
    facts.hadUnknown &&
    !facts.wasAccepted &&
    facts.conflict === null &&
    facts.sends >= 1 &&
    facts.sends <= MAX_RESENDS &&
    when.elapsedMs <= RESEND_WINDOW_MS &&
    when.atMs - rollback.pressedAtMs <= RESEND_WINDOW_MS &&
    progress.last === 'old' &&
    progress.lastRevision === facts.revisionBefore &&
    progress.sinceSendMs >= RESEND_AFTER_MS
  );
}

function pollDelayMs(reads: number, when: When): number {
  const eager = EAGER_DELAYS_MS[reads];
  if (eager !== undefined) return eager;
  if (when.elapsedMs < CHECK_DEADLINE_MS) return CHECK_POLL_MS;
  return when.elapsedMs < WATCH_MS ? WATCH_POLL_MS : LATE_POLL_MS;
}
