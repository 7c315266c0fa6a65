import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { historyFilterSchema, RESPONSE_METRICS, type IncidentFacts } from '#shared/model/history.ts';
import type { DrillRecord, RecordEntry, Records } from '#engine/records/kind.ts';
import { exportRecords, importRecords } from '#engine/transfer-records.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { createShelf, emptyDatabase, incidentRecord } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
const START_MS = Date.UTC(2026, 10, 2, 9);
let server: PostgresServer;

const factsOf = (
  incidentId: string,
  isDrill: boolean,
  tookMs: number,
): Omit<IncidentFacts, 'recurrenceOf'> => ({
  incidentId,
  promptId: 'support',
  promptTitle: 'Support',
  team: 'Mira',
  service: 'support',
  trigger: 'incident',
  signal: 'complaints',
  lever: 'flag',
  severity: 'P2',
  status: 'closed',
  declaredAtMs: START_MS,
  closedAtMs: START_MS + 3_600_000,
  weekStartMs: START_MS,
  times: Object.fromEntries(RESPONSE_METRICS.map(({ id }) => [id, tookMs])) as IncidentFacts['times'],
  isDrill,
  hasEvalCase: true,
  evalOutcome: 'proven',
  hasWaiver: false,
  badConversations: 40,
});

const drill = (drillId: string, startedAtMs: number, castPromptId: string | null): DrillRecord => ({
  report: {
    drillId,
    scenarioId: 'greeting-regression',
    title: 'A greeting that grates “ünï”',
    seed: 7,
    outcome: 'finished',
    facilitator: 'ana',
    participants: ['ben'],
    startedAtMs,
    endedAtMs: startedAtMs + 1_800_000.5,
    beginMs: startedAtMs,
    onsetMs: startedAtMs + 60_000,
    promptId: 'support',
    castPromptId,
    steps: [],
    checks: [],
    wrongTurns: [],
    badConversations: { served: 40, best: 30, untouched: 300 },
    points: { earned: 90, possible: 100 },
    sentence: 'Back on v17.',
    killswitch: { lever: 'flag support', tookMs: 11_000, by: 'ben' },
    hintsGiven: 1,
    events: [{ atMs: startedAtMs, by: 'facilitator', kind: 'begin', who: 'ana', text: 'begins' }],
  },
  facts: [factsOf(`${drillId}/INC-20261102-1`, true, 5_000)],
});

const INCIDENT: RecordEntry[] = [
  { kind: 'incident', value: incidentRecord('INC-20261102-1', { declaredAtMs: START_MS }) },
  { kind: 'facts', value: { facts: factsOf('INC-20261102-1', false, 90_000), marks: 1 } },
];
const DRILLS: RecordEntry[] = [
  { kind: 'drill', value: drill('DRILL-1', START_MS, null) },
  { kind: 'drill', value: drill('DRILL-2', START_MS + 1_000, 'customer_support_agent') },
  {
    kind: 'drill-bundle',
    value: {
      scenarioId: 'rec-1',
      bundleOf: 'INC-20261102-1',
      addedAtMs: START_MS,
      addedBy: 'ana',
      text: '{}\n',
    },
  },
];

const filter = historyFilterSchema.parse({});
async function ofIncidents({ history }: Records) {
  const figures = await history.figures({ filter, groupBy: 'prompt', withMeans: true });
  const query = { filter, sort: 'declared', isDescending: true, offset: 0, limit: 50 } as const;
  return { incidents: figures?.incidents, groups: figures?.groups, page: await history.page(query) };
}
const ofDrills = async ({ history }: Records) =>
  (await history.figures({ filter, groupBy: 'prompt', withMeans: true }))?.drills;

describe.skipIf(missing)(`drills in the record${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  afterEach(() => shelf.clean());

  it('are the same in a file and in PostgreSQL, and move no figure of incidents', async () => {
    const found = [];
    for (const url of [null, await emptyDatabase(server.url)]) {
      const records = await shelf.open(url);
      await records.write(INCIDENT);
      const before = await ofIncidents(records);
      await records.write(DRILLS);
      // Once more, as a restart between write and answer would.
      await records.write(DRILLS);
      expect(await ofIncidents(records)).toEqual(before);
      expect(await records.incidents({ status: 'any', limit: 10 })).toHaveLength(1);
      const drills = await ofDrills(records);
      expect(drills).toMatchObject({ closed: 2, open: 0 });
      found.push({
        drills,
        all: await records.drills({ limit: 10 }),
        newest: await records.drills({ limit: 1 }),
        cast: await records.drills({ limit: 10, isCast: true }),
        ofPrompt: await records.drills({
          limit: 1,
          castPromptId: 'customer_support_agent',
          outcome: 'finished',
        }),
        proofs: await records.rollbacks({ promptId: 'support', state: 'seen-in-traffic', newest: 5 }),
        one: await records.drills({ limit: 1, drillId: 'DRILL-1' }),
        bundles: await records.drillBundles(),
      });
    }
    const [file, team] = found;
    expect(team).toEqual(file);
    expect(file?.all.map(({ report }) => report.drillId)).toEqual(['DRILL-2', 'DRILL-1']);
    expect(file?.one).toEqual([DRILLS[0]?.kind === 'drill' ? DRILLS[0].value : null]);
    expect(file?.cast.map(({ report }) => report.drillId)).toEqual(['DRILL-2']);
    expect(file?.ofPrompt).toEqual(file?.cast);
    expect(file?.proofs).toEqual([]);
    expect(file?.bundles).toMatchObject([{ scenarioId: 'rec-1', text: '{}\n' }]);
  });

  it('travel with a bundle of the record, their figures included', async () => {
    const place = (url: string | null) => {
      const dataDir = shelf.folder();
      const workspacePath = join(dataDir, 'fusebox.yaml');
      const records = url === null ? '' : 'records:\n  url: { env: RECORD_URL }\n';
      writeFileSync(workspacePath, `version: 1\nname: test\n${records}`);
      return { dataDir, workspacePath, env: { RECORD_URL: url ?? undefined } };
    };
    const file = join(shelf.folder(), 'record.ndjson');
    const from = place(null);
    const records = await shelf.open(null, { dataDir: from.dataDir });
    await records.write([...INCIDENT, ...DRILLS]);
    const figures = await ofDrills(records);
    const all = await records.drills({ limit: 10 });
    await shelf.close(records);
    await exportRecords({ ...from, file });
    const url = await emptyDatabase(server.url);
    const to = place(url);
    expect(await importRecords({ ...to, file })).toMatchObject({ added: 4, kept: [] });
    expect(await importRecords({ ...to, file })).toMatchObject({ added: 0, known: 4 });
    const team = await shelf.open(url, { dataDir: to.dataDir });
    expect(await team.drills({ limit: 10 })).toEqual(all);
    expect(await team.drillBundles()).toHaveLength(1);
    expect(await ofDrills(team)).toEqual(figures);
  });
});
