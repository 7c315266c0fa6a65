import type { Kysely, Transaction } from 'kysely';
import { writeFacts } from './history-store.ts';
import type { DrillBundleRecord, DrillQuery, DrillRecord } from './kind.ts';
import type { RecordTables } from './tables.ts';

type Db = Kysely<RecordTables> | Transaction<RecordTables>;

/** A drill that is over, and the facts of its incidents for the figures of drills; never those of incidents. */
export async function writeDrill(trx: Transaction<RecordTables>, record: DrillRecord): Promise<void> {
  const { drillId, scenarioId, castPromptId, outcome, startedAtMs, endedAtMs } = record.report;
  const row = {
    scenario_id: scenarioId,
    cast_prompt_id: castPromptId,
    outcome,
    started_at_ms: Math.round(startedAtMs),
    ended_at_ms: Math.round(endedAtMs),
    body: JSON.stringify(record),
  };
  await trx
    .insertInto('drills')
    .values({ drill_id: drillId, ...row })
    .onConflict((conflict) => conflict.column('drill_id').doUpdateSet(row))
    .execute();
  await writeDrillFacts(trx, record);
}

/** Also after an import: facts are worked out anew from what they rest on, and those of a drill rest on its report. */
export async function writeDrillFacts(
  trx: Transaction<RecordTables>,
  { facts }: Pick<DrillRecord, 'facts'>,
): Promise<void> {
  for (const one of facts) await writeFacts(trx, { facts: { ...one, isDrill: true }, marks: 0 });
}

/** Newest first. */
export async function readDrills(db: Db, query: DrillQuery): Promise<DrillRecord[]> {
  let select = db.selectFrom('drills').select('body');
  if (query.drillId !== undefined) select = select.where('drill_id', '=', query.drillId);
  if (query.isCast) select = select.where('cast_prompt_id', 'is not', null);
  if (query.castPromptId !== undefined) select = select.where('cast_prompt_id', '=', query.castPromptId);
  if (query.outcome !== undefined) select = select.where('outcome', '=', query.outcome);
  const rows = await select
    .orderBy('started_at_ms', 'desc')
    .orderBy('drill_id', 'desc')
    .limit(query.limit)
    .execute();
  return rows.map(({ body }) => JSON.parse(body) as DrillRecord);
}

export async function writeDrillBundle(
  trx: Transaction<RecordTables>,
  record: DrillBundleRecord,
): Promise<void> {
  const { scenarioId, bundleOf, addedAtMs, addedBy, text } = record;
  await trx
    .insertInto('drill_bundles')
    .values({
      scenario_id: scenarioId,
      bundle_of: bundleOf,
      added_at_ms: Math.round(addedAtMs),
      added_by: addedBy,
      body: text,
    })
    // Its id comes from its content: the same bundle again is no news.
    .onConflict((conflict) => conflict.column('scenario_id').doNothing())
    .execute();
}

/** By scenario id. */
export async function readDrillBundles(db: Db): Promise<DrillBundleRecord[]> {
  const rows = await db.selectFrom('drill_bundles').selectAll().orderBy('scenario_id').execute();
  return rows.map((row) => ({
    scenarioId: row.scenario_id,
    bundleOf: row.bundle_of,
    addedAtMs: Number(row.added_at_ms),
    addedBy: row.added_by,
    text: row.body,
  }));
}
