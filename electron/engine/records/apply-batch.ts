import type { Kysely, Transaction } from 'kysely';
import { type Author, OperationDoneError, type RecordConflictError } from './conflicts.ts';
import type { ChangedElsewhere, RecordEntry } from './kind.ts';
import type { Batch } from './spool.ts';
import { applyEntries, readOperation } from './store.ts';
import type { RecordTables } from './tables.ts';

export type BatchContext = {
  readonly machine: string;
  /** Null in a file, which one engine alone writes. */
  readonly engineId: string | null;
  readonly nowMs: number;
  /** It was acknowledged before, while the database was away: nobody waits to be refused any more. */
  readonly isReplay: boolean;
};

export type Applied = {
  /** What others must read again. */
  readonly changed: ChangedElsewhere;
  /** Incidents that were stored otherwise than given. */
  readonly otherwise: readonly string[];
};

const NOTHING: Applied = { changed: { incidents: [], rollbacks: [], all: false }, otherwise: [] };

/**
 * Writes one batch, once: where it was written before and the answer was lost, nothing happens. A replayed change that clashes with
 * what others did meanwhile gives way, and says so in the incident's timeline and in the audit trail; everything else of its batch
 * is kept. Throws RecordConflictError and OperationDoneError (not in a replay).
 */
export async function applyBatch(
  trx: Transaction<RecordTables>,
  { id, entries }: Batch,
  context: BatchContext,
): Promise<Applied> {
  const { engineId, machine, nowMs, isReplay } = context;
  if (engineId !== null && !(await isFirstTime(trx, id, nowMs))) return NOTHING;
  const done = await operationDone(trx, entries);
  if (done !== null) {
    if (!isReplay) throw new OperationDoneError(done);
    return NOTHING;
  }
  const author = authorOf(entries) ?? { by: 'fusebox', atMs: nowMs };
  const lost: RecordConflictError[] = [];
  const otherwise = await applyEntries(trx, entries, {
    machine,
    engineId,
    author,
    isReplay,
    onConflict(error) {
      if (!isReplay) throw error;
      lost.push(error);
    },
  });
  const told = lost.flatMap((error, index) => lostLines(error, `${id}-${index}`, author, nowMs));
  await applyEntries(trx, told, {
    machine,
    engineId,
    author,
    isReplay,
    onConflict: () => undefined,
  });
  return {
    changed: { incidents: incidentsOf(entries), rollbacks: rollbacksOf(entries), all: false },
    otherwise: [...otherwise, ...lost.map(({ incidentId }) => incidentId)],
  };
}

/** A machine that was away for longer would write twice what the database had and it did not know of. */
const BATCHES_KEPT_MS = 90 * 24 * 3_600_000;

/** Keeps the list of batches from growing for ever. */
export async function forgetOldBatches(db: Kysely<RecordTables>, nowMs: number): Promise<void> {
  const beforeMs = Math.round(nowMs) - BATCHES_KEPT_MS;
  await db.deleteFrom('applied_batches').where('at_ms', '<', beforeMs).execute();
}

async function isFirstTime(trx: Transaction<RecordTables>, id: string, nowMs: number): Promise<boolean> {
  const inserted = await trx
    .insertInto('applied_batches')
    .values({ id, at_ms: Math.round(nowMs) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst();
  return Number(inserted.numInsertedOrUpdatedRows ?? 0) > 0;
}

/** An operation id of the batch under which a command was applied already; one that stands alone keeps its first result quietly. */
async function operationDone(
  trx: Transaction<RecordTables>,
  entries: readonly RecordEntry[],
): Promise<string | null> {
  if (entries.length === 1) return null;
  for (const entry of entries) {
    if (entry.kind !== 'operation' || !entry.value.result.ok) continue;
    if (await readOperation(trx, entry.value.operationId)) return entry.value.operationId;
  }
  return null;
}

/** The person whose command the batch is; null where the engine acts by itself. */
function authorOf(entries: readonly RecordEntry[]): Author | null {
  for (const entry of entries) {
    if (entry.kind === 'operation') return { by: entry.value.actor, atMs: entry.value.atMs };
  }
  return null;
}

const unique = (ids: readonly (string | null)[]) => [...new Set(ids.filter((id) => id !== null))];

function incidentsOf(entries: readonly RecordEntry[]): string[] {
  return unique(
    entries.map((entry) => {
      switch (entry.kind) {
        case 'incident':
          return entry.value.id;
        case 'timeline':
        case 'postmortem':
        case 'action-item':
          return entry.value.incidentId;
        case 'eval-case':
          return entry.value.case.incidentId;
        case 'rollback':
          return entry.value.rollback.incidentId;
        default:
          return null;
      }
    }),
  );
}

function rollbacksOf(entries: readonly RecordEntry[]): string[] {
  return unique(
    entries.map((entry) => (entry.kind === 'rollback' ? entry.value.rollback.operationId : null)),
  );
}

function lostLines(
  { incidentId, clash }: RecordConflictError,
  id: string,
  author: Author,
  nowMs: number,
): RecordEntry[] {
  const what =
    clash.kind === 'changed'
      ? `${author.by}'s change of ${clash.path} did not take effect: ${clash.author?.by ?? 'someone'} had set it to ${clash.now}`
      : clash.kind === 'taken'
        ? `an incident that ${author.by} declared under the same number was joined with this one`
        : clash.kind === 'case-taken'
          ? `the number of eval case ${clash.caseId} was taken`
          : `${clash.incidentId} is open for the same prompt`;
  const text = `while the team's record was away, ${what}`;
  const atMs = Math.round(nowMs);
  return [
    {
      kind: 'timeline',
      value: { id: `lost-${id}`, incidentId, atMs, recordedAtMs: atMs, kind: 'note', by: 'fusebox', text },
    },
    {
      kind: 'audit',
      value: {
        atMs,
        monotonicMs: 0,
        actor: author.by,
        via: 'engine',
        operationId: null,
        phase: 'fact',
        what: `${incidentId}: ${text}`,
        before: null,
        after: null,
      },
    },
  ];
}
