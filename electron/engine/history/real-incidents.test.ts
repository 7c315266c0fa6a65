import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeClock } from '../fake-clock.ts';
import { createIncidents, type Incidents } from '../incidents/create-incidents.ts';
import { createScriptedProvider } from '../incidents/scripted-provider.ts';
import {
  actor,
  emptyEvidence,
  leverDesk,
  operationId,
  quietLog,
  sourceDesk,
  temporaryFolder,
  workspaceDesk,
} from '../incidents/test-bench.ts';
import type { Records } from '../records/kind.ts';
import { openRecords } from '../records/open-records.ts';
import { createHistoryDesk } from './history-desk.ts';
import { NO_FILTER } from './history-bench.ts';

/** History of what the incident desk and the rollback machine really write. */
const clock = createFakeClock();
const provider = createScriptedProvider(clock);
let dataDir = '';
let records: Records;
let made: Incidents;

async function open(): Promise<void> {
  records = await openRecords({ dataDir, clock, log: quietLog });
  made = await createIncidents({
    records,
    clock,
    workspace: workspaceDesk(),
    sources: sourceDesk({ flags: provider.instance }),
    levers: leverDesk(),
    evidence: emptyEvidence(),
    live: { publish: () => undefined },
    log: quietLog,
  });
}
async function close(): Promise<void> {
  const stopped = made.rollbacks.stop();
  await clock.advance(20_000);
  await stopped;
  await records.close();
}

beforeEach(async () => {
  dataDir = temporaryFolder();
  await open();
});
afterEach(async () => {
  await close();
  rmSync(dataDir, { recursive: true });
});

const command = () => ({ operationId: operationId(), actor: actor() });
const history = () =>
  createHistoryDesk({ records, incidents: made.incidents, workspace: workspaceDesk(), clock, log: quietLog });
const rows = async () =>
  (
    await history().incidents({
      filter: NO_FILTER,
      sort: 'declared',
      isDescending: false,
      offset: 0,
      limit: 10,
    })
  ).rows;

it('measures a rollback from its press to its being in effect, and follows the incident to its end and over a restart', async () => {
  const { incidents, rollbacks } = made;
  const { id } = await incidents.declare({
    ...command(),
    promptId: 'support',
    reason: 'rude',
    severity: 'P1',
  });
  expect(await rows()).toMatchObject([
    { incidentId: id, status: 'open', team: 'pia', service: 'support-api', trigger: 'manual', lever: null },
  ]);
  await clock.advance(90_000);
  await incidents.decide({ ...command(), incidentId: id, outcome: 'roll-back' });
  await clock.advance(30_000);
  const plan = await rollbacks.plan({ promptId: 'support', lever: null, toVersion: null });
  const pressed = rollbacks.press({
    ...command(),
    promptId: 'support',
    incidentId: id,
    lever: plan.lever,
    toVersion: plan.toVersion,
    revisionShown: plan.state?.revision ?? null,
    reason: null,
    held: false,
    waitMs: 20_000,
  });
  await clock.advance(20_000);
  await pressed;
  const view = await incidents.get(id);
  const step = view.steps.find((one) => one.id === 'rollback');
  const [measured] = await rows();
  expect(measured).toMatchObject({ lever: 'flag', severity: 'P1', status: 'open' });
  expect(measured?.times.rollback).toBe((step?.doneAtMs ?? 0) - (step?.startedAtMs ?? 0));
  expect(measured?.times['time-to-rollback']).toBe((step?.doneAtMs ?? 0) - view.declaredAtMs);
  expect(measured?.times['time-to-rollback']).toBeGreaterThanOrEqual(120_000);

  const other = await incidents.declare({ ...command(), promptId: 'bare', reason: 'slow', severity: null });
  await incidents.decide({ ...command(), incidentId: other.id, outcome: 'not-the-prompt' });
  await incidents.close({ ...command(), incidentId: other.id, summary: 'the provider was slow' });
  const told = await rows();
  expect(told[1]).toMatchObject({ status: 'closed', team: null, lever: null, hasEvalCase: false });
  expect(told[1]?.times['time-to-rollback']).toBeNull();
  const ask = () => history().summary({ filter: NO_FILTER, groupBy: 'prompt', withMeans: false });
  const before = await ask();
  expect(before).toMatchObject({ incidents: { closed: 1, open: 1 }, notWorkedOut: 0 });

  await close();
  await open();
  expect(await rows()).toEqual(told);
  expect(await ask()).toEqual(before);
});
