import type { Kysely, Transaction } from 'kysely';
import { evalCaseId } from '#shared/domain/evals/content.ts';
import type { EvalCase, EvalProof } from '#shared/model/eval-case.ts';
import { RecordConflictError } from './conflicts.ts';
import type { EvalCaseQuery, EvalCaseRecord } from './kind.ts';
import type { RecordTables } from './tables.ts';

type Db = Kysely<RecordTables> | Transaction<RecordTables>;

/** `base`: the case that the change was made on, null = it must not exist yet; absent = replaced whatever is there. */
export type EvalCaseWrite = { readonly value: EvalCaseRecord; readonly base?: EvalCase | null };

/**
 * Writes an eval case where nobody has changed it since `base`. A new one whose number is taken gets the next free one where
 * `isRenumbered` (nobody waits for the answer any more, and what was written down while the database was away is not lost), else it is
 * refused. Throws RecordConflictError, which says who and when.
 */
export async function writeEvalCase(
  trx: Transaction<RecordTables>,
  { value: record, base }: EvalCaseWrite,
  isRenumbered: boolean,
): Promise<void> {
  if (base === undefined) return store(trx, record);
  const { id, incidentId } = record.case;
  const stored = await readEvalCases(trx, { id });
  const found = stored[0]?.case ?? null;
  if (base === null) {
    if (!found) return store(trx, record);
    if (!isRenumbered) throw new RecordConflictError(incidentId, { kind: 'case-taken', caseId: id });
    return store(trx, { ...record, case: { ...record.case, id: await freeId(trx, incidentId) } });
  }
  if (found !== null && found.revision !== base.revision) {
    throw new RecordConflictError(incidentId, {
      kind: 'changed',
      path: `eval case ${id}`,
      shown: `revision ${base.revision}`,
      now: `revision ${found.revision}, "${found.content.name.slice(0, 80)}", ${found.state}`,
      author: { by: found.changedBy, atMs: found.changedAtMs },
    });
  }
  return store(trx, record);
}

async function freeId(trx: Transaction<RecordTables>, incidentId: string): Promise<string> {
  const used = new Set((await readEvalCases(trx, { incidentId })).map((one) => one.case.id));
  let number = used.size + 1;
  while (used.has(evalCaseId(incidentId, number))) number += 1;
  return evalCaseId(incidentId, number);
}

async function store(trx: Transaction<RecordTables>, record: EvalCaseRecord): Promise<void> {
  const { id, incidentId, promptId, state, createdAtMs } = record.case;
  const row = {
    incident_id: incidentId,
    prompt_id: promptId,
    state,
    created_at_ms: createdAtMs,
    body: JSON.stringify(record),
  };
  await trx
    .insertInto('eval_cases')
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

/** A row of before engines were told apart is nobody's: of one machine. */
function evalCaseOf(body: string): EvalCaseRecord {
  const record = JSON.parse(body) as EvalCaseRecord;
  const { proof } = record.case;
  if (!proof) return record;
  const { engineId = null } = proof as Partial<EvalProof>;
  return { ...record, case: { ...record.case, proof: { ...proof, engineId } } };
}

export async function readEvalCases(db: Db, query: EvalCaseQuery): Promise<EvalCaseRecord[]> {
  let select = db.selectFrom('eval_cases').select('body');
  if (query.id !== undefined) select = select.where('id', '=', query.id);
  if (query.incidentId !== undefined) select = select.where('incident_id', '=', query.incidentId);
  if (query.promptId !== undefined) select = select.where('prompt_id', '=', query.promptId);
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  const rows = await select.orderBy('created_at_ms').orderBy('id').execute();
  return rows.map((row) => evalCaseOf(row.body));
}
