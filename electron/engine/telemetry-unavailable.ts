import { CommandError } from './ports.ts';
import type { EvidenceReader } from './telemetry/kind.ts';

/** Stands in for the reader when the telemetry store did not open: every question is answered with the reason. */
export function unavailableEvidence(why: string): EvidenceReader {
  const refuse = () =>
    Promise.reject(
      new CommandError('SOURCE_UNAVAILABLE', `Received traces cannot be read: ${why}`, {
        source: 'telemetry',
        detail: `${why} Rolling back works without them.`,
      }),
    );
  return {
    distribution: refuse,
    counts: refuse,
    series: refuse,
    ticks: refuse,
    arrivals: refuse,
    workers: refuse,
    samples: refuse,
    versionTimes: refuse,
    cohorts: refuse,
    dataUpToMs: refuse,
    unversionedShare01: refuse,
    reportLagsMs: refuse,
    served: refuse,
    servedByCohort: refuse,
    errorTypes: refuse,
    answeredBy: refuse,
    failedMinutes: refuse,
    workerCounts: refuse,
    keptSinceMs: refuse,
  };
}
