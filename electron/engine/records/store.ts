import type { Kysely, Transaction } from 'kysely';
import type { TimelineEntry } from '#shared/model/incident.ts';
import { timelineKindSchema } from '#shared/model/incident.ts';
import { writeActionItem, writePostmortem } from './aftermath-rows.ts';
import { chain } from './audit.ts';
import { insertAudit, readAuditHead } from './audit-rows.ts';
import { writeDrill, writeDrillBundle } from './drill-store.ts';
import { writeEvalCase } from './eval-store.ts';
import { type Author, RecordConflictError } from './conflicts.ts';
import { markFactsDue, writeFacts } from './history-store.ts';
import { incidentOf, putIncident } from './incident-rows.ts';
import type {
  AuditAnchor,
  IncidentRecord,
  OperationRecord,
  OperationResult,
  RecordEntry,
  RollbackQuery,
  RollbackRecord,
  SnapshotRecord,
} from './kind.ts';
import { writePolicyAction } from './policy-rows.ts';
import type { RecordTables } from './tables.ts';

type Db = Kysely<RecordTables> | Transaction<RecordTables>;

/**
 * Applies entries inside the given transaction; returns the incidents that were stored otherwise than given. Queries here run on
 * SQLite and PostgreSQL alike.
 */
export async function applyEntries(
  trx: Transaction<RecordTables>,
  entries: readonly RecordEntry[],
  context: ApplyContext,
): Promise<string[]> {
  const state: ApplyState = { ...context, head: undefined, otherwise: [] };
  for (const entry of entries) await applyEntry(trx, entry, state);
  return state.otherwise;
}

export type ApplyContext = {
  readonly machine: string;
  readonly engineId: string | null;
  /** Who changes what the batch changes. */
  readonly author: Author;
  /** It was acknowledged before: nobody waits for an answer. */
  readonly isReplay: boolean;
  /** An incident of the batch cannot be written; throws, or the rest goes on without it. */
  readonly onConflict: (error: RecordConflictError) => void;
};

type ApplyState = ApplyContext & {
  /** The chain's head as this batch has moved it; undefined = not read yet. */
  head: AuditAnchor | null | undefined;
  readonly otherwise: string[];
};

/** Another engine was first: the batch is refused, or goes on without this entry. */
async function unlessClash(write: () => Promise<void>, { onConflict }: ApplyContext): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof RecordConflictError)) throw error;
    onConflict(error);
  }
}

async function applyEntry(trx: Transaction<RecordTables>, entry: RecordEntry, state: ApplyState) {
  switch (entry.kind) {
    case 'incident': {
      await unlessClash(async () => {
        if (await putIncident(trx, entry, state.author)) state.otherwise.push(entry.value.id);
      }, state);
      return;
    }
    case 'timeline': {
      const { id, incidentId, atMs, recordedAtMs, kind, by, text } = entry.value;
      const row = {
        incident_id: incidentId,
        at_ms: atMs,
        recorded_at_ms: recordedAtMs,
        kind,
        by_whom: by,
        text,
      };
      await trx
        .insertInto('timeline')
        .values({ id, ...row })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
      return;
    }
    case 'rollback': {
      const engine = state.engineId;
      const { operationId, promptId, incidentId, pressedAtMs, settledAtMs } = entry.value.rollback;
      const row = {
        prompt_id: promptId,
        incident_id: incidentId,
        state: entry.value.rollback.state,
        pressed_at_ms: pressedAtMs,
        settled_at_ms: settledAtMs,
        body: JSON.stringify(entry.value),
      };
      await trx
        .insertInto('rollbacks')
        .values({ operation_id: operationId, ...row, engine })
        .onConflict((conflict) => conflict.column('operation_id').doUpdateSet(row))
        .execute();
      if (incidentId !== null) await markFactsDue(trx, incidentId);
      return;
    }
    case 'snapshot': {
      const { id, promptId, takenAtMs } = entry.value;
      await trx
        .insertInto('snapshots')
        .values({ id, prompt_id: promptId, taken_at_ms: takenAtMs, body: JSON.stringify(entry.value) })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      return;
    }
    case 'operation': {
      const { operationId, kind, subject, actor, atMs, result } = entry.value;
      await trx
        .insertInto('operations')
        .values({
          operation_id: operationId,
          kind,
          subject,
          actor,
          at_ms: atMs,
          result: JSON.stringify(result),
        })
        .onConflict((conflict) => conflict.column('operation_id').doNothing())
        .execute();
      return;
    }
    case 'policy-action':
      await unlessClash(() => writePolicyAction(trx, entry.value), state);
      return;
    case 'facts':
      await writeFacts(trx, entry.value);
      return;
    case 'eval-case':
      await unlessClash(() => writeEvalCase(trx, entry, state.isReplay), state);
      return;
    case 'postmortem':
      await unlessClash(() => writePostmortem(trx, entry), state);
      return;
    case 'action-item':
      await unlessClash(() => writeActionItem(trx, entry), state);
      return;
    case 'drill':
      await writeDrill(trx, entry.value);
      return;
    case 'drill-bundle':
      await writeDrillBundle(trx, entry.value);
      return;
    case 'audit': {
      const head = state.head === undefined ? await readAuditHead(trx) : state.head;
      const next = chain(entry.value, head, state.machine);
      state.head = { seq: next.seq, hash: next.hash };
      await insertAudit(trx, next);
      return;
    }
  }
}

export async function readIncident(db: Db, id: string): Promise<IncidentRecord | null> {
  const row = await db.selectFrom('incidents').select('body').where('id', '=', id).executeTakeFirst();
  return row ? incidentOf(row.body) : null;
}

export async function readIncidents(
  db: Db,
  query: { status: 'open' | 'closed' | 'any'; limit: number },
): Promise<IncidentRecord[]> {
  let select = db.selectFrom('incidents').select('body');
  if (query.status !== 'any') select = select.where('status', '=', query.status);
  const rows = await select
    .orderBy('declared_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit)
    .execute();
  return rows.map((row) => incidentOf(row.body));
}

export async function readTimeline(db: Db, incidentId: string): Promise<TimelineEntry[]> {
  const rows = await db
    .selectFrom('timeline')
    .selectAll()
    .where('incident_id', '=', incidentId)
    .orderBy('at_ms')
    .orderBy('recorded_at_ms')
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    incidentId: row.incident_id,
    atMs: Number(row.at_ms),
    recordedAtMs: Number(row.recorded_at_ms),
    kind: timelineKindSchema.parse(row.kind),
    by: row.by_whom,
    text: row.text,
  }));
}

export async function readRollback(db: Db, operationId: string): Promise<RollbackRecord | null> {
  const row = await db
    .selectFrom('rollbacks')
    .select('body')
    .where('operation_id', '=', operationId)
    .executeTakeFirst();
  return row ? (JSON.parse(row.body) as RollbackRecord) : null;
}

/** `owner`: only rollbacks that this engine carries out, or that nobody can be carrying out any more. */
export async function readRollbacks(
  db: Db,
  query: RollbackQuery,
  owner: { readonly engineId: string; readonly orphanedBeforeMs: number } | null = null,
): Promise<RollbackRecord[]> {
  let select = db.selectFrom('rollbacks').select('body');
  if (query.incidentId !== undefined) select = select.where('incident_id', '=', query.incidentId);
  if (query.promptId !== undefined) select = select.where('prompt_id', '=', query.promptId);
  if (query.unsettled) select = select.where('settled_at_ms', 'is', null);
  if (query.sinceMs !== undefined) select = select.where('pressed_at_ms', '>=', query.sinceMs);
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  if (owner) {
    select = select.where((where) =>
      where.or([
        where('engine', 'is', null),
        where('engine', '=', owner.engineId),
        where('pressed_at_ms', '<', owner.orphanedBeforeMs),
      ]),
    );
  }
  const { newest } = query;
  const rows =
    newest === undefined
      ? await select.orderBy('pressed_at_ms').orderBy('operation_id').execute()
      : (await select.orderBy('pressed_at_ms', 'desc').limit(newest).execute()).toReversed();
  return rows.map((row) => JSON.parse(row.body) as RollbackRecord);
}

export async function readSnapshot(db: Db, id: string): Promise<SnapshotRecord | null> {
  const row = await db.selectFrom('snapshots').select('body').where('id', '=', id).executeTakeFirst();
  return row ? (JSON.parse(row.body) as SnapshotRecord) : null;
}

export async function readOperation(db: Db, operationId: string): Promise<OperationRecord | null> {
  const row = await db
    .selectFrom('operations')
    .selectAll()
    .where('operation_id', '=', operationId)
    .executeTakeFirst();
  if (!row) return null;
  return {
    operationId: row.operation_id,
    kind: row.kind,
    subject: row.subject,
    actor: row.actor,
    atMs: Number(row.at_ms),
    result: JSON.parse(row.result) as OperationResult,
  };
}
