import type { TimelineEntry, TimelineKind } from '#shared/model/incident.ts';
import type { Correction } from '#shared/model/postmortem.ts';

/** An event with its true time; `correction` says what was recorded before, by whom it was corrected and why. */
export type PostmortemEvent = {
  readonly entry: TimelineEntry;
  /** The corrected time where there is one, else the recorded one. */
  readonly atMs: number;
  readonly correction: Correction | null;
};

/** The timeline with its corrections, in the order of the true times. The newest correction of an event counts. */
export function correctedEvents(
  timeline: readonly TimelineEntry[],
  corrections: readonly Correction[],
): PostmortemEvent[] {
  return timeline
    .map((entry) => {
      const correction = corrections.findLast(({ entryId }) => entryId === entry.id) ?? null;
      return { entry, correction, atMs: correction?.atMs ?? entry.atMs };
    })
    .toSorted(
      (a, b) =>
        a.atMs - b.atMs || a.entry.recordedAtMs - b.entry.recordedAtMs || (a.entry.id < b.entry.id ? -1 : 1),
    );
}

/** What a reader of the short style does without: the tool's own steps on the way. */
const MINOR: readonly TimelineKind[] = ['check', 'notice', 'engine', 'triaged', 'repair'];

/** The events that tell the story; a corrected one always does. */
export function keyEvents(events: readonly PostmortemEvent[]): PostmortemEvent[] {
  return events.filter(({ entry, correction }) => correction !== null || !MINOR.includes(entry.kind));
}

/**
 * Time to detect, in ms: from when the figures turned (else when the version shipped) to the first alarm or
 * declaration, both with their corrections. Null = when it shipped is not known.
 */
export function timeToDetectMs(
  events: readonly PostmortemEvent[],
  incident: { readonly shippedAtMs: number | null; readonly declaredAtMs: number },
): number | null {
  const firstOf = (...kinds: TimelineKind[]) => events.find(({ entry }) => kinds.includes(entry.kind))?.atMs;
  const beganAtMs = firstOf('regression') ?? firstOf('shipped') ?? incident.shippedAtMs;
  if (beganAtMs === null) return null;
  return Math.max(0, (firstOf('alarm', 'declared') ?? incident.declaredAtMs) - beganAtMs);
}
