import type { EvalCase, EvalStanding } from '#shared/model/eval-case.ts';

/** Where an incident stands with its eval case: the best one counts. */
export function evalStanding(cases: readonly EvalCase[]): EvalStanding {
  const gated = cases.find(({ state }) => state === 'gated');
  const accepted = gated ?? cases.find(({ state }) => state === 'proven');
  const newest = cases.toSorted((a, b) => b.changedAtMs - a.changedAtMs)[0];
  return {
    cases: cases.length,
    acceptedCaseId: accepted?.id ?? null,
    acceptedAtMs: accepted?.proof?.endedAtMs ?? null,
    gatedAtMs: gated?.gate?.checkedAtMs ?? null,
    sentence: sentenceOf(gated, accepted, newest),
  };
}

function sentenceOf(
  gated: EvalCase | undefined,
  accepted: EvalCase | undefined,
  newest: EvalCase | undefined,
): string {
  if (gated) return `${gated.id} is proven and gated`;
  if (accepted) return `${accepted.id} is proven, not gated yet`;
  if (!newest) return 'the bad output as a new eval case';
  if (newest.state === 'refused') return `${newest.id} was refused: ${newest.proof?.verdict?.sentence ?? ''}`;
  return newest.state === 'proving' ? `${newest.id} is being proven` : `${newest.id} is a draft`;
}
