import type { DecisionOutcome, Incident } from '#shared/model/incident.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import { isInEffect } from '#shared/domain/rollback/machine.ts';
import { shortOperation, statusLine } from '#shared/domain/rollback/status-line.ts';
import { affectedCohorts } from './cohorts.ts';
import { moment, percent, span } from './words.ts';

/** What the note is written from: the incident as recorded, nothing a person has to type. */
export type NoteFacts = Pick<
  Incident,
  | 'id'
  | 'promptTitle'
  | 'promptId'
  | 'severity'
  | 'trigger'
  | 'alarm'
  | 'signals'
  | 'evidence'
  | 'cohort'
  | 'badVersion'
  | 'badSha'
  | 'goodVersion'
  | 'shippedAtMs'
  | 'declaredAtMs'
  | 'declaredBy'
  | 'decision'
  | 'rollbacks'
  | 'verification'
  | 'badConversations'
>;

const OUTCOMES: Record<DecisionOutcome, string> = {
  'roll-back': 'roll back',
  'forward-fix': 'forward-fix: the ramp is held until the fix ships',
  'keep-ramping': 'keep ramping, fix without blocking',
  'not-the-prompt': 'not the prompt',
  undecided: 'not recorded',
};

/**
 * The incident note, plain text, from facts only: times in UTC with the local offset, versions, share, affected conversations, cohorts,
 * what was done and by whom, the verdict. What the record does not know says "unknown". The same record gives the same text.
 * @param offsetMinutes minutes the local zone is east of UTC
 */
export function draftNote(incident: NoteFacts, offsetMinutes: number): string {
  const at = (ms: number | null) => moment(ms, offsetMinutes);
  const flip = newestFlip(incident.rollbacks);
  const bad = incident.badVersion ?? 'unknown';
  const sha = incident.badSha === null ? 'sha unknown' : `sha ${incident.badSha.slice(0, 12)}`;
  const { recorded } = incident.decision;
  return [
    `${incident.id}, ${incident.severity}, ${incident.promptTitle}: ${oneLine(incident.trigger.sentence)}`,
    `Versions: bad ${bad} (${sha}), good ${incident.goodVersion}`,
    `Shipped: ${at(incident.shippedAtMs)}`,
    `Detected: ${at(incident.declaredAtMs)} by ${incident.declaredBy}${detectTook(incident)}`,
    `Decided: ${recorded === null ? 'not recorded' : `${OUTCOMES[recorded.outcome]}, ${at(recorded.atMs)} by ${recorded.by}`}`,
    ...doneLines(incident.rollbacks, offsetMinutes),
    `Share of ${bad} before the flip: ${shareBefore(flip, incident.badVersion)}`,
    `Affected: ${affected(incident)}`,
    `Cohorts: ${affectedCohorts(incident).join(', ') || 'unknown'}`,
    `Shipped to flipped: ${span(between(incident.shippedAtMs, inEffectAtMs(flip)))}; detected to flipped: ${span(between(incident.declaredAtMs, inEffectAtMs(flip)))}`,
    `Recovery: ${incident.verification === null ? 'not checked' : oneLine(incident.verification.sentence)}`,
    ...(incident.verification?.checks ?? []).map(
      (check) => `  ${check.title}: ${check.state.replace('-', ' ')}. ${oneLine(check.detail)}`,
    ),
  ].join('\n');
}

/** The newest operation that put a version back and took effect. */
export function newestFlip(rollbacks: readonly Rollback[]): Rollback | null {
  return (
    rollbacks.findLast(
      ({ operation, state }) =>
        (operation.kind === 'serve-control' || operation.kind === 'point-label') && isInEffect(state),
    ) ?? null
  );
}

/** When the lever was read back as wanted; null = it was not. */
export function inEffectAtMs(rollback: Rollback | null): number | null {
  return rollback?.history.find(({ state }) => state === 'in-effect')?.atMs ?? null;
}

function doneLines(rollbacks: readonly Rollback[], offsetMinutes: number): string[] {
  if (rollbacks.length === 0) return ['Done: no change of a lever is recorded'];
  return rollbacks.flatMap((rollback) => [
    `Done: ${statusLine({ ...rollback, incidentId: null }, offsetMinutes)}${took(rollback)}`,
    ...rollback.notices.map(
      ({ kind, target, state }) =>
        `  ${kind === 'post' ? 'Channel' : 'Page'} (op ${shortOperation(rollback.operationId)}): ${target}, ${state.replace('-', ' ')}`,
    ),
  ]);
}

function took(rollback: Rollback): string {
  const doneAtMs = inEffectAtMs(rollback);
  return doneAtMs === null ? '' : `, in effect ${span(doneAtMs - rollback.pressedAtMs)} after the press`;
}

/** The share that the lever's rules gave the bad version when it was pressed. */
export function shareBefore(flip: Rollback | null, badVersion: string | null): string {
  const intended = flip?.before?.intended.find(({ version }) => version === badVersion);
  return intended ? percent(intended.share01) : 'unknown';
}

function affected({ badConversations, badVersion }: NoteFacts): string {
  if (badConversations === null) return 'unknown number of conversations';
  return `${Math.round(badConversations)} conversations on ${badVersion ?? 'the bad version'}`;
}

function detectTook({ shippedAtMs, declaredAtMs }: NoteFacts): string {
  const took = between(shippedAtMs, declaredAtMs);
  return took === null ? '' : `, ${span(took)} after it shipped`;
}

function between(fromMs: number | null, toMs: number | null): number | null {
  return fromMs === null || toMs === null ? null : Math.max(0, toMs - fromMs);
}

/** Text of vendors and people on one line: a note is read line by line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
