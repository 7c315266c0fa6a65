import { affectedStreams } from '#shared/domain/detection/affected.ts';
import type { Alarm, EvidenceReading } from '#shared/model/detection.ts';
import type { Trigger } from '#shared/model/incident.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { SignalComparison } from '#shared/model/signal.ts';

/** A page as an incident's trigger. A WATCH, the mission's soft trigger, opens none. */
export function triggerOf(alarm: Alarm): Trigger {
  const signal = SIGNAL_IDS.find((id) => id === alarm.signal) ?? null;
  return {
    kind: 'incident',
    signal,
    cohort: alarm.cohort,
    sigma: alarm.sigma,
    ratio: signal === 'csat' || signal === null ? null : (alarm.effect?.value ?? null),
    sentence: alarm.sentence,
  };
}

/** The cohort to look at first: the one that fired, or the clearest one where the stratified stream of all of them fired. */
export function cohortOf(alarm: Alarm, readings: readonly EvidenceReading[]): string {
  if (alarm.cohort !== 'all') return alarm.cohort;
  return affectedStreams(readings).find(({ signal }) => signal === alarm.signal)?.cohort ?? 'all';
}

/** More cohorts than these are not sent to the page with every look: those with the clearest evidence, then the largest. */
const SHOWN_COHORTS = 20;

/** The streams worth showing of a prompt with very many cohorts: pooled ones, all that are not quiet, and the first of the others. */
export function shownStreams(readings: readonly EvidenceReading[], asked: string | null): EvidenceReading[] {
  const byCohort = Map.groupBy(readings, ({ cohort }) => cohort);
  if (byCohort.size <= SHOWN_COHORTS + 1) return [...readings];
  const weight = (own: readonly EvidenceReading[]) =>
    Math.max(...own.map(({ anytimeSigma }) => anytimeSigma)) + (own[0]?.candidate.units ?? 0) * 1e-9;
  const first = [...byCohort]
    .toSorted(([, a], [, b]) => weight(b) - weight(a))
    .slice(0, SHOWN_COHORTS)
    .map(([cohort]) => cohort);
  const shown = new Set(['all', ...(asked === null ? [] : [asked]), ...first]);
  return readings.filter(({ cohort, state }) => shown.has(cohort) || state !== 'quiet');
}

/** Of several pages of one period, a person hears of each signal once: the first. */
export function isNewSignal(alarm: Alarm, earlier: readonly Alarm[]): boolean {
  return !earlier.some((other) => other !== alarm && other.class === 'page' && mentions(other, alarm.signal));
}

/** Nothing of this signal was told in this period, neither WATCH nor page. */
export function isFirstOfSignal(alarm: Alarm, told: readonly Alarm[]): boolean {
  return !told.some((other) => mentions(other, alarm.signal));
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
