import { decisionOf } from '#shared/domain/decision/tree.ts';
import { loopSteps } from '#shared/domain/loop/steps.ts';
import { isInEffect, isSettled, type Machine } from '#shared/domain/rollback/machine.ts';
import { currentFlip } from '#shared/domain/rollback/recovery-window.ts';
import type { Incident, TimelineEntry, Verification } from '#shared/model/incident.ts';
import type { IncidentRecord } from '../records/kind.ts';

/** Puts an incident together from its stored facts. Pure: everything worked out is worked out here, every time. */
export function incidentView(
  record: IncidentRecord,
  timeline: readonly TimelineEntry[],
  machines: readonly Machine[],
): Incident {
  const { identifiedAtMs, answers, decided, references: _references, verification, ...facts } = record;
  const flip = currentFlip(machines);
  const newest = machines.at(-1)?.rollback ?? null;
  return {
    ...facts,
    steps: loopSteps({
      shippedAtMs: record.shippedAtMs,
      declaredAtMs: record.declaredAtMs,
      identifiedAtMs,
      decided: decided && decided.outcome !== 'undecided' ? decided : null,
      firstPressedAtMs:
        machines.find(({ rollback }) => isFlip(rollback.operation.kind))?.rollback.pressedAtMs ?? null,
      inEffectAtMs: flip?.facts.inEffectAtMs ?? null,
      rollbackNote: newest && !isInEffect(newest.state) ? newest.stateDetail : null,
      recoveredAtMs: recoveredAtMs(verification),
      verifyNote: verification?.sentence ?? null,
      closedAtMs: record.closedAtMs,
    }),
    decision: decisionOf(answers, decided, record.goodVersion),
    rollbacks: machines.map(({ rollback }) => rollback),
    verification,
    timeline: [...timeline].toSorted(
      (a, b) => a.atMs - b.atMs || a.recordedAtMs - b.recordedAtMs || (a.id < b.id ? -1 : 1),
    ),
    closingBlockers: record.status === 'closed' ? [] : closingBlockers(record, machines),
  };
}

const isFlip = (kind: string) => kind === 'serve-control' || kind === 'point-label';

/** When all four checks had passed; null until then. */
export function recoveredAtMs(verification: Verification | null): number | null {
  if (verification?.verdict !== 'recovered') return null;
  const times = verification.checks.map((check) => check.passedAtMs).filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}

/** What must be settled before the incident may close, each as a sentence with what to do. */
export function closingBlockers(record: IncidentRecord, machines: readonly Machine[]): string[] {
  const blockers: string[] = [];
  const open = machines.find(({ rollback }) => !isSettled(rollback.state));
  if (open) {
    blockers.push(
      `A change is not confirmed yet (${open.rollback.stateDetail}): wait until the flag has been read back.`,
    );
  }
  const flip = currentFlip(machines);
  const outcome = record.decided?.outcome ?? 'undecided';
  if (!flip) {
    if (outcome === 'undecided') {
      blockers.push('Nothing was decided: record what was done about it under Decide, or roll back.');
    } else if (outcome === 'roll-back') {
      blockers.push(
        'Rolling back was decided, but no rollback is in effect: roll back, or record another decision.',
      );
    }
    return blockers;
  }
  const { verification } = record;
  if (!verification || verification.verdict === 'running') {
    blockers.push(
      'The recovery is still being checked: wait for the four checks, or record another decision.',
    );
    return isExplicit(record, flip) ? blockers.slice(0, -1) : blockers;
  }
  if (verification.verdict === 'recovered' || isExplicit(record, flip)) return blockers;
  blockers.push(
    `${verification.sentence} Record what it was under Decide (for example "not the prompt"), then close.`,
  );
  return blockers;
}

/** Someone decided anew after the flip: an outcome given with open eyes settles what the checks could not. */
function isExplicit(record: IncidentRecord, flip: Machine): boolean {
  return (
    record.decided !== null && record.decided.atMs > (flip.facts.inEffectAtMs ?? flip.rollback.pressedAtMs)
  );
}
