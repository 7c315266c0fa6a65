import type { Kysely, Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import type { AuditAnchor, AuditEntry } from './kind.ts';
import type { RecordTables } from './tables.ts';

type Db = Kysely<RecordTables> | Transaction<RecordTables>;

/** The trail's next entry, chained already. Entries are only ever added. */
export async function insertAudit(trx: Transaction<RecordTables>, entry: AuditEntry): Promise<void> {
  await trx
    .insertInto('audit')
    .values({
      seq: entry.seq,
      prev_hash: entry.prevHash,
      hash: entry.hash,
      at_ms: entry.atMs,
      monotonic_ms: entry.monotonicMs,
      machine: entry.machine,
      actor: entry.actor,
      via: entry.via,
      operation_id: entry.operationId,
      phase: entry.phase,
      what: entry.what,
      before: JSON.stringify(entry.before ?? null),
      after: JSON.stringify(entry.after ?? null),
    })
    .execute();
}

export async function readAuditHead(db: Db): Promise<AuditAnchor | null> {
  const row = await db
    .selectFrom('audit')
    .select(['seq', 'hash'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? { seq: Number(row.seq), hash: row.hash } : null;
}

export async function readAudit(db: Db, query: { fromSeq: number; limit: number }): Promise<AuditEntry[]> {
  const rows = await db
    .selectFrom('audit')
    .selectAll()
    .where('seq', '>=', query.fromSeq)
    .orderBy('seq')
    .limit(query.limit)
    .execute();
  return rows.map(auditEntry);
}

const phaseSchema = z.enum(['intent', 'outcome', 'fact']).catch('fact');

/** A row as it is, even when someone changed it: text that no longer parses stays text and then fails its hash. */
function auditEntry(row: Selectable<RecordTables['audit']>): AuditEntry {
  return {
    seq: Number(row.seq),
    prevHash: row.prev_hash,
    hash: row.hash,
    atMs: Number(row.at_ms),
    monotonicMs: Number(row.monotonic_ms),
    machine: row.machine,
    actor: row.actor,
    via: row.via,
    operationId: row.operation_id,
    phase: phaseSchema.parse(row.phase),
    what: row.what,
    before: parsed(row.before),
    after: parsed(row.after),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { unreadable: text };
  }
}
