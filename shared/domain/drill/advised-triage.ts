import type { Suspect } from '#shared/model/detection.ts';
import type { Incident, Triage } from '#shared/model/incident.ts';

const TRIAGE_OF: Record<Suspect['kind'], Triage> = {
  'prompt-version': 'prompt',
  flag: 'prompt',
  label: 'prompt',
  model: 'model-change',
  retrieval: 'upstream-data',
  provider: 'provider',
  deploy: 'unknown',
  other: 'unknown',
};

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
  return first === undefined ? (outside?.triage ?? 'unknown') : TRIAGE_OF[first.kind];
}
