import { isCanary } from '#shared/domain/detection/lines.ts';
import type { Alarm, EvidenceReading } from '#shared/model/detection.ts';

const WATCH_SIGMA = 2;

/**
 * The two-signal line across feeds: signals of different sources have detectors of their own, each of which sees only its half of "two
 * signals at 2 sigma in the same tick". Alarms that were raised before are not raised again.
 */
export function crossAlarms(
  atMs: number,
  readings: readonly EvidenceReading[],
  before: readonly Alarm[],
): Alarm[] {
  const worse = readings.filter(
    ({ signal, anytimeSigma, isFrozen }) => anytimeSigma >= WATCH_SIGMA && !isFrozen && !isCanary(signal),
  );
  const byCohort = Map.groupBy(worse, ({ cohort, basis }) => `${basis}/${cohort}`);
  return [...byCohort.values()].flatMap((streams): Alarm[] => {
    const [first, second] = streams.toSorted((a, b) => b.anytimeSigma - a.anytimeSigma);
    if (!first || !second || first.signal === second.signal) return [];
    if (before.some(({ cohort, basis }) => cohort === first.cohort && basis === first.basis)) return [];
    const where = first.cohort === 'all' ? '' : ` in ${first.cohort}`;
    return [
      {
        atMs,
        class: 'page',
        signal: first.signal,
        cohort: first.cohort,
        basis: first.basis,
        rule: 'two-at-watch',
        sigma: first.anytimeSigma,
        evidence: first.evidence,
        alsoSignal: second.signal,
        effect: first.effect,
        onset: first.onset,
        sentence:
          `${first.signal} and ${second.signal}${where} are worse at the same time, ` +
          `${first.anytimeSigma.toFixed(1)} and ${second.anytimeSigma.toFixed(1)} sigma, looked at continuously`,
        resolvedAtMs: null,
      },
    ];
  });
}
