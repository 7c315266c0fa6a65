import type { Kysely, Transaction } from 'kysely';
import type { EvalCaseQuery, EvalCaseRecord } from './kind.ts';
import type { RecordTables } from './tables.ts';

type Db = Kysely<RecordTables> | Transaction<RecordTables>;

export async function writeEvalCase(trx: Transaction<RecordTables>, record: EvalCaseRecord): Promise<void> {
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

export async function readEvalCases(db: Db, query: EvalCaseQuery): Promise<EvalCaseRecord[]> {
  let select = db.selectFrom('eval_cases').select('body');
  if (query.id !== undefined) select = select.where('id', '=', query.id);
  if (query.incidentId !== undefined) select = select.where('incident_id', '=', query.incidentId);
  if (query.promptId !== undefined) select = select.where('prompt_id', '=', query.promptId);
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  const rows = await select.orderBy('created_at_ms').orderBy('id').execute();
  return rows.map((row) => JSON.parse(row.body) as EvalCaseRecord);
}
