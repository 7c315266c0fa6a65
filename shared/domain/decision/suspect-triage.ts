import type { Suspect } from '#shared/model/detection.ts';
import type { Triage } from '#shared/model/incident.ts';

/** Whose matter an incident is when a change of this kind explains it. */
export const TRIAGE_OF_SUSPECT: Readonly<Record<Suspect['kind'], Triage>> = {
  'prompt-version': 'prompt',
  flag: 'prompt',
  label: 'prompt',
  model: 'model-change',
  retrieval: 'upstream-data',
  provider: 'provider',
  deploy: 'unknown',
  other: 'unknown',
};
