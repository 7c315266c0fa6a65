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

/** Where the incident view points: what people chose, else the first of its ranked suspects, unless none of them explains it. */
export function advisedTriage({ triage, culprit }: Pick<Incident, 'triage' | 'culprit'>): Triage {
  if (triage !== 'unknown') return triage;
  const first = culprit?.isUnexplained === false ? culprit.suspects[0] : undefined;
  return first === undefined ? 'unknown' : TRIAGE_OF[first.kind];
}
