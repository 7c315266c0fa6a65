import { responseNote } from '#shared/domain/detection/split.ts';
import type { SignalComparison } from '#shared/model/signal.ts';
import type { VersionCounts } from '../telemetry/kind.ts';
import { armsOf, conversationsOf } from './arms.ts';

/** A csat figure says it where one version's users answer differently often: then it compares different people. */
export function withAnswerRates(
  comparison: SignalComparison,
  counts: readonly VersionCounts[],
  versions: { readonly candidate: string; readonly control: string },
): SignalComparison {
  const { cohort } = comparison;
  if (comparison.signal !== 'csat') return comparison;
  const rows = cohort === 'all' ? counts : counts.filter((row) => row.cohort === cohort);
  const arms = armsOf(rows, 'csat', cohort, versions);
  const ratings = (arm: 'candidate' | 'control') => {
    const reading = arms[arm];
    return reading?.kind === 'mean' ? reading.ratings : 0;
  };
  const note = responseNote(
    { conversations: conversationsOf(rows, versions.candidate), ratings: ratings('candidate') },
    { conversations: conversationsOf(rows, versions.control), ratings: ratings('control') },
  );
  if (note === null) return comparison;
  return { ...comparison, note: comparison.note === '' ? note : `${comparison.note}. ${note}` };
}
