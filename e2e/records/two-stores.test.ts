import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { historyFilterSchema, historySortSchema } from '#shared/model/history.ts';
import type { HistoryPageQuery } from '#engine/records/history-store.ts';
import type { RecordEntry, Records } from '#engine/records/kind.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { createShelf, emptyDatabase, sqlOn, fact, incidentRecord, line, operation } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
let server: PostgresServer;
const freshUrl = () => emptyDatabase(server.url);

describe.skipIf(missing)(
  `a record in a file and in PostgreSQL${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.stop());
    afterEach(() => shelf.clean());

    const both = async () => [await shelf.open(null), await shelf.open(await freshUrl())] as const;

    /** Everything a record can be asked. */
    async function everything(records: Records) {
      const incidents = await records.incidents({ status: 'any', limit: 1_000 });
      return {
        incidents,
        open: await records.incidents({ status: 'open', limit: 3 }),
        timelines: await Promise.all(['INC-1', 'INC-2'].map((id) => records.timeline(id))),
        operations: await Promise.all(['op-1', 'op-2'].map((id) => records.operation(id))),
        rollbacks: await records.rollbacks({ unsettled: true }),
        audit: (await records.audit({ fromSeq: 1, limit: 1_000 })).map(({ hash, seq, what }) => ({
          hash,
          seq,
          what,
        })),
        verdict: await records.verifyAudit(),
      };
    }

    // Clock times in ms, with the fractions that a monotonic clock has. Not any double: 1e-266 ms is no time, and SQLite reads such
    // exponents back one unit in the last place off.
    const ms = (max: number) => fc.integer({ min: 0, max: max * 8 }).map((eighths) => eighths / 8);

    const entry = fc.oneof(
      fc
        .record({
          id: fc.constantFrom('INC-1', 'INC-2', 'INC-3', 'INC-4'),
          status: fc.constantFrom('open' as const, 'closed' as const),
          declaredAtMs: ms(2e12),
          summary: fc.string({ unit: 'binary' }),
        })
        .map(({ id, ...change }): RecordEntry => ({ kind: 'incident', value: incidentRecord(id, change) })),
      fc
        .record({ id: fc.nat(5), of: fc.constantFrom('INC-1', 'INC-2'), text: fc.string(), atMs: fc.nat() })
        .map(({ id, of, text, atMs }) => line(`line-${id}`, of, text, atMs)),
      fc
        .record({ id: fc.constantFrom('op-1', 'op-2'), subject: fc.string() })
        .map(({ id, subject }) => operation(id, { subject })),
      fc
        .record({
          what: fc.string({ unit: 'grapheme' }),
          atMs: ms(2e12),
          monotonicMs: ms(1e9),
          before: fc.jsonValue(),
        })
        .map(({ what, ...change }) => fact(what, change)),
    );

    it('hold the same after the same writes, whatever they are', async () => {
      const [file, team] = await both();
      await fc.assert(
        fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 6 }), async (entries) => {
          // Operations apart: one that is there already refuses the rest of its batch.
          const batches = entries.map((one) => [one]);
          for (const batch of batches) {
            await file.write(batch);
            await team.write(batch);
          }
          const [mine, theirs] = [await everything(file), await everything(team)];
          expect(theirs.verdict.firstBad).toBeNull();
          expect(theirs).toEqual(mine);
        }),
        { numRuns: 40 },
      );
    });

    it('write all of a batch or nothing', async () => {
      for (const records of await both()) {
        const broken = { kind: 'timeline', value: { id: 'line-1' } } as unknown as RecordEntry;
        const incident: RecordEntry = { kind: 'incident', value: incidentRecord('INC-1') };
        await expect(records.write([incident, fact('declared'), broken])).rejects.toThrow();
        expect(await records.incident('INC-1')).toBeNull();
        expect(await records.auditHead()).toBeNull();
        await records.write([incident]);
        expect(await records.incident('INC-1')).toEqual(incident.value);
        expect(records.problem()).toBeNull();
      }
    });

    const HISTORY: HistoryPageQuery = {
      filter: historyFilterSchema.parse({}),
      sort: historySortSchema.options[0]!,
      isDescending: true,
      offset: 0,
      limit: 10,
    };
    it('answer history alike', async () => {
      for (const records of await both()) {
        await records.write([{ kind: 'incident', value: incidentRecord('INC-1') }]);
        expect(await records.history.countDue()).toBe(1);
        expect((await records.history.due(10)).length).toBe(1);
        expect((await records.history.page(HISTORY)).total).toBe(0);
        expect(await records.history.choices()).toEqual({ prompts: [], teams: [] });
        expect(await records.policyActions({ sinceMs: 0 })).toEqual([]);
        expect(await records.actionItems({ unfinished: true })).toEqual([]);
        expect(await records.postmortem('INC-1')).toBeNull();
      }
    });

    it('one audit trail for engines that write at the same time, each entry once, none forked', async () => {
      const url = await freshUrl();
      const engines = await Promise.all([shelf.open(url), shelf.open(url), shelf.open(url)]);
      await Promise.all(
        engines.flatMap((records, engine) =>
          Array.from({ length: 60 }, (_, index) => records.write([fact(`engine ${engine} step ${index}`)])),
        ),
      );
      const [first] = engines;
      expect(await first?.verifyAudit()).toMatchObject({ entries: 180, firstBad: null });
      const said = (await first?.audit({ fromSeq: 1, limit: 500 }))?.map(({ what }) => what);
      expect(new Set(said).size).toBe(180);
    });

    it('needs no right to change or delete the audit trail', async () => {
      const url = await freshUrl();
      await shelf.close(await shelf.open(url));
      await sqlOn(
        url,
        `create role cockpit login;
       grant select, insert, update, delete on all tables in schema public to cockpit;
       revoke update, delete on audit from cockpit`,
      );
      const limited = await shelf.open(url.replace(server.user, 'cockpit'));
      await limited.write([{ kind: 'incident', value: incidentRecord('INC-1') }, fact('one')]);
      await limited.write([fact('two')]);
      expect(limited.problem()).toBeNull();
      expect((await limited.verifyAudit()).entries).toBe(2);
      await expect(sqlOn(url.replace(server.user, 'cockpit'), 'delete from audit')).rejects.toThrow(
        'permission denied',
      );
    });

    it('refuses tables of a newer Fusebox and leaves them as they are', async () => {
      const url = await freshUrl();
      await shelf.close(await shelf.open(url));
      await sqlOn(url, "insert into migrations values (999, 'from the future', 0)");
      await expect(shelf.open(url)).rejects.toThrow('written by a newer Fusebox (schema 999');
    });

    it('says in words that it cannot be reached, without the password', async () => {
      const records = await shelf.open(`postgres://ana:hunter2@127.0.0.1:1/nowhere`);
      expect(records.problem()).toContain("The team's record cannot be reached");
      expect(records.problem()).not.toContain('hunter2');
    });
  },
);
