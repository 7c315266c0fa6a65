import type { Onset } from '#shared/model/detection.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { Counts } from './recovery-evidence.ts';

/**
 * What was normal for a version that turned bad while nobody ran another beside it: its own time in `window` up to where the trouble may have
 * begun. Null where the alarm compared two versions on the same traffic, or did not date the trouble: then the good version alone counts.
 */
export function ownCalmWindow(
  alarm: { readonly basis: string; readonly onset: Onset | null } | null,
  window: Window,
): Window | null {
  if (alarm?.basis !== 'history' || alarm.onset === null) return null;
  const toMs = Math.min(window.toMs, alarm.onset.earliestMs);
  return toMs > window.fromMs ? { fromMs: window.fromMs, toMs } : null;
}

/** The baseline that rests on more: a handful of stray conversations of the good version is no level to come back to. */
export function baselineOf(good: Counts | null, own: Counts | null): Counts | null {
  const best = (good?.conversations ?? 0) >= (own?.conversations ?? 0) ? good : own;
  return best !== null && best.conversations > 0 ? best : null;
}
