import { createHash } from 'node:crypto';
import { sql, type Kysely, type Transaction } from 'kysely';
import { z } from 'zod';
import { incidentFactsSchema } from '#shared/model/history.ts';
import { chain, verifyChain } from './audit.ts';
import { insertAudit, readAudit, readAuditHead } from './audit-rows.ts';
import { writeDrillFacts } from './drill-store.ts';
import { markFactsDue } from './history-store.ts';
import type { AuditEntry, DrillRecord } from './kind.ts';
import { MIGRATIONS } from './migrations.ts';
import type { RecordTables } from './tables.ts';

const FORMAT = 1;
const PAGE_ROWS = 1_000;
const SCHEMA = MIGRATIONS.at(-1)?.id ?? 0;

/** What is moved, the column that tells rows apart, and the one that says which incident a row belongs to. */
const TABLES = [
  { name: 'incidents', key: 'id', incident: 'id' },
  { name: 'timeline', key: 'id', incident: 'incident_id' },
  { name: 'rollbacks', key: 'operation_id', incident: 'incident_id' },
  { name: 'snapshots', key: 'id', incident: null },
  { name: 'operations', key: 'operation_id', incident: null },
  { name: 'policy_actions', key: 'id', incident: null },
  { name: 'eval_cases', key: 'id', incident: 'incident_id' },
  { name: 'postmortems', key: 'incident_id', incident: 'incident_id' },
  { name: 'action_items', key: 'id', incident: 'incident_id' },
  { name: 'drills', key: 'drill_id', incident: null },
  { name: 'drill_bundles', key: 'scenario_id', incident: null },
] as const;
type Table = (typeof TABLES)[number];

const cellSchema = z.union([z.string(), z.number(), z.null()]);
const rowSchema = z.record(z.string().regex(/^[a-z_]+$/), cellSchema);
type Row = z.infer<typeof rowSchema>;

const headerSchema = z.object({ fusebox: z.literal('records'), format: z.number(), schema: z.number() });
const footerSchema = z.object({ end: z.literal(true), lines: z.number(), sha256: z.string() });
const lineSchema = z.union([
  z.object({ table: z.enum(TABLES.map(({ name }) => name)), row: rowSchema }),
  z.object({
    audit: z.object({
      seq: z.number(),
      prevHash: z.string(),
      hash: z.string(),
      machine: z.string(),
      atMs: z.number(),
      monotonicMs: z.number(),
      actor: z.string(),
      via: z.string(),
      operationId: z.string().nullable(),
      phase: z.enum(['intent', 'outcome', 'fact']),
      what: z.string(),
      before: z.unknown(),
      after: z.unknown(),
    }),
    /** The hash under which it was first written, when it came here by an import. */
    origin: z.string().nullable(),
  }),
]);

/** The bundle is not whole, was changed, or is of a newer Fusebox. Nothing was imported. */
export class BundleError extends Error {
  constructor(reason: string) {
    super(`${reason} Nothing was imported.`);
    this.name = 'BundleError';
  }
}

export type ImportResult = {
  readonly added: number;
  /** Rows and audit entries that were here already. */
  readonly known: number;
  /** Incidents whose number is another incident's here, or that went on both here and there: left as they are here. */
  readonly kept: readonly string[];
};

/** A record as lines of JSON: a header, every row, the audit trail, and last a hash over all before it. */
export async function* exportBundle(db: Kysely<RecordTables>, nowMs: number): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let lines = 0;
  const said = (value: unknown) => {
    const text = `${JSON.stringify(value)}\n`;
    hash.update(text, 'utf8');
    lines += 1;
    return text;
  };
  yield said({ fusebox: 'records', format: FORMAT, schema: SCHEMA, exportedAtMs: Math.round(nowMs) });
  for (const table of TABLES) {
    for await (const row of rowsOf(db, table)) yield said({ table: table.name, row });
  }
  for (let fromSeq = 1; ;) {
    const page = await readAudit(db, { fromSeq, limit: PAGE_ROWS });
    if (page.length === 0) break;
    const origins = await originsOf(db, page);
    for (const audit of page) yield said({ audit, origin: origins.get(audit.seq) ?? null });
    fromSeq = (page.at(-1)?.seq ?? fromSeq) + 1;
  }
  yield `${JSON.stringify({ end: true, lines, sha256: hash.digest('hex') })}\n`;
}

async function* rowsOf(db: Kysely<RecordTables>, { name, key }: Table): AsyncGenerator<Row> {
  for (let after = ''; ;) {
    const page = await sql<Row>`
      select * from ${sql.table(name)} where ${sql.ref(key)} > ${after} order by ${sql.ref(key)} limit ${sql.lit(PAGE_ROWS)}
    `.execute(db);
    yield* page.rows;
    const last = page.rows.at(-1);
    if (!last) return;
    after = String(last[key]);
  }
}

async function originsOf(
  db: Kysely<RecordTables>,
  page: readonly AuditEntry[],
): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom('imported_audit')
    .selectAll()
    .where('seq', '>=', page[0]?.seq ?? 0)
    .where('seq', '<=', page.at(-1)?.seq ?? 0)
    .execute();
  return new Map(rows.map(({ origin, seq }) => [Number(seq), origin]));
}

/**
 * Adds what a bundle holds and this record lacks, in one transaction that `begin` opens for writing. What is here already stays as it
 * is, an incident that has gone on in the bundle alone excepted; a repeat adds nothing. Audit entries are chained behind those that are here; into an empty trail they come as they were.
 * Throws BundleError before anything is written.
 */
export async function importBundle(
  db: Kysely<RecordTables>,
  text: string,
  begin: (trx: Transaction<RecordTables>) => Promise<void>,
): Promise<ImportResult> {
  const lines = checked(text);
  return db.transaction().execute(async (trx) => {
    await begin(trx);
    const standing = await standings(trx, lines);
    const kept: string[] = [];
    let added = 0;
    let known = 0;
    const count = (isNew: boolean) => {
      if (isNew) added += 1;
      else known += 1;
    };
    for (const line of lines) {
      if ('audit' in line) {
        count(await addAudit(trx, line.audit, line.origin));
        continue;
      }
      const table = TABLES.find(({ name }) => name === line.table);
      if (!table) continue;
      const incident = table.incident === null ? null : line.row[table.incident];
      const how = typeof incident === 'string' ? (standing.get(incident) ?? 'new') : 'new';
      const isIncident = table.name === 'incidents';
      if (isIncident && (how === 'other' || how === 'apart')) kept.push(String(incident));
      if (how === 'other') continue;
      const isAdded = await addRow(trx, table, line.row, how === 'further');
      count(isAdded);
      if (isAdded && table.name === 'drills') await writeDrillFacts(trx, drillOf(line.row));
      if (isIncident) await markFactsDue(trx, String(incident));
    }
    return { added, known, kept };
  });
}

/** Every line of a bundle that is whole and unchanged. */
function checked(text: string) {
  const end = text.trimEnd().lastIndexOf('\n') + 1;
  const footer = footerSchema.safeParse(parsed(text.slice(end)));
  if (!footer.success) throw new BundleError('The file is cut: its last line is missing.');
  const body = text.slice(0, end);
  const found = body.split('\n').slice(0, -1);
  const sha256 = createHash('sha256').update(body, 'utf8').digest('hex');
  if (found.length !== footer.data.lines || sha256 !== footer.data.sha256) {
    throw new BundleError('The file was changed after it was exported: its content does not match its hash.');
  }
  const header = headerSchema.safeParse(parsed(found[0] ?? ''));
  if (!header.success) throw new BundleError('This is no record bundle of Fusebox.');
  if (header.data.format > FORMAT || header.data.schema > SCHEMA) {
    throw new BundleError('The file was written by a newer Fusebox. Update this one first.');
  }
  const lines = found.slice(1).map((line, index) => {
    const one = lineSchema.safeParse(parsed(line));
    if (!one.success) throw new BundleError(`Line ${index + 2} cannot be read.`);
    return one.data;
  });
  const trail = lines.flatMap((line) => ('audit' in line ? [line.audit] : []));
  const { firstBad } = verifyChain(trail);
  if (firstBad)
    throw new BundleError(`Its audit trail does not fit: entry ${firstBad.seq}, ${firstBad.problem}.`);
  return lines;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What the figures of drills take from a row of one; a body that is none has no figures. */
function drillOf(row: Row): Pick<DrillRecord, 'facts'> {
  const body = parsed(String(row['body']));
  const facts = drillFactsSchema.safeParse(body);
  return { facts: facts.success ? facts.data.facts : [] };
}
const drillFactsSchema = z.object({ facts: z.array(incidentFactsSchema.omit({ recurrenceOf: true })) });

/** True when the row was not here, or another than this was. */
async function addRow(
  trx: Transaction<RecordTables>,
  { name, key }: Table,
  row: Row,
  isReplacing: boolean,
): Promise<boolean> {
  const columns = Object.keys(row);
  const taken = columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  const result = await sql`
    insert into ${sql.table(name)} (${sql.join(columns.map((column) => sql.ref(column)))})
    values (${sql.join(columns.map((column) => row[column]))})
    on conflict (${sql.ref(key)}) do ${isReplacing ? sql`update set ${sql.join(taken)}` : sql`nothing`}
  `.execute(trx);
  return Number(result.numAffectedRows ?? 0) > 0;
}

/**
 * How an incident of the bundle stands to the one of its number here: a different one; gone further there, gone further here (or just
 * as far), or both on ways of their own. What has gone further holds every timeline line of the other.
 */
type Standing = 'other' | 'further' | 'behind' | 'apart';

async function standings(
  trx: Transaction<RecordTables>,
  lines: ReturnType<typeof checked>,
): Promise<Map<string, Standing>> {
  const rows = lines.flatMap((line) => ('row' in line ? [line] : []));
  const timelines = new Map<string, Set<string>>();
  for (const { table, row } of rows) {
    if (table !== 'timeline') continue;
    const id = String(row['incident_id']);
    timelines.set(id, (timelines.get(id) ?? new Set()).add(String(row['id'])));
  }
  const found = new Map<string, Standing>();
  for (const { table, row } of rows) {
    if (table !== 'incidents') continue;
    const id = String(row['id']);
    const here = await trx
      .selectFrom('incidents')
      .select(['prompt_id', 'declared_at_ms'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (!here) continue;
    if (here.prompt_id !== row['prompt_id'] || Number(here.declared_at_ms) !== row['declared_at_ms']) {
      found.set(id, 'other');
      continue;
    }
    const mine = await trx.selectFrom('timeline').select('id').where('incident_id', '=', id).execute();
    const theirs = timelines.get(id) ?? new Set();
    const hasMore = theirs.size > mine.filter((line) => theirs.has(line.id)).length;
    const lacksSome = mine.some((line) => !theirs.has(line.id));
    found.set(id, hasMore ? (lacksSome ? 'apart' : 'further') : 'behind');
  }
  return found;
}

async function addAudit(
  trx: Transaction<RecordTables>,
  entry: AuditEntry,
  origin: string | null,
): Promise<boolean> {
  const identity = origin ?? entry.hash;
  const here =
    (await trx.selectFrom('audit').select('seq').where('hash', '=', identity).executeTakeFirst()) ??
    (await trx.selectFrom('imported_audit').select('seq').where('origin', '=', identity).executeTakeFirst());
  if (here) return false;
  const next = chain(entry, await readAuditHead(trx), entry.machine);
  await insertAudit(trx, next);
  if (next.hash !== identity) {
    await trx.insertInto('imported_audit').values({ origin: identity, seq: next.seq }).execute();
  }
  return true;
}
