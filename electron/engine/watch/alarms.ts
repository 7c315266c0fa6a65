import { affectedStreams } from '#shared/domain/detection/affected.ts';
import { assertNever } from '#shared/lib/assert-never.ts';
import type { Alarm, EvidenceReading } from '#shared/model/detection.ts';
import type { Trigger } from '#shared/model/incident.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { SignalComparison } from '#shared/model/signal.ts';

/** The alarm as an incident's trigger: a page is the mission's incident trigger, a WATCH its soft one. */
export function triggerOf(alarm: Alarm): Trigger {
  const signal = SIGNAL_IDS.find((id) => id === alarm.signal) ?? null;
  return {
    kind: kindOf(alarm.class),
    signal,
    cohort: alarm.cohort,
    sigma: alarm.sigma,
    ratio: signal === 'csat' || signal === null ? null : (alarm.effect?.value ?? null),
    sentence: alarm.sentence,
  };
}

function kindOf(kind: Alarm['class']): Trigger['kind'] {
  switch (kind) {
    case 'page':
      return 'incident';
    case 'watch':
      return 'soft';
    default:
      return assertNever(kind, 'alarm');
  }
}

/** The cohort to look at first: the one that fired, or the clearest one where the stratified stream of all of them fired. */
export function cohortOf(alarm: Alarm, readings: readonly EvidenceReading[]): string {
  if (alarm.cohort !== 'all') return alarm.cohort;
  return affectedStreams(readings).find(({ signal }) => signal === alarm.signal)?.cohort ?? 'all';
}

/** Of several pages of one period, a person hears of each signal once: the first. */
export function isNewSignal(alarm: Alarm, earlier: readonly Alarm[]): boolean {
  return !earlier.some((other) => other !== alarm && other.class === 'page' && mentions(other, alarm.signal));
}

const mentions = (alarm: Alarm, signal: Alarm['signal']) =>
  alarm.signal === signal || alarm.alsoSignal === signal;

/** The four signals of one cohort first, then (for a single cohort) the pooled ones. */
export function signalsFor(comparisons: readonly SignalComparison[], cohort: string): SignalComparison[] {
  const own = comparisons.filter((each) => each.cohort === cohort);
  return cohort === 'all' ? own : [...own, ...comparisons.filter((each) => each.cohort === 'all')];
}

/**
 * Which window the screen shows: the one in which what the detector found looks strongest. `byWindow` is longest first, and the longest
 * wins a tie.
 */
export function strongestWindow(
  byWindow: readonly (readonly SignalComparison[])[],
): readonly SignalComparison[] {
  const weight = (comparisons: readonly SignalComparison[]) =>
    comparisons.reduce((most, { verdict, sigma }) => {
      if (verdict !== 'page' && verdict !== 'watch') return most;
      return Math.max(most, (verdict === 'page' ? 100 : 0) + (sigma ?? 0));
    }, 0);
  const [first = [], ...others] = byWindow;
  return others.reduce((best, next) => (weight(next) > weight(best) ? next : best), first);
}
