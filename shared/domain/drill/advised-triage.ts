import type { Incident, Triage } from '#shared/model/incident.ts';
import { TRIAGE_OF_SUSPECT } from '../decision/suspect-triage.ts';

/**
 * Where the incident view points: what people chose, else the first of its ranked suspects; where none of them explains it, what the signals that
 * moved in both versions look like.
 */
export function advisedTriage({
  triage,
  culprit,
  outside,
}: Pick<Incident, 'triage' | 'culprit' | 'outside'>): Triage {
  if (triage !== 'unknown') return triage;
  const first = culprit?.isUnexplained === false ? culprit.suspects[0] : undefined;
  return first === undefined ? (outside?.triage ?? 'unknown') : TRIAGE_OF_SUSPECT[first.kind];
}
