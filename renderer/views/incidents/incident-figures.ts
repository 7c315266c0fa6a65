import type { Incident, LoopStepId } from '#shared/model/incident.ts';

/** From the alarm to the flag flipped, in ms; null while not flipped. The standing target is five minutes. */
export function timeToRollbackMs(incident: Pick<Incident, 'declaredAtMs' | 'steps'>): number | null {
  const doneAtMs = stepDoneAtMs(incident, 'rollback');
  return doneAtMs === null ? null : doneAtMs - incident.declaredAtMs;
}

/** From the bad version shipping to the alarm; null where it is not known when it shipped. */
export function timeToDetectMs(incident: Pick<Incident, 'declaredAtMs' | 'shippedAtMs'>): number | null {
  return incident.shippedAtMs === null ? null : incident.declaredAtMs - incident.shippedAtMs;
}

function stepDoneAtMs(incident: Pick<Incident, 'steps'>, id: LoopStepId): number | null {
  const step = incident.steps.find((entry) => entry.id === id);
  return step?.state === 'done' ? step.doneAtMs : null;
}

/** What is happening now, in a word: the active step, or how it ended. */
export function stageWords(incident: Pick<Incident, 'status' | 'steps'>): string {
  if (incident.status === 'closed') return 'closed';
  const active = incident.steps.find((step) => step.state === 'active');
  return active === undefined ? 'open' : STAGES[active.id];
}

const STAGES: Record<LoopStepId, string> = {
  detect: 'detecting',
  identify: 'identifying',
  decide: 'deciding',
  rollback: 'rolling back',
  verify: 'verifying',
  note: 'writing the note',
  eval: 'eval case due',
};

/** The feed's incidents win over the pulled ones: they are newer. Open first, then newest first. */
export function mergeIncidents(pulled: readonly Incident[], pushed: readonly Incident[]): Incident[] {
  const byId = new Map([...pulled, ...pushed].map((incident) => [incident.id, incident]));
  return [...byId.values()].toSorted(
    (a, b) =>
      Number(a.status === 'closed') - Number(b.status === 'closed') || b.declaredAtMs - a.declaredAtMs,
  );
}
