import { decisionOf } from '#shared/domain/decision/tree.ts';
import { loopSteps, noteDueFromMs } from '#shared/domain/loop/steps.ts';
import { closingBlockers } from '#shared/domain/postmortem/closing.ts';
import { draftNote } from '#shared/domain/postmortem/note.ts';
import { isInEffect, isSettled, type Machine } from '#shared/domain/rollback/machine.ts';
import { currentFlip } from '#shared/domain/rollback/recovery-window.ts';
import { EMPTY_AFTERMATH, type ClosingBlocker, type IncidentNote } from '#shared/model/closing.ts';
import type { Incident, TimelineEntry, Verification } from '#shared/model/incident.ts';
import type { IncidentRecord } from '../records/kind.ts';

/** What the view needs of the world around the record. */
export type ViewSettings = {
  /** Where posting the note would send it; null = no chat is configured. */
  readonly noteTarget: string | null;
  /** Minutes the local zone is east of UTC at the incident. */
  readonly offsetMinutes: number;
  readonly revision: string;
};

/** Puts an incident together from its stored facts. Pure: everything worked out is worked out here, every time. */
export function incidentView(
  record: IncidentRecord,
  timeline: readonly TimelineEntry[],
  machines: readonly Machine[],
  settings: ViewSettings,
): Incident {
  const {
    identifiedAtMs,
    answers,
    decided,
    references: _references,
    aftermath = EMPTY_AFTERMATH,
    verification,
    ...facts
  } = record;
  const flip = currentFlip(machines);
  const newest = machines.at(-1)?.rollback ?? null;
  const inEffectAtMs = flip?.facts.inEffectAtMs ?? null;
  const loopFacts = {
    shippedAtMs: record.shippedAtMs,
    onsetAtMs: record.alarm?.onset?.aboutMs ?? null,
    declaredAtMs: record.declaredAtMs,
    identifiedAtMs,
    decided: decided && decided.outcome !== 'undecided' ? decided : null,
    firstPressedAtMs:
      machines.find(({ rollback }) => isFlip(rollback.operation.kind))?.rollback.pressedAtMs ?? null,
    inEffectAtMs,
    rollbackNote: newest && !isInEffect(newest.state) ? newest.stateDetail : null,
    recoveredAtMs: recoveredAtMs(verification),
    verifyNote: verification?.sentence ?? null,
    judgedAtMs: judgedAtMs(timeline, inEffectAtMs),
    notedAtMs: aftermath.note.doneAtMs,
    isNotedByClosing: record.aftermath === undefined,
    evals: record.evals ?? null,
    isEvalWaived: aftermath.waivers.some(({ blocker }) => blocker === 'eval-case' || blocker === 'eval-gate'),
    closedAtMs: record.closedAtMs,
  };
  const blockers = record.status === 'closed' ? [] : blockersOf(record, machines);
  const known = {
    ...facts,
    revision: settings.revision,
    scribe: record.scribe ?? null,
    evals: record.evals ?? null,
    wave2: record.wave2 ?? null,
    steps: loopSteps(loopFacts),
    decision: decisionOf(answers, decided, record.goodVersion, record.noWayBack ?? null),
    rollbacks: machines.map(({ rollback }) => rollback),
    verification,
  };
  const isDue = noteDueFromMs(loopFacts) !== null || record.closedAtMs !== null;
  const draft = isDue ? draftNote(known, settings.offsetMinutes) : '';
  return {
    ...known,
    note: {
      ...aftermath.note,
      state: noteState(aftermath.note, isDue),
      draft,
      target: settings.noteTarget,
    },
    timeline: [...timeline].toSorted(
      (a, b) => a.atMs - b.atMs || a.recordedAtMs - b.recordedAtMs || (a.id < b.id ? -1 : 1),
    ),
    blockers,
    waivers: aftermath.waivers,
    closingBlockers: blockers.filter(({ waiver }) => waiver === null).map(({ sentence }) => sentence),
  };
}

const isFlip = (kind: string) => kind === 'serve-control' || kind === 'point-label';

/** When all four checks had passed; null until then. */
export function recoveredAtMs(verification: Verification | null): number | null {
  if (verification?.verdict !== 'recovered') return null;
  const times = verification.checks.map((check) => check.passedAtMs).filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}

/** The first verdict after the flip, good or bad. */
function judgedAtMs(timeline: readonly TimelineEntry[], inEffectAtMs: number | null): number | null {
  if (inEffectAtMs === null) return null;
  return timeline.find(({ kind, atMs }) => kind === 'verdict' && atMs >= inEffectAtMs)?.atMs ?? null;
}

function noteState(
  { post, doneAtMs }: Pick<IncidentNote, 'post' | 'doneAtMs'>,
  isDue: boolean,
): IncidentNote['state'] {
  if (post?.state === 'sent') return 'posted';
  if (doneAtMs !== null) return 'done';
  return isDue ? 'draft' : 'waiting';
}

/** What closing asks for and is not there. */
export function blockersOf(record: IncidentRecord, machines: readonly Machine[]): ClosingBlocker[] {
  const flip = currentFlip(machines);
  return closingBlockers({
    unsettled: machines.find(({ rollback }) => !isSettled(rollback.state))?.rollback.stateDetail ?? null,
    flipAtMs: flip ? (flip.facts.inEffectAtMs ?? flip.rollback.pressedAtMs) : null,
    wasFlipped: machines.some(
      ({ rollback, facts }) => isFlip(rollback.operation.kind) && facts.inEffectAtMs !== null,
    ),
    decided: record.decided,
    verification: record.verification,
    aftermath: record.aftermath ?? EMPTY_AFTERMATH,
    evals: record.evals ?? null,
    wave2: record.wave2 ?? null,
  });
}
