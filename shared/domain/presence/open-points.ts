import { LOOP_STEPS, type Incident, type LoopStepId } from '#shared/model/incident.ts';

/** What is open at a handover, from the record, for whoever hands over to edit. One point a line. */
export function openPoints(incident: Incident): string {
  const { steps, rollbacks, verification, badVersion, closingBlockers } = incident;
  const step = steps.find(({ state }) => state === 'active');
  const newest = rollbacks.at(-1);
  return [
    badVersion === null ? 'The bad version is not known.' : null,
    step ? `Now at: ${titleOf(step.id)}.` : null,
    newest && newest.settledAtMs === null ? `The last press is not settled: ${newest.stateDetail}.` : null,
    verification && verification.verdict !== 'recovered' ? verification.sentence : null,
    ...closingBlockers,
  ]
    .filter((point) => point !== null)
    .join('\n');
}

const titleOf = (id: LoopStepId) => LOOP_STEPS.find((step) => step.id === id)?.title ?? id;
