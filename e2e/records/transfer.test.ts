import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Records } from '#engine/records/kind.ts';
import { exportRecords, importRecords } from '#engine/transfer-records.ts';
import type { Wave2 } from '#shared/model/wave2.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { createShelf, emptyDatabase, fact, incidentRecord, line, operation } from './stores.ts';

const WAVE2: Wave2 = {
  life: {
    openedAtMs: 1,
    openedBy: 'ana',
    openedHow: 'person',
    reason: 'the queue grows',
    errorsSeenAtMs: null,
    end: null,
    revision: 1,
    earlier: [],
  },
  playbooks: { parser: { isChosen: true, revision: 1, by: 'ana', atMs: 1 } },
  steps: {
    'parser/hold': { state: 'done', owner: 'ana', reason: null, revision: 1, by: 'ana', atMs: 1 },
  },
  tenants: { acme: { state: 'told', reason: null, revision: 1, by: 'ana', atMs: 1 } },
};

const missing = await missingPostgresReason();
const shelf = createShelf();
let server: PostgresServer;

describe.skipIf(missing)(`moving a record${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  afterEach(() => shelf.clean());

  /** A data directory, with a team's record when there is a url. */
  function place(url: string | null = null) {
    const dataDir = shelf.folder();
    const workspacePath = join(dataDir, 'fusebox.yaml');
    const records = url === null ? '' : 'records:\n  url: { env: RECORD_URL }\n';
    writeFileSync(workspacePath, `version: 1\nname: test\n${records}`);
    const options = { dataDir, workspacePath, env: { RECORD_URL: url ?? undefined } };
    return {
      open: () => shelf.open(url, { dataDir }),
      save: (file: string) => exportRecords({ ...options, file }),
      load: (file: string) => importRecords({ ...options, file }),
      /** Writes and closes again. */
      async fill(write: (records: Records) => Promise<void>) {
        const records = await shelf.open(url, { dataDir });
        await write(records);
        await shelf.close(records);
      },
    };
  }
  const bundle = () => join(shelf.folder(), 'record.ndjson');

  async function content(records: Records) {
    return {
      incidents: await records.incidents({ status: 'any', limit: 100 }),
      timeline: await records.timeline('INC-1'),
      operation: await records.operation('op-1'),
      audit: (await records.audit({ fromSeq: 1, limit: 1_000 })).map(({ what }) => what),
      trail: (await records.verifyAudit()).firstBad,
    };
  }
  const begin = async (records: Records) => {
    await records.write([
      { kind: 'incident', value: { ...incidentRecord('INC-1'), wave2: WAVE2 } },
      line('line-1', 'INC-1', 'declared "by hand"\n'),
      operation('op-1'),
      fact('declared', { before: { a: [1, null, 'ü'] } }),
    ]);
  };

  it('to a team and back: all of it, nothing twice, however often', async () => {
    const local = place();
    await local.fill(begin);
    const team = place(await emptyDatabase(server.url));
    await team.fill((records) => records.write([fact('the team was here before')]));
    const there = bundle();
    await local.save(there);
    expect(await team.load(there)).toEqual({ added: 4, known: 0, kept: [] });
    expect(await team.load(there)).toEqual({ added: 0, known: 4, kept: [] });
    await team.fill(async (records) => {
      expect(await content(records)).toMatchObject({
        incidents: [incidentRecord('INC-1')],
        audit: ['the team was here before', 'declared'],
        trail: null,
      });
      expect(await records.history.countDue()).toBe(1);
      await records.write([
        { kind: 'incident', value: incidentRecord('INC-1', { severity: 'P1' }) },
        line('line-2', 'INC-1', 'severity P2 to P1'),
        { kind: 'incident', value: incidentRecord('INC-2', { promptId: 'other' }) },
        fact('went on at the team'),
      ]);
    });
    const back = bundle();
    await team.save(back);
    expect((await local.load(back)).kept).toEqual([]);
    const again = await local.load(back);
    expect(again).toMatchObject({ added: 0, kept: [] });
    const records = await local.open();
    const seen = await content(records);
    expect(seen.trail).toBeNull();
    expect(seen.incidents.map(({ id, severity }) => `${id} ${severity}`).toSorted()).toEqual([
      'INC-1 P1',
      'INC-2 P2',
    ]);
    expect(seen.timeline.map(({ id }) => id)).toEqual(['line-1', 'line-2']);
    expect(seen.audit).toEqual(['declared', 'the team was here before', 'went on at the team']);
    await shelf.close(records);
    // And the same way once more: everything is known on both sides.
    const third = bundle();
    await local.save(third);
    expect(await team.load(third)).toMatchObject({ added: 0, kept: [] });
  });

  it('into an empty record the audit trail comes as it was, hash for hash', async () => {
    const local = place();
    await local.fill(begin);
    const file = bundle();
    await local.save(file);
    const empty = place(await emptyDatabase(server.url));
    await empty.load(file);
    const [one, other] = [await local.open(), await empty.open()];
    expect(await other.auditHead()).toEqual(await one.auditHead());
    expect(await content(other)).toEqual(await content(one));
  });

  it('a file that was changed, cut or is something else is refused, and nothing is imported', async () => {
    const local = place();
    await local.fill(begin);
    const file = bundle();
    await local.save(file);
    const whole = readFileSync(file, 'utf8');
    const target = place();
    const lines = whole.split('\n');
    const spoilt = [
      whole.replace('declared', 'declined'),
      lines.slice(0, -2).join('\n'),
      lines.toSpliced(2, 1).join('\n'),
      'hello',
      '',
    ];
    for (const text of spoilt) {
      writeFileSync(file, text);
      await expect(target.load(file)).rejects.toThrow('Nothing was imported');
    }
    const records = await target.open();
    expect(await records.incidents({ status: 'any', limit: 1 })).toEqual([]);
    expect(await records.auditHead()).toBeNull();
  });

  it("an incident whose number is another one's here is left out and named; one that went on on both sides is kept as it is here", async () => {
    const [one, other] = [place(), place()];
    await one.fill(async (records) => {
      await begin(records);
      await records.write([
        { kind: 'incident', value: incidentRecord('INC-2', { severity: 'P1' }) },
        line('theirs', 'INC-2', 'theirs'),
      ]);
    });
    await other.fill((records) =>
      records.write([
        { kind: 'incident', value: incidentRecord('INC-1', { promptId: 'another' }) },
        { kind: 'incident', value: incidentRecord('INC-2', { severity: 'P3' }) },
        line('ours', 'INC-2', 'ours'),
      ]),
    );
    const file = bundle();
    await one.save(file);
    expect((await other.load(file)).kept).toEqual(['INC-1', 'INC-2']);
    const records = await other.open();
    expect((await records.incident('INC-1'))?.promptId).toBe('another');
    expect(await records.timeline('INC-1')).toEqual([]);
    expect((await records.incident('INC-2'))?.severity).toBe('P3');
    expect((await records.timeline('INC-2')).map(({ id }) => id)).toEqual(['ours', 'theirs']);
  });
});
