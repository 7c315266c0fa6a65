import type { Transaction } from 'kysely';
import { z } from 'zod';
import { markFactsDue } from './history-store.ts';
import { type Author, RecordConflictError } from './conflicts.ts';
import type { IncidentRecord } from './kind.ts';
import { mergeIncident } from './merge-incident.ts';
import type { RecordTables } from './tables.ts';

export type IncidentWrite = {
  readonly value: IncidentRecord;
  /** What the change was made on; null = it must not exist yet; absent = replaced whatever is there. */
  readonly base?: IncidentRecord | null;
  /** Where both changed the same thing, theirs stays. */
  readonly yields?: boolean;
};

/** Who last changed what of an incident, by path. */
const changesSchema = z.record(z.string(), z.object({ by: z.string(), atMs: z.number() })).catch({});

/** A record from before the detector has no alarm of its own. */
export function incidentOf(body: string): IncidentRecord {
  const fields = { alarm: null, evidence: [], culprit: null };
  return { ...fields, ...(JSON.parse(body) as Omit<IncidentRecord, keyof typeof fields>) };
}

/**
 * Writes an incident by compare and set: a change that was made on something else than what is stored is merged where that is
 * possible. Inside a transaction that no other engine writes beside. Returns whether something else than the given was stored.
 * Throws RecordConflictError.
 */
export async function putIncident(
  trx: Transaction<RecordTables>,
  write: IncidentWrite,
  author: Author,
): Promise<boolean> {
  const { value, base } = write;
  const { id } = value;
  if (base === undefined) {
    await store(trx, value, undefined);
    return false;
  }
  const row = await trx
    .selectFrom('incidents')
    .select(['body', 'changes'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (!row) {
    if (base === null) await refuseSecondOpen(trx, value);
    await store(trx, value, {});
    return false;
  }
  if (base === null) throw new RecordConflictError(id, { kind: 'taken' });
  const changes = changesSchema.parse(JSON.parse(row.changes));
  const merge = mergeIncident(
    base,
    value,
    incidentOf(row.body),
    write.yields ?? false,
    (path) => changes[path]?.by === author.by,
  );
  if (merge.kind === 'conflict') {
    const { path, shown, now } = merge;
    throw new RecordConflictError(id, { kind: 'changed', path, shown, now, author: changes[path] ?? null });
  }
  await store(trx, merge.value, {
    ...changes,
    ...Object.fromEntries(merge.changed.map((path) => [path, author])),
  });
  return JSON.stringify(merge.value) !== JSON.stringify(value);
}

async function refuseSecondOpen(trx: Transaction<RecordTables>, value: IncidentRecord): Promise<void> {
  const open = await trx
    .selectFrom('incidents')
    .select('id')
    .where('prompt_id', '=', value.promptId)
    .where('status', '=', 'open')
    .executeTakeFirst();
  if (open) throw new RecordConflictError(value.id, { kind: 'open-already', incidentId: open.id });
}

async function store(
  trx: Transaction<RecordTables>,
  value: IncidentRecord,
  changes: Readonly<Record<string, Author>> | undefined,
): Promise<void> {
  const row = {
    prompt_id: value.promptId,
    status: value.status,
    declared_at_ms: value.declaredAtMs,
    body: JSON.stringify(value),
    ...(changes ? { changes: JSON.stringify(changes) } : {}),
  };
  await trx
    .insertInto('incidents')
    .values({ id: value.id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
  await markFactsDue(trx, value.id);
}
