import { isDeepStrictEqual } from 'node:util';
import { evalCaseId } from '#shared/domain/evals/content.ts';
import { evalStanding } from '#shared/domain/evals/standing.ts';
import type { EvalCase, EvalContent, EvalState } from '#shared/model/eval-case.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { IncidentEdit } from '../incidents/change-incident.ts';
import { CommandError, type Actor } from '../ports.ts';
import type { EvalCaseRecord, IncidentRecord } from '../records/kind.ts';

/** What a case's facts come to. */
export function stateOf({ proof, gate }: Pick<EvalCase, 'proof' | 'gate'>): EvalState {
  if (proof?.state === 'running') return 'proving';
  if (!proof?.verdict) return 'draft';
  if (!proof.verdict.isAccepted) return 'refused';
  return gate?.isGated === true ? 'gated' : 'proven';
}

/** The case with a change, one revision on. */
export function changed(
  before: EvalCase,
  change: Partial<Pick<EvalCase, 'content' | 'written' | 'proof' | 'gate'>>,
  by: { readonly actor: Actor; readonly nowMs: number },
): EvalCase {
  const next = { ...before, ...change };
  return {
    ...next,
    state: stateOf(next),
    revision: before.revision + 1,
    changedAtMs: by.nowMs,
    changedBy: by.actor.name,
  };
}

/** Other words: what was proven and gated was about the former ones. */
export function withContent(
  before: EvalCase,
  content: EvalContent,
  by: { readonly actor: Actor; readonly nowMs: number },
): EvalCase {
  if (isDeepStrictEqual(before.content, content)) return before;
  const written = before.written && { ...before.written, isStale: true };
  return changed(before, { content, written, proof: null, gate: null }, by);
}

export function newCase(
  incident: Incident,
  others: readonly EvalCaseRecord[],
  content: EvalContent,
  by: { readonly actor: Actor; readonly nowMs: number },
): EvalCase {
  return {
    id: evalCaseId(incident.id, others.length + 1),
    incidentId: incident.id,
    promptId: incident.promptId,
    badVersion: incident.badVersion,
    goodVersion: incident.goodVersion,
    content,
    state: 'draft',
    written: null,
    proof: null,
    gate: null,
    revision: 1,
    createdAtMs: by.nowMs,
    createdBy: by.actor.name,
    changedAtMs: by.nowMs,
    changedBy: by.actor.name,
  };
}

/** What the incident's record gets of it, in the transaction that writes the case. */
export function incidentEdit(
  record: IncidentRecord,
  others: readonly EvalCaseRecord[],
  changedRecord: EvalCaseRecord,
  told: {
    readonly by: string;
    readonly says: string;
    readonly line: string | null;
    readonly before: EvalCase | null;
  },
): IncidentEdit {
  const after = changedRecord.case;
  const all = [...others.map((other) => other.case).filter(({ id }) => id !== after.id), after];
  return {
    record: { ...record, evals: evalStanding(all) },
    lines: told.line === null ? [] : [{ kind: 'note', by: told.by, text: told.line }],
    says: told.says,
    before: told.before && briefly(told.before),
    after: briefly(after),
    also: [{ kind: 'eval-case', value: changedRecord, base: told.before }],
  };
}

/** For the audit trail: what it says and where it stands, without the text of production. */
function briefly({ id, state, revision, content, proof, gate }: EvalCase) {
  return {
    id,
    state,
    revision,
    name: content.name,
    suite: content.suiteId,
    assertions: content.assertions,
    redaction: content.redaction,
    verdict: proof?.verdict?.sentence ?? null,
    gate: gate?.sentence ?? null,
  };
}

/** Throws NOT_FOUND. */
export function missingCase(id: string): CommandError {
  return new CommandError('NOT_FOUND', `There is no eval case ${id}.`, { what: 'eval case', id });
}
