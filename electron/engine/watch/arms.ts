import { assertNever } from '#shared/lib/assert-never.ts';
import type { ArmReading, SignalId } from '#shared/model/signal.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import type { VersionCounts } from '../telemetry/kind.ts';

/** Candidate and control of one signal in one cohort; null = the source has no figure. */
export type Arms = {
  readonly candidate: ArmReading | null;
  readonly control: ArmReading | null;
};

export function emptyReading(signal: SignalId): ArmReading {
  return SIGNALS[signal].kind === 'rate'
    ? { kind: 'rate', conversations: 0, events: 0 }
    : { kind: 'mean', ratings: 0, sum: 0, sumSquares: 0 };
}

export function addReadings(a: ArmReading, b: ArmReading): ArmReading {
  switch (a.kind) {
    case 'rate':
      if (b.kind !== 'rate') break;
      return { kind: 'rate', conversations: a.conversations + b.conversations, events: a.events + b.events };
    case 'mean':
      if (b.kind !== 'mean') break;
      return {
        kind: 'mean',
        ratings: a.ratings + b.ratings,
        sum: a.sum + b.sum,
        sumSquares: a.sumSquares + b.sumSquares,
      };
    default:
      return assertNever(a, 'reading');
  }
  throw new TypeError('a rate and a mean cannot be added');
}

/** Both arms of one signal from counts per version and cohort; `cohort` 'all' adds them up. */
export function armsOf(
  counts: readonly VersionCounts[],
  signal: SignalId,
  cohort: string,
  versions: { readonly candidate: string; readonly control: string },
): Arms {
  const within = counts.filter((row) => cohort === 'all' || row.cohort === cohort);
  const reading = (version: string) =>
    within
      .filter((row) => row.version === version)
      .reduce((sum, row) => addReadings(sum, row.readings[signal]), emptyReading(signal));
  return {
    candidate: reading(versions.candidate),
    control: reading(versions.control),
  };
}

export function conversationsOf(counts: readonly VersionCounts[], version: string): number {
  return counts.reduce((sum, row) => (row.version === version ? sum + row.conversations : sum), 0);
}
