import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  evalOutcomeSchema,
  historyFilterSchema,
  historyGroupSchema,
  historySortSchema,
  RESPONSE_METRICS,
} from '#shared/model/history.ts';
import { itemAgeing } from '#shared/domain/action-items/ageing.ts';
import type { ActionItem } from '#shared/model/action-item.ts';
import type { IncidentFacts } from '#shared/model/history.ts';
import type { RecordEntry, Records } from '#engine/records/kind.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { createShelf, emptyDatabase, incidentRecord } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
const COUNT = 60;
const START_MS = Date.UTC(2026, 3, 6);
const DAY_MS = 24 * 3600_000;
let server: PostgresServer;

/** Different times, teams and levers, some unknown, the same on every store. */
function factsOf(index: number): Omit<IncidentFacts, 'recurrenceOf'> {
  const declaredAtMs = START_MS + index * DAY_MS;
  const times = RESPONSE_METRICS.map(({ id }, metric) => [
    id,
    (index + metric) % 7 === 0 ? null : ((index * 7_919 + metric * 104_729) % 1_800) * 1_000,
  ]);
  return {
    incidentId: `INC-${index}`,
    promptId: `prompt-${index % 3}`,
    promptTitle: `Prompt ${index % 3} ünï`,
    team: index % 4 === 0 ? null : `team-${index % 4}`,
    service: null,
    trigger: index % 5 === 0 ? 'manual' : 'incident',
    signal: index % 5 === 0 ? null : 'complaints',
    lever: index % 6 === 0 ? null : 'flag',
    severity: 'P2',
    status: index === COUNT - 1 ? 'open' : 'closed',
    declaredAtMs,
    closedAtMs: declaredAtMs + 3600_000,
    weekStartMs: START_MS + Math.floor(index / 7) * 7 * DAY_MS,
    times: Object.fromEntries(times) as IncidentFacts['times'],
    isDrill: index % 10 === 0,
    hasEvalCase: index % 3 === 0 ? null : index % 2 === 0,
    evalOutcome: evalOutcomeSchema.options[index % 5] ?? null,
    hasWaiver: index % 8 === 0,
    badConversations: index,
  };
}

async function fill(records: Records): Promise<void> {
  const indices = Array.from({ length: COUNT }, (_, index) => index);
  await records.write(
    indices.map((index): RecordEntry => ({ kind: 'incident', value: incidentRecord(`INC-${index}`) })),
  );
  await records.write(
    indices.map((index): RecordEntry => ({ kind: 'facts', value: { facts: factsOf(index), marks: 1 } })),
  );
  await records.write(indices.map((index): RecordEntry => ({ kind: 'action-item', value: itemOf(index) })));
}

/** A promise after every incident: some done, some without an owner or a date. */
function itemOf(index: number): ActionItem {
  return {
    id: `INC-${index}-A1`,
    incidentId: `INC-${index}`,
    promptId: `prompt-${index % 3}`,
    title: 'Check the greeting in CI',
    owner: index % 5 === 0 ? null : `owner-${index % 4}`,
    dueOn: index % 6 === 0 ? null : new Date(START_MS + (index + 20) * DAY_MS).toISOString().slice(0, 10),
    state: index % 7 === 0 ? 'done' : index % 2 === 0 ? 'open' : 'in-progress',
    droppedBecause: null,
    ticketUrl: null,
    failureMode: null,
    suiteId: null,
    revision: 1,
    createdAtMs: START_MS + index * DAY_MS,
    createdBy: 'ana',
    changedAtMs: START_MS + index * DAY_MS,
    changedBy: 'ana',
    doneAtMs: null,
    remindedAtMs: null,
  };
}

/** Every grouping, every order both ways in pages of seven, filters one by one. */
async function everything({ history }: Records) {
  const filter = historyFilterSchema.parse({});
  const filters = [
    filter,
    { ...filter, fromMs: START_MS + DAY_MS, toMs: START_MS + 20 * DAY_MS },
    { ...filter, promptId: 'prompt-1', lever: 'flag' as const },
    { ...filter, team: 'team-2', trigger: 'incident' as const, severity: 'P2' as const },
  ];
  const figures = [];
  for (const groupBy of historyGroupSchema.options) {
    for (const one of filters) {
      const found = await history.figures({ filter: one, groupBy, withMeans: true });
      const groups = found?.groups.toSorted((a, b) => (a.key < b.key ? -1 : 1));
      figures.push({ ...found, groups });
    }
  }
  const pages = [];
  for (const sort of historySortSchema.options) {
    for (const isDescending of [true, false]) {
      for (let offset = 0; offset < COUNT; offset += 7)
        pages.push(await history.page({ filter, sort, isDescending, offset, limit: 7 }));
    }
  }
  const items = await Promise.all(filters.map((one) => history.unfinishedItems(one)));
  const ageing = items.map((found) => itemAgeing(found, START_MS + COUNT * DAY_MS));
  return { figures, pages, ageing, choices: await history.choices(), due: await history.countDue() };
}

describe.skipIf(missing)(
  `history in a file and in PostgreSQL${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(() => server.stop());
    afterEach(() => shelf.clean());

    it('has the same figures, the same table in every order, the same recurrences', async () => {
      const file = await shelf.open(null);
      const team = await shelf.open(await emptyDatabase(server.url));
      await fill(file);
      await fill(team);
      const ours = await everything(file);
      expect(ours.due).toBe(0);
      // Drills have a history of their own.
      expect(ours.pages[0]?.total).toBe(COUNT - COUNT / 10);
      expect(ours.figures[0]?.evalWeeks).toHaveLength(9);
      const [whole] = ours.ageing;
      expect(whole?.unfinished).toBe(51);
      expect(whole?.overdue).toBeGreaterThan(20);
      expect(whole?.ages.filter(({ unfinished }) => unfinished > 0)).toHaveLength(3);
      expect(whole?.owners).toHaveLength(5);
      expect(ours.pages.flatMap(({ rows }) => rows).some(({ recurrenceOf }) => recurrenceOf !== null)).toBe(
        true,
      );
      expect(await everything(team)).toEqual(ours);
    });
  },
);
