import type { Kysely, Transaction } from 'kysely';
import type { PolicyAction } from '#shared/model/detection.ts';
import { RecordConflictError } from './conflicts.ts';
import type { PolicyActionRecord } from './kind.ts';
import type { RecordTables } from './tables.ts';

type State = PolicyAction['state'];

/** What may be written over what: a veto that was first stands, and what was begun can be vetoed no more. */
const MAY_FOLLOW: Readonly<Record<State, readonly State[]>> = {
  announced: ['announced', 'acting', 'vetoed', 'cancelled', 'done', 'failed'],
  acting: ['announced', 'acting', 'cancelled', 'done', 'failed'],
  vetoed: ['vetoed'],
  cancelled: ['cancelled'],
  done: ['done'],
  failed: ['failed'],
};

/** Throws RecordConflictError where another engine has taken the action elsewhere. */
export async function writePolicyAction(
  trx: Transaction<RecordTables>,
  record: PolicyActionRecord,
): Promise<void> {
  const { id, promptId, state, announcedAtMs } = record.action;
  const found = await trx.selectFrom('policy_actions').select('body').where('id', '=', id).executeTakeFirst();
  const stored = found && policyActionOf(found.body).action;
  if (stored && !MAY_FOLLOW[stored.state].includes(state)) {
    throw new RecordConflictError(record.incidentId ?? promptId, {
      kind: 'changed',
      path: `policy action ${id}`,
      shown: state,
      now: stored.state,
      author: null,
    });
  }
  const row = {
    prompt_id: promptId,
    state,
    announced_at_ms: announcedAtMs,
    body: JSON.stringify(record),
  };
  await trx
    .insertInto('policy_actions')
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

/** Oldest first: those announced since, and every one that is not over. */
export async function readPolicyActions(
  db: Kysely<RecordTables> | Transaction<RecordTables>,
  query: { sinceMs: number },
): Promise<PolicyActionRecord[]> {
  const rows = await db
    .selectFrom('policy_actions')
    .select('body')
    .where((where) =>
      where.or([
        where('announced_at_ms', '>=', query.sinceMs),
        where('state', 'in', ['announced', 'acting']),
      ]),
    )
    .orderBy('announced_at_ms')
    .orderBy('id')
    .execute();
  return rows.map((row) => policyActionOf(row.body));
}

/** A row of before engines were told apart is nobody's: of one machine. */
function policyActionOf(body: string): PolicyActionRecord {
  const record = JSON.parse(body) as PolicyActionRecord;
  const { engineId = null } = record as Partial<PolicyActionRecord>;
  return { ...record, engineId };
}
