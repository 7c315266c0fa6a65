import { isOverdue, practisedWords, provenWords } from '#shared/domain/readiness/proof.ts';
import type { LeverProofs } from '#shared/model/prompt.ts';
import { hrefTo } from '#renderer/app/routes.ts';

export type PracticeLine = {
  readonly what: 'killswitch' | 'practised';
  readonly text: string;
  readonly isOverdue: boolean;
  /** Where the fact comes from: the incident of the flip, or the drill's debrief. */
  readonly href: string | null;
};

/** Two separate facts: when the real lever was last proven, and when people last practised. */
export function practiceLines({ killswitch, practice }: LeverProofs, nowMs: number): PracticeLine[] {
  const incidentId = killswitch?.incidentId ?? null;
  return [
    {
      what: 'killswitch',
      text: provenWords(killswitch),
      isOverdue: isOverdue(killswitch, nowMs),
      href: incidentId === null ? null : hrefTo('incident', { incidentId }),
    },
    {
      what: 'practised',
      text: practisedWords(practice),
      isOverdue: isOverdue(practice, nowMs),
      href: practice === null ? null : hrefTo('debrief', { drillId: practice.drillId }),
    },
  ];
}
