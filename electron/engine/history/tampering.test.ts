import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { quietLog, temporaryFolder } from '../incidents/test-bench.ts';
import { GENESIS, hashEntry } from '../records/audit.ts';
import type { AuditAnchor, AuditEntry, RecordEntry } from '../records/kind.ts';
import { openRecords, RECORD_FILE } from '../records/open-records.ts';
import { openSqlite } from '../records/sqlite.ts';
import { readAudit } from '../records/audit-rows.ts';
import { verifyAuditFile } from './audit-file.ts';

/** Two people's actions, intent and outcome, 24 entries; and an anchor taken in the middle and one at the end. */
let folder = '';
let original = '';
let middle: AuditAnchor;
let end: AuditAnchor;

beforeAll(async () => {
  folder = temporaryFolder();
  const clock = createFakeClock();
  const records = await openRecords({ dataDir: folder, clock, log: quietLog });
  const entry = (index: number): RecordEntry => ({
    kind: 'audit',
    value: {
      atMs: clock.nowMs() + index,
      monotonicMs: index,
      actor: index % 3 === 0 ? 'ana' : 'ben',
      via: 'page',
      operationId: `op-${Math.floor(index / 2)}`,
      phase: index % 2 === 0 ? 'intent' : 'outcome',
      what: `step ${index}`,
      before: { share01: 0.05 },
      after: { share01: 0 },
    },
  });
  const headOf = async () => {
    const head = await records.auditHead();
    if (!head) throw new Error('no head');
    return head;
  };
  for (let index = 0; index < 12; index += 1) await records.write([entry(index)]);
  middle = await headOf();
  for (let index = 12; index < 24; index += 1) await records.write([entry(index)]);
  end = await headOf();
  await records.close();
  original = join(folder, RECORD_FILE);
});
afterAll(() => rmSync(folder, { recursive: true }));

let copies = 0;
function copy(): string {
  copies += 1;
  const path = join(folder, `copy-${copies}.db`);
  copyFileSync(original, path);
  return path;
}

/** A copy with its entries replaced: what someone with the file, our source and an evening can do. */
async function forged(change: (entries: AuditEntry[]) => AuditEntry[]): Promise<string> {
  const path = copy();
  const { db } = openSqlite(path);
  const entries = change(await readAudit(db, { fromSeq: 0, limit: 1_000 }));
  await db.deleteFrom('audit').execute();
  for (const { prevHash, atMs, monotonicMs, operationId, before, after, ...row } of entries) {
    await db
      .insertInto('audit')
      .values({
        ...row,
        prev_hash: prevHash,
        at_ms: atMs,
        monotonic_ms: monotonicMs,
        operation_id: operationId,
        before: JSON.stringify(before),
        after: JSON.stringify(after),
      })
      .execute();
  }
  await db.destroy();
  return path;
}

/** Numbers and hashes anew from the first entry on, by the rules. */
function rebuilt(entries: readonly AuditEntry[]): AuditEntry[] {
  let prevHash = GENESIS;
  return entries.map((entry, index) => {
    const next = { ...entry, seq: index + 1, prevHash };
    prevHash = hashEntry(next);
    return { ...next, hash: prevHash };
  });
}

const without = (entries: readonly AuditEntry[], seq: number) => entries.filter((entry) => entry.seq !== seq);
const moved = (entries: readonly AuditEntry[], seq: number, to: number) =>
  entries.map((entry) =>
    entry.seq === seq ? { ...entry, seq: to } : entry.seq === to ? { ...entry, seq } : entry,
  );
const edited = (entries: readonly AuditEntry[], seq: number) =>
  entries.map((entry) => (entry.seq === seq ? { ...entry, actor: 'nobody' } : entry));
const doubled = (entries: readonly AuditEntry[], seq: number) =>
  entries.flatMap((entry) => {
    if (entry.seq < seq) return [entry];
    return entry.seq === seq
      ? [entry, { ...entry, seq: seq + 1, actor: 'eve' }]
      : [{ ...entry, seq: entry.seq + 1 }];
  });

describe('an untouched trail', () => {
  it('is proven as far as its anchors reach', async () => {
    expect(await verifyAuditFile(copy(), [middle])).toMatchObject({
      entries: 24,
      firstBad: null,
      tail: 'proven',
      sentence: '24 entries fit together; proven up to entry 12 by an outside anchor.',
    });
    expect((await verifyAuditFile(copy(), [end])).sentence).toContain('proven up to entry 24');
  });

  it('is not written to by looking at it', async () => {
    const path = copy();
    const before = readFileSync(path);
    await verifyAuditFile(path, []);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('found by the chain alone', () => {
  it('1 an edit: of any entry, also when its own hash was made to fit', async () => {
    for (const seq of [1, 7, 24]) {
      const found = await verifyAuditFile(await forged((entries) => edited(entries, seq)), []);
      expect(found.firstBad?.seq).toBe(seq);
    }
    const fitted = await forged((entries) =>
      edited(entries, 7).map((entry) => (entry.seq === 7 ? { ...entry, hash: hashEntry(entry) } : entry)),
    );
    expect((await verifyAuditFile(fitted, [])).firstBad).toEqual({
      seq: 8,
      problem: 'it does not follow the entry before it',
    });
  });

  it('2 a deletion in the middle, also when the rest was renumbered', async () => {
    const gap = await verifyAuditFile(await forged((entries) => without(entries, 9)), []);
    expect(gap.firstBad).toEqual({
      seq: 10,
      problem: 'expected sequence 9, found 10: what was before it was taken out',
    });
    const closed = await forged((entries) =>
      without(entries, 9).map((entry, index) => ({ ...entry, seq: index + 1 })),
    );
    expect((await verifyAuditFile(closed, [])).firstBad?.seq).toBe(9);
    expect((await verifyAuditFile(await forged((entries) => without(entries, 1)), [])).firstBad?.seq).toBe(2);
  });

  it('3 an insertion, at any place', async () => {
    for (const seq of [1, 12, 24]) {
      const found = await verifyAuditFile(await forged((entries) => doubled(entries, seq)), []);
      expect(found.firstBad?.seq).toBe(seq + 1);
    }
  });

  it('4 a reordering', async () => {
    for (const [seq, to] of [
      [3, 4],
      [1, 24],
    ] as const) {
      const found = await verifyAuditFile(await forged((entries) => moved(entries, seq, to)), []);
      expect(found.firstBad).not.toBeNull();
    }
  });
});

describe('provable with an anchor alone', () => {
  it('5 a cut tail', async () => {
    const cut = await forged((entries) => entries.slice(0, 18));
    expect(await verifyAuditFile(cut, [])).toMatchObject({
      firstBad: null,
      tail: 'not-proven',
      sentence: '18 entries fit together; no anchor available, tail not proven.',
    });
    // One taken before the cut proves its own part and no more, and says how far.
    expect((await verifyAuditFile(cut, [middle])).sentence).toContain('proven up to entry 12');
    expect(await verifyAuditFile(cut, [middle, end])).toMatchObject({ firstBad: null, tail: 'broken' });
    const nothing = await forged(() => []);
    expect((await verifyAuditFile(nothing, [])).tail).toBe('not-proven');
    expect((await verifyAuditFile(nothing, [middle])).tail).toBe('broken');
  });

  it('6 a trail built anew from the start, with an entry less', async () => {
    const anew = await forged((entries) => rebuilt(without(entries, 5)));
    expect(await verifyAuditFile(anew, [])).toMatchObject({
      entries: 23,
      firstBad: null,
      tail: 'not-proven',
    });
    for (const anchor of [middle, end]) {
      const found = await verifyAuditFile(anew, [anchor]);
      expect(found).toMatchObject({ firstBad: null, tail: 'broken' });
      expect(found.sentence).toContain(`the anchored entry ${anchor.seq} is not in it`);
    }
    // Rebuilt after the anchored entry only: the anchor before it cannot know.
    const later = await forged((entries) => rebuilt(edited(entries, 20)));
    expect((await verifyAuditFile(later, [middle])).sentence).toContain('proven up to entry 12');
    expect((await verifyAuditFile(later, [end])).tail).toBe('broken');
  });
});

describe('a file that is no record file', () => {
  it('says what to give instead', async () => {
    const path = join(folder, 'other.db');
    await expect(verifyAuditFile(path, [])).rejects.toThrow('Give the path of a copy of records.db');
    writeFileSync(path, 'not a database, but long enough to be looked at as one '.repeat(200));
    await expect(verifyAuditFile(path, [])).rejects.toThrow('cannot be read as a record file');
    const empty = new DatabaseSync(join(folder, 'empty.db'));
    empty.exec('create table something (x)');
    empty.close();
    await expect(verifyAuditFile(join(folder, 'empty.db'), [])).rejects.toThrow('no such table: audit');
  });
});
