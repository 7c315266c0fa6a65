import type { Machine } from './machine.ts';
import { isInEffect } from './machine.ts';

/** Metrics lag a flip by three to five minutes: in that time a second flip needs a deliberate hold. */
export const RECOVERY_WINDOW_MS = 5 * 60_000;
/** How long a flip deserves attention. */
export const ATTENTION_MS = 15 * 60_000;

export type Hold = { readonly untilMs: number; readonly reason: string };

/** The newest flip of the prompt that serves a chosen version and was not taken back; null without one. */
export function currentFlip(machines: readonly Machine[]): Machine | null {
  const flips = machines.filter(
    ({ rollback, facts }) =>
      isInEffect(rollback.state) &&
      facts.undoneBy === null &&
      (rollback.operation.kind === 'serve-control' || rollback.operation.kind === 'point-label'),
  );
  return flips.toSorted((a, b) => b.rollback.pressedAtMs - a.rollback.pressedAtMs)[0] ?? null;
}

/** Why another flip of the same prompt needs to be held now, or null. */
export function holdFor(machines: readonly Machine[], nowMs: number): Hold | null {
  const flip = currentFlip(machines);
  const sinceMs = flip?.facts.inEffectAtMs ?? null;
  if (!flip || sinceMs === null) return null;
  const untilMs = sinceMs + RECOVERY_WINDOW_MS;
  if (nowMs >= untilMs) return null;
  const ago = Math.max(0, Math.round((nowMs - sinceMs) / 1000));
  return {
    untilMs,
    reason:
      `${flip.rollback.toVersion} was put back ${ago} s ago by ${flip.rollback.actor}. Conversations already running finish on ` +
      'the old version for up to 60 s and the figures follow 3 to 5 min after the flip: hold the button to flip again anyway.',
  };
}
