import type { Kysely, Transaction } from 'kysely';
import type { ActionItem } from '#shared/model/action-item.ts';
import type { PostmortemRecord } from '#shared/model/postmortem.ts';
import { RecordConflictError } from './conflicts.ts';
import { mergePostmortem } from './merge-postmortem.ts';
import type { RecordTables } from './tables.ts';

type Db = Kysely<RecordTables> | Transaction<RecordTables>;

/** `base`: what the change was made on (an empty one where there was none); absent = replaced whatever is there. */
export type PostmortemWrite = { readonly value: PostmortemRecord; readonly base?: PostmortemRecord };
/** `base` null = there was none. */
export type ActionItemWrite = { readonly value: ActionItem; readonly base?: ActionItem | null };

/** Writes a postmortem by compare and set, section by section. Throws RecordConflictError. */
export async function writePostmortem(
  trx: Transaction<RecordTables>,
  { value, base }: PostmortemWrite,
): Promise<void> {
  const stored = base && (await readPostmortem(trx, value.incidentId));
  const merged = base && stored ? mergePostmortem(base, value, stored) : value;
  const row = { changed_at_ms: changedAtMs(merged), body: JSON.stringify(merged) };
  await trx
    .insertInto('postmortems')
    .values({ incident_id: value.incidentId, ...row })
    .onConflict((conflict) => conflict.column('incident_id').doUpdateSet(row))
    .execute();
}

/** Writes an action item where nobody has changed it since `base`. Throws RecordConflictError. */
export async function writeActionItem(
  trx: Transaction<RecordTables>,
  { value, base }: ActionItemWrite,
): Promise<void> {
  const { id, incidentId, promptId, state, dueOn, createdAtMs } = value;
  if (base !== undefined) {
    const found = await trx.selectFrom('action_items').select('body').where('id', '=', id).executeTakeFirst();
    const stored = found ? (JSON.parse(found.body) as ActionItem) : null;
    // Every change of a person counts the revision up; a reminder does not, and two engines send one reminder.
    const isReminder = base !== null && value.revision === base.revision;
    const isRemindedMeanwhile = isReminder && stored?.remindedAtMs !== base.remindedAtMs;
    if (stored !== null && (stored.revision !== (base?.revision ?? 0) || isRemindedMeanwhile)) {
      throw new RecordConflictError(incidentId, {
        kind: 'changed',
        path: `action item ${id}`,
        shown: String(base?.revision ?? 0),
        now: `revision ${stored.revision}, "${stored.title.slice(0, 80)}"`,
        author: { by: stored.changedBy, atMs: stored.changedAtMs },
      });
    }
  }
  const row = {
    incident_id: incidentId,
    prompt_id: promptId,
    state,
    due_on: dueOn,
    created_at_ms: createdAtMs,
    body: JSON.stringify(value),
  };
  await trx
    .insertInto('action_items')
    .values({ id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

export async function readPostmortem(db: Db, incidentId: string): Promise<PostmortemRecord | null> {
  const row = await db
    .selectFrom('postmortems')
    .select('body')
    .where('incident_id', '=', incidentId)
    .executeTakeFirst();
  return row ? (JSON.parse(row.body) as PostmortemRecord) : null;
}

export async function readActionItems(
  db: Db,
  query: { incidentId?: string; unfinished?: boolean },
): Promise<ActionItem[]> {
  let select = db.selectFrom('action_items').select('body');
  if (query.incidentId !== undefined) select = select.where('incident_id', '=', query.incidentId);
  if (query.unfinished) select = select.where('state', 'in', ['open', 'in-progress']);
  const rows = await select.orderBy('created_at_ms').orderBy('id').execute();
  return rows.map((row) => JSON.parse(row.body) as ActionItem);
}

/** The newest change of anything in it. */
function changedAtMs({ details, sections, corrections, timelineConfirmed }: PostmortemRecord): number {
  return Math.max(
    details.atMs ?? 0,
    timelineConfirmed?.atMs ?? 0,
    ...Object.values(sections).map(({ atMs }) => atMs),
    ...corrections.map((correction) => correction.correctedAtMs),
  );
}
