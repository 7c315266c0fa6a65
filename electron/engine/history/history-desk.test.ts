import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { incidentsCsv } from '#shared/domain/history/csv.ts';
import type { HistorySet, ResponseMetric } from '#shared/model/history.ts';
import { temporaryFolder } from '../incidents/test-bench.ts';
import type { RecordEntry } from '../records/kind.ts';
import { migrate } from '../records/migrate.ts';
import { MIGRATIONS } from '../records/migrations.ts';
import { RECORD_FILE } from '../records/open-records.ts';
import { openSqlite } from '../records/sqlite.ts';
import { byDefinition, historyBench, NO_FILTER, type Told } from './history-bench.ts';

const MIN = 60_000;
const WEEK = 7 * 24 * 60 * MIN;
const MONDAY = Date.UTC(2026, 4, 4);

let dataDir = '';
let bench: Awaited<ReturnType<typeof historyBench>>;
beforeEach(async () => {
  dataDir = temporaryFolder();
  bench = await historyBench(dataDir);
});
afterEach(async () => {
  await bench.close();
  rmSync(dataDir, { recursive: true });
});

const summary = (over: object = {}) =>
  bench.desk.summary({ filter: NO_FILTER, groupBy: 'week', withMeans: false, ...over });
const figure = (set: HistorySet | undefined, metric: ResponseMetric) =>
  set?.metrics.find((one) => one.metric === metric);

/** `count` closed incidents, a minute apart, rolled back after 1, 2, 3 ... minutes. */
const stories = (count: number, over: Partial<Told> = {}): Told[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `INC-${over.promptId ?? 'a'}-${index}`,
    declaredAtMs: MONDAY + index * MIN,
    detectMs: 4 * MIN,
    rollbackMs: (index + 1) * MIN,
    recoverMs: (index + 4) * MIN,
    ...over,
  }));

describe('figures', () => {
  it('are medians and p90 against targets, means only on request', async () => {
    await bench.tell(...stories(10));
    const { incidents, drills, notWorkedOut } = await summary();
    expect(notWorkedOut).toBe(0);
    expect(incidents).toMatchObject({ closed: 10, open: 0 });
    expect(drills).toMatchObject({ closed: 0, open: 0 });
    expect(figure(incidents, 'time-to-rollback')).toEqual({
      metric: 'time-to-rollback',
      count: 10,
      withinTarget: 5,
      medianMs: 5.5 * MIN,
      p90Ms: 9 * MIN,
      meanMs: null,
      minMs: MIN,
      maxMs: 10 * MIN,
    });
    expect(figure(incidents, 'detect')).toMatchObject({ count: 10, withinTarget: 10, medianMs: 4 * MIN });
    expect(figure(incidents, 'decide')).toMatchObject({ count: 0, medianMs: null, minMs: null });
    const withMeans = await summary({ withMeans: true });
    expect(figure(withMeans.incidents, 'time-to-rollback')?.meanMs).toBe(5.5 * MIN);
  });

  it('say nothing from fewer than five, except the range', async () => {
    await bench.tell(...stories(4));
    const few = figure((await summary({ withMeans: true })).incidents, 'time-to-rollback');
    expect(few).toMatchObject({
      count: 4,
      medianMs: null,
      p90Ms: null,
      meanMs: null,
      minMs: MIN,
      maxMs: 4 * MIN,
    });
    await bench.tell({ id: 'INC-5', declaredAtMs: MONDAY, rollbackMs: 9 * MIN });
    expect(figure((await summary()).incidents, 'time-to-rollback')?.medianMs).toBe(3 * MIN);
  });

  it('count open incidents apart', async () => {
    await bench.tell(...stories(6), {
      id: 'INC-open',
      declaredAtMs: MONDAY,
      status: 'open',
      rollbackMs: 99 * MIN,
    });
    const { incidents } = await summary();
    expect(incidents).toMatchObject({ closed: 6, open: 1 });
    expect(figure(incidents, 'time-to-rollback')?.maxMs).toBe(6 * MIN);
    await bench.tell({ id: 'INC-open', declaredAtMs: MONDAY, rollbackMs: 99 * MIN });
    expect((await summary()).incidents).toMatchObject({ closed: 7, open: 0 });
  });

  it('of every group and of the whole are those of the definitions, whatever the times', async () => {
    const story = fc.record({
      rollbackMs: fc.option(fc.integer({ min: 0, max: 10 ** 9 }), { nil: undefined }),
      week: fc.integer({ min: 0, max: 3 }),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(story, { minLength: 1, maxLength: 40 }), async (drawn) => {
        run += 1;
        const promptId = `p${run}`;
        const told = drawn.map(({ rollbackMs, week }, index) => ({
          id: `INC-${run}-${index}`,
          promptId,
          declaredAtMs: MONDAY + week * WEEK + index,
          ...(rollbackMs === undefined ? {} : { rollbackMs }),
        }));
        await bench.tell(...told);
        const found = await summary({ filter: { ...NO_FILTER, promptId }, withMeans: true });
        const expectSet = (set: HistorySet | undefined, of: readonly { rollbackMs?: number }[]) => {
          const values = of.map(({ rollbackMs }) => rollbackMs).filter((ms) => ms !== undefined);
          const one = figure(set, 'time-to-rollback');
          expect(one?.count).toBe(values.length);
          expect(one?.withinTarget).toBe(values.filter((ms) => ms <= 5 * MIN).length);
          if (values.length < 5) expect(one?.medianMs).toBeNull();
          else {
            const { medianMs, p90Ms, meanMs } = byDefinition(values);
            expect(one).toMatchObject({ medianMs, p90Ms });
            expect(one?.meanMs).toBeCloseTo(meanMs, 3);
          }
        };
        expectSet(found.incidents, told);
        for (const { key, figures } of found.groups) {
          expectSet(
            figures,
            told.filter(({ declaredAtMs }) => Math.floor((declaredAtMs - Date.parse(key)) / WEEK) === 0),
          );
        }
        expect(found.groups.map(({ figures }) => figures.closed).reduce((a, b) => a + b)).toBe(told.length);
      }),
      { numRuns: 30 },
    );
  });

  it('are grouped by week, prompt, team, trigger and lever', async () => {
    await bench.tell(
      ...stories(6),
      ...stories(2, { promptId: 'bare', declaredAtMs: MONDAY + WEEK, trigger: 'manual', lever: 'registry' }),
    );
    const groups = async (groupBy: string) =>
      (await summary({ groupBy })).groups.map(({ key, title, figures }) => [key, title, figures.closed]);
    expect(await groups('week')).toEqual([
      ['2026-05-04', 'week of 2026-05-04', 6],
      ['2026-05-11', 'week of 2026-05-11', 2],
    ]);
    expect(await groups('prompt')).toEqual([
      ['support', 'SUPPORT', 6],
      ['bare', 'BARE', 2],
    ]);
    expect(await groups('team')).toEqual([
      ['pia', 'pia', 6],
      ['', 'no owner named', 2],
    ]);
    expect(await groups('trigger')).toEqual([
      ['incident', 'incident', 6],
      ['manual', 'manual', 2],
    ]);
    expect(await groups('lever')).toEqual([
      ['flag', 'flag', 6],
      ['registry', 'registry', 2],
    ]);
  });

  it('obey the filters', async () => {
    await bench.tell(...stories(6), ...stories(2, { promptId: 'bare', severity: 'P1', trigger: 'soft' }));
    const closed = async (filter: object) =>
      (await summary({ filter: { ...NO_FILTER, ...filter } })).incidents.closed;
    expect(await closed({})).toBe(8);
    expect(await closed({ promptId: 'bare' })).toBe(2);
    expect(await closed({ team: 'pia' })).toBe(6);
    expect(await closed({ severity: 'P1' })).toBe(2);
    expect(await closed({ trigger: 'soft', lever: 'flag' })).toBe(2);
    expect(await closed({ lever: 'config' })).toBe(0);
    // From is inside, to is outside.
    expect(await closed({ fromMs: MONDAY + MIN, toMs: MONDAY + 3 * MIN, promptId: 'support' })).toBe(2);
  });

  it('name a recurrence: the same prompt on the same signal', async () => {
    await bench.tell(
      { id: 'INC-1', declaredAtMs: MONDAY, signal: 'complaints' },
      { id: 'INC-2', declaredAtMs: MONDAY + MIN, signal: 'csat' },
      { id: 'INC-3', declaredAtMs: MONDAY + WEEK, signal: 'complaints' },
      { id: 'INC-4', declaredAtMs: MONDAY + WEEK, signal: 'complaints', promptId: 'bare' },
      { id: 'INC-5', declaredAtMs: MONDAY + 2 * WEEK },
    );
    const { rows } = await bench.desk.incidents({
      filter: NO_FILTER,
      sort: 'declared',
      isDescending: false,
      offset: 0,
      limit: 10,
    });
    expect(rows.map(({ incidentId, recurrenceOf }) => `${incidentId} ${recurrenceOf}`)).toEqual([
      'INC-1 null',
      'INC-2 null',
      'INC-3 INC-1',
      'INC-4 null',
      'INC-5 null',
    ]);
    expect((await summary()).incidents.recurrences).toBe(1);
    expect(incidentsCsv(rows).split('\r\n')[3]).toContain('INC-1');
  });
});

describe('prevented', () => {
  const frozen = (id: string, atMs: number, over: object = {}): RecordEntry =>
    ({
      kind: 'policy-action',
      value: {
        action: { id, promptId: 'support', kind: 'freeze-ramp', state: 'done', announcedAtMs: atMs, ...over },
        incidentId: null,
      },
    }) as unknown as RecordEntry;

  it('counts a frozen ramp that no incident followed; hard triggers are not known', async () => {
    await bench.records.write([
      frozen('quiet', MONDAY),
      frozen('followed', MONDAY + WEEK),
      frozen('vetoed', MONDAY, { state: 'vetoed' }),
      frozen('flip', MONDAY, { kind: 'killswitch' }),
    ]);
    await bench.tell({ id: 'INC-1', declaredAtMs: MONDAY + WEEK + 60 * MIN });
    expect((await summary()).prevented).toEqual({ soft: 1, hard: null });
    const other = { ...NO_FILTER, promptId: 'bare' };
    expect((await summary({ filter: other })).prevented.soft).toBe(0);
    expect((await summary({ filter: { ...NO_FILTER, toMs: MONDAY } })).prevented.soft).toBe(0);
    expect((await summary({ filter: { ...NO_FILTER, team: 'pia' } })).prevented.soft).toBe(1);
  });
});

describe('the table', () => {
  it('is sorted by any column, unknown last both ways, and pages without gap or repeat', async () => {
    await bench.tell(
      ...stories(7),
      { id: 'INC-none', declaredAtMs: MONDAY },
      { id: 'INC-none2', declaredAtMs: MONDAY },
    );
    const page = (isDescending: boolean, offset: number) =>
      bench.desk.incidents({ filter: NO_FILTER, sort: 'time-to-rollback', isDescending, offset, limit: 4 });
    for (const isDescending of [true, false]) {
      const pages = [await page(isDescending, 0), await page(isDescending, 4), await page(isDescending, 8)];
      const ids = pages.flatMap(({ rows }) => rows.map(({ incidentId }) => incidentId));
      expect(pages[0]?.total).toBe(9);
      expect(new Set(ids).size).toBe(9);
      expect(ids.slice(7).toSorted()).toEqual(['INC-none', 'INC-none2']);
      expect(ids[0]).toBe(isDescending ? 'INC-a-6' : 'INC-a-0');
    }
  });
});

describe('facts', () => {
  it('of a record from before they were kept are worked out, oldest first', async () => {
    await bench.tell(...stories(120, { signal: 'complaints' }));
    await bench.close();
    const path = join(dataDir, RECORD_FILE);
    const handle = new DatabaseSync(path);
    handle.exec(
      'drop table incident_facts; drop table incident_facts_due; delete from migrations where id in (12, 40)',
    );
    handle.close();
    const opened = openSqlite(path);
    await migrate(opened.db, { path, fromVersion: 2, nowMs: () => 0 });
    const applied = await opened.db.selectFrom('migrations').select('id').execute();
    expect(applied.map(({ id }) => id)).toEqual(MIGRATIONS.map(({ id }) => id));
    await opened.db.destroy();

    bench = await historyBench(dataDir);
    expect(await bench.records.history.countDue()).toBe(120);
    await bench.tell(...stories(120, { signal: 'complaints' }));
    const { incidents, notWorkedOut } = await summary();
    expect({ notWorkedOut, ...incidents }).toMatchObject({ closed: 120, recurrences: 119, notWorkedOut: 0 });
  });

  it('stay due when the incident changed while they were worked out', async () => {
    await bench.tell({ id: 'INC-1', declaredAtMs: MONDAY, rollbackMs: MIN });
    const [due] = await bench.records.history.due(1);
    await bench.tell({ id: 'INC-1', declaredAtMs: MONDAY, rollbackMs: 2 * MIN });
    expect(await bench.records.history.due(1)).toEqual([
      { incidentId: 'INC-1', marks: (due?.marks ?? 0) + 1 },
    ]);
    expect(figure((await summary()).incidents, 'time-to-rollback')?.maxMs).toBe(2 * MIN);
    expect(await bench.records.history.countDue()).toBe(0);
  });

  it('of an incident that cannot be read do not stand in the way of the others, and are said to be missing', async () => {
    await bench.records.write([
      {
        kind: 'incident',
        value: { id: 'INC-?', declaredAtMs: 0, promptId: 'x', status: 'closed' },
      } as RecordEntry,
    ]);
    await bench.tell(...stories(60));
    expect(await summary()).toMatchObject({ incidents: { closed: 60 }, notWorkedOut: 1 });
  });
});
