import { CANARY_IDS, type EvidenceReading } from '#shared/model/detection.ts';

/** Of the cohorts listed, at most this part is listed wrongly, on average. */
const FALSE_SHARE = 0.1;

/**
 * Which cohorts are affected, the clearest first: e-BH (Wang and Ramdas, JRSS-B 84(3), 2022) over the evidence of every cohort and signal
 * as it stands now: the largest k with E_(k) >= K / (0.1 k). Holds under any dependence; running maxima must not be put in. Left out
 * are the pooled stream, canaries, and readings against history, which are no e-values.
 */
export function affectedStreams(
  readings: readonly EvidenceReading[],
  falseShare01 = FALSE_SHARE,
): EvidenceReading[] {
  const canaries: ReadonlySet<string> = new Set(CANARY_IDS);
  const tested = readings
    .filter(
      ({ cohort, basis, signal }) => cohort !== 'all' && basis === 'comparison' && !canaries.has(signal),
    )
    .toSorted((a, b) => b.evidence - a.evidence);
  const count = tested.findLastIndex(
    ({ evidence }, index) => evidence >= tested.length / (falseShare01 * (index + 1)),
  );
  return tested.slice(0, count + 1);
}
