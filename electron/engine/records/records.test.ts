import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { quietLog, temporaryFolder } from '../incidents/test-bench.ts';
import { canonicalJson } from './audit.ts';
import type { AuditFact, IncidentRecord, RecordEntry, Records } from './kind.ts';
import { RecordsTooNewError, migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { RECORD_FILE, openRecords } from './open-records.ts';
import { openSqlite } from './sqlite.ts';

let dataDir = '';
const opened: Records[] = [];
const clock = createFakeClock();

beforeEach(() => {
  dataDir = temporaryFolder();
});
afterEach(async () => {
  for (const records of opened.splice(0)) await records.close();
  rmSync(dataDir, { recursive: true });
});

async function open(): Promise<Records> {
  const records = await openRecords({ dataDir, clock, log: quietLog });
  opened.push(records);
  return records;
}

const fact = (what: string, change: Partial<AuditFact> = {}): RecordEntry => ({
  kind: 'audit',
  value: {
    atMs: clock.nowMs(),
    monotonicMs: 1.5,
    actor: 'ana',
    via: 'page',
    operationId: null,
    phase: 'fact',
    what,
    before: { b: 1, a: [1, 2] },
    after: null,
    ...change,
  },
});

const incident = (id: string, change: Partial<IncidentRecord> = {}): RecordEntry => ({
  kind: 'incident',
  value: {
    id,
    promptId: 'support',
    promptTitle: 'Support',
    severity: 'P2',
    status: 'open',
    trigger: { kind: 'manual', signal: null, cohort: null, sigma: null, ratio: null, sentence: 'x' },
    badVersion: null,
    badSha: null,
    goodVersion: 'v17',
    cohort: 'all',
    shippedAtMs: null,
    declaredAtMs: clock.nowMs(),
    declaredBy: 'ana',
    driver: null,
    triage: 'unknown',
    signals: [],
    alarm: null,
    evidence: [],
    culprit: null,
    badConversations: null,
    summary: null,
    closedAtMs: null,
    closedBy: null,
    identifiedAtMs: null,
    answers: [],
    decided: null,
    verification: null,
    references: null,
    ...change,
  },
});

describe('records', () => {
  it('are there again after closing and opening', async () => {
    const first = await open();
    await first.write([incident('INC-1'), fact('declared')]);
    await first.write([incident('INC-1', { status: 'closed' }), incident('INC-2')]);
    await first.close();
    opened.length = 0;
    const second = await open();
    expect((await second.incidents({ status: 'open', limit: 10 })).map(({ id }) => id)).toEqual(['INC-2']);
    expect((await second.incident('INC-1'))?.status).toBe('closed');
    expect(await second.verifyAudit()).toMatchObject({ entries: 1, firstBad: null, tail: 'not-proven' });
    expect(second.problem()).toBeNull();
  });

  it('read incidents written before the detector, with its fields empty', async () => {
    const records = await open();
    const written = incident('INC-1');
    if (written.kind !== 'incident') throw new TypeError('an incident');
    const { alarm: _alarm, evidence: _evidence, culprit: _culprit, ...before } = written.value;
    await records.write([{ kind: 'incident', value: before as IncidentRecord }]);
    expect(await records.incident('INC-1')).toMatchObject({ alarm: null, evidence: [], culprit: null });
    const [listed] = await records.incidents({ status: 'open', limit: 1 });
    expect(listed).toMatchObject({ id: 'INC-1', alarm: null, evidence: [] });
  });

  it('keep the first result of an operation', async () => {
    const records = await open();
    const operation = (subject: string): RecordEntry => ({
      kind: 'operation',
      value: {
        operationId: 'op-1',
        kind: 'rollback.press',
        subject,
        actor: 'ana',
        atMs: 1,
        result: { ok: true },
      },
    });
    await records.write([operation('first')]);
    await records.write([operation('second')]);
    expect((await records.operation('op-1'))?.subject).toBe('first');
  });

  it('write all of a batch or nothing', async () => {
    const records = await open();
    const broken = { kind: 'timeline', value: { id: 'line-1' } } as unknown as RecordEntry;
    await expect(records.write([incident('INC-1'), broken])).rejects.toThrow();
    expect(await records.incident('INC-1')).toBeNull();
    await records.write([incident('INC-2')]);
    expect((await records.incident('INC-2'))?.id).toBe('INC-2');
  });

  it('refuse a newer schema in plain words and leave the file untouched', async () => {
    const first = await open();
    await first.write([incident('INC-1')]);
    await first.close();
    opened.length = 0;
    const path = join(dataDir, RECORD_FILE);
    const handle = new DatabaseSync(path);
    handle.exec("insert into migrations values (99, 'from the future', 0)");
    handle.close();
    const before = readFileSync(path);
    await expect(open()).rejects.toThrow(RecordsTooNewError);
    await expect(open()).rejects.toThrow('written by a newer Fusebox (schema 99');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('keep a copy before a migration, and a migration is all or nothing', async () => {
    const first = await open();
    await first.write([incident('INC-1')]);
    await first.close();
    opened.length = 0;
    const path = join(dataDir, RECORD_FILE);
    const last = MIGRATIONS.at(-1)?.id ?? 0;
    const half = {
      id: last + 1,
      name: 'half way',
      async up(trx: Parameters<(typeof MIGRATIONS)[number]['up']>[0]) {
        await trx.schema.createTable('half').addColumn('id', 'text').execute();
        throw new Error('killed here');
      },
    };
    const { db, handle } = openSqlite(path);
    const migrations = [...MIGRATIONS, half];
    await expect(migrate(db, { path, fromVersion: last, nowMs: () => 0, migrations })).rejects.toThrow(
      'killed here',
    );
    expect(handle.prepare("select name from sqlite_master where name = 'half'").all()).toEqual([]);
    await db.destroy();
    expect(readdirSync(dataDir)).toContain(`${RECORD_FILE}.before-schema-${last + 1}`);
    expect((await (await open()).incident('INC-1'))?.id).toBe('INC-1');
  });

  it('bring a store of the first schema forward and keep what is in it', async () => {
    const path = join(dataDir, RECORD_FILE);
    const { db } = openSqlite(path);
    const first = MIGRATIONS.slice(0, 1);
    await migrate(db, { path, fromVersion: 0, nowMs: () => 0, migrations: first });
    const body = JSON.stringify(incident('INC-1').value);
    await db
      .insertInto('incidents')
      .values({ id: 'INC-1', prompt_id: 'support', status: 'open', declared_at_ms: 0, body })
      .execute();
    await db.destroy();
    const records = await open();
    expect((await records.incident('INC-1'))?.id).toBe('INC-1');
  });

  it.each(['no database at all', 'zeroed page'])('set a damaged file aside and go on: %s', async (how) => {
    const first = await open();
    await first.write(Array.from({ length: 200 }, (_, index) => incident(`INC-${index}`)));
    await first.close();
    opened.length = 0;
    const path = join(dataDir, RECORD_FILE);
    const bytes = readFileSync(path);
    if (how === 'zeroed page') bytes.fill(0, 4096, 12_288);
    else bytes.fill(0x41, 0, 100);
    writeFileSync(path, bytes);
    const second = await open();
    expect(second.problem()).toContain('was damaged. It is kept as');
    expect(readdirSync(dataDir).some((name) => name.startsWith(`${RECORD_FILE}.damaged-`))).toBe(true);
    await second.write([incident('INC-new')]);
    expect((await second.incident('INC-new'))?.id).toBe('INC-new');
  });
});

describe('a disk that is full or read-only', () => {
  it('keeps writes in memory, readable and in order, and writes them when there is room', async () => {
    const records = await open();
    await records.write([incident('INC-1')]);
    // Someone else holds the file: to the store the same kind of trouble as a full disk, and one that ends on command.
    const locker = new DatabaseSync(join(dataDir, RECORD_FILE));
    locker.exec('begin exclusive');
    await records.write([incident('INC-2'), fact('kept in memory')]);
    expect(records.problem()).toContain('Rolling back still works');
    expect(records.pendingWrites).toBe(1);
    await records.write([incident('INC-1', { status: 'closed' })]);
    expect((await records.incident('INC-2'))?.id).toBe('INC-2');
    expect((await records.incidents({ status: 'open', limit: 10 })).map(({ id }) => id)).toEqual(['INC-2']);
    locker.exec('rollback');
    locker.close();
    await clock.advance(6_000);
    await records.write([fact('afterwards')]);
    expect(records.pendingWrites).toBe(0);
    expect(records.problem()).toBeNull();
    expect((await records.audit({ fromSeq: 1, limit: 10 })).map((entry) => entry.what)).toEqual([
      'kept in memory',
      'afterwards',
    ]);
    expect((await records.verifyAudit()).firstBad).toBeNull();
  }, 60_000);

  it('works from memory when the place cannot be written at all', async () => {
    writeFileSync(join(dataDir, 'file'), '');
    const records = await openRecords({ dataDir: join(dataDir, 'file', 'inside'), clock, log: quietLog });
    opened.push(records);
    expect(records.problem()).toContain('Records cannot be written');
    await records.write([incident('INC-1')]);
    expect((await records.incident('INC-1'))?.id).toBe('INC-1');
  });
});

describe('the audit trail', () => {
  async function tampered(change: (handle: DatabaseSync) => void) {
    const records = await open();
    for (let index = 0; index < 12; index += 1) {
      const phase = index % 2 === 0 ? 'intent' : 'outcome';
      await records.write([fact(`step ${index}`, { operationId: `op-${Math.floor(index / 2)}`, phase })]);
    }
    const anchor = await records.auditHead();
    const handle = new DatabaseSync(join(dataDir, RECORD_FILE));
    change(handle);
    handle.close();
    return { records, anchor: anchor! };
  }

  it('fits together when nobody touched it', async () => {
    const { records, anchor } = await tampered(() => undefined);
    expect(await records.verifyAudit([anchor])).toMatchObject({
      entries: 12,
      firstBad: null,
      tail: 'proven',
    });
    expect((await records.verifyAudit()).sentence).toBe(
      '12 entries fit together; no anchor available, tail not proven.',
    );
  });

  const columns = [
    "actor = 'eve'",
    "what = 'nothing'",
    'at_ms = at_ms + 1',
    'monotonic_ms = 2',
    "before = '{}'",
    "after = '1'",
    "via = 'cli'",
    "machine = 'other'",
    "phase = 'fact'",
    "operation_id = 'op-x'",
  ];
  it.each(columns)('finds an edit: %s', async (set) => {
    const { records } = await tampered((handle) => handle.exec(`update audit set ${set} where seq = 5`));
    expect((await records.verifyAudit()).firstBad?.seq).toBe(5);
  });

  it('finds a deletion, an insertion and a swap', async () => {
    const { records } = await tampered((handle) => handle.exec('delete from audit where seq = 4'));
    expect((await records.verifyAudit()).firstBad).toEqual({
      seq: 5,
      problem: 'expected sequence 4, found 5: what was before it was taken out',
    });
    const handle = new DatabaseSync(join(dataDir, RECORD_FILE));
    handle.exec(`insert into audit select 4, prev_hash, hash, at_ms, monotonic_ms, machine, actor, via, operation_id, phase,
      what, before, after from audit where seq = 8`);
    expect((await records.verifyAudit()).firstBad?.seq).toBe(4);
    handle.exec(
      'update audit set seq = 100 where seq = 9; update audit set seq = 9 where seq = 10; update audit set seq = 10 where seq = 100',
    );
    handle.close();
    expect((await records.verifyAudit()).firstBad).not.toBeNull();
  });

  it('finds an inserted entry before the first', async () => {
    const { records } = await tampered((handle) =>
      handle.exec(`insert into audit select 0, prev_hash, hash, at_ms, monotonic_ms, machine, actor, via, operation_id, phase,
        what, before, after from audit where seq = 1`),
    );
    expect((await records.verifyAudit()).firstBad?.seq).toBe(0);
  });

  it('finds a cut tail only with an anchor, and says so without one', async () => {
    const { records, anchor } = await tampered((handle) => handle.exec('delete from audit where seq > 8'));
    expect(await records.verifyAudit()).toMatchObject({ firstBad: null, tail: 'not-proven' });
    const verdict = await records.verifyAudit([anchor]);
    expect(verdict.tail).toBe('broken');
    expect(verdict.sentence).toContain('the trail was cut or rebuilt');
  });

  it('names intents without an outcome', async () => {
    const records = await open();
    await records.write([fact('intent', { operationId: 'op-9', phase: 'intent' })]);
    expect((await records.verifyAudit()).openIntents).toEqual(['op-9']);
  });

  it('hashes the same value to the same bytes, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const canonical = canonicalJson(value);
        const reversed = JSON.parse(canonical, (_key, item: unknown) =>
          item !== null && typeof item === 'object' && !Array.isArray(item)
            ? Object.fromEntries(Object.entries(item).toReversed())
            : item,
        ) as unknown;
        expect(canonicalJson(reversed)).toBe(canonical);
        expect(JSON.parse(canonical)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
