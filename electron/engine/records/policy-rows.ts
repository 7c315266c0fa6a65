import type { Transaction } from 'kysely';
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
  const stored = found && (JSON.parse(found.body) as PolicyActionRecord).action;
  if (stored && !MAY_FOLLOW[stored.state].includes(state)) {
    throw new RecordConflictError(record.incidentId ?? promptId, {
      kind: 'changed',
      path: `policy action ${id}`,
      shown: state,
      now: stored.state,
      author: stored.vetoedBy === null ? null : { by: stored.vetoedBy, atMs: stored.actsAtMs },
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
