import { expect, test } from '@playwright/test';
import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import type { Rollback } from '#shared/model/rollback.ts';
import { BoardPage } from '../pages/board-page.ts';
import { IncidentPage } from '../pages/incident-page.ts';
import type { CliRun } from '../support/cockpit.ts';
import { missingLoopReason, startRealLoop } from '../support/real-loop.ts';
import type { RealLoop } from '../support/real-loop.ts';
import { readFlagEvents, setFlagEnabled } from '../support/servers/prompt-flag.ts';
import { startUnleash } from '../support/servers/unleash.ts';
import type { UnleashServer } from '../support/servers/unleash.ts';
import { expectHealthyTraffic, openIncidents, servedLately } from '../support/witness.ts';

// What real servers do on a bad day, and what the person is told meanwhile. Unleash's admin API, read past the fault, is the judge.

const FLAG = 'prompt_under_faults';
const OFF = { method: 'POST', path: /\/environments\/production\/off$/ };
const missing = await missingLoopReason();
test.skip(missing !== undefined, missing);

let unleash: UnleashServer;
let loop: RealLoop;
test.beforeAll(async () => {
  unleash = await startUnleash();
  loop = await startRealLoop({ unleash, flag: FLAG, seed: 21 });
  await expectHealthyTraffic(loop, 200);
});
test.beforeEach(async () => {
  await setFlagEnabled(unleash, FLAG, 'production', true);
});
test.afterEach(() => {
  loop.unleashProxy.clear();
  loop.prometheusProxy.clear();
});
test.afterAll(async () => {
  await loop?.stop();
  await unleash?.stop();
});

/** `--again`: the tests flip the same flag one after the other, inside each other's recovery window. */
const rollBack = (): Promise<CliRun> => loop.cockpit.cli('rollback', loop.promptId, '--again', '--json');
const parsed = (run: CliRun): Rollback => JSON.parse(run.stdout) as Rollback;
const statesOf = (rollback: Rollback): string[] => rollback.history.map((step) => step.state);
const offsWritten = async (): Promise<number> =>
  (await readFlagEvents(unleash, FLAG)).filter((event) => event.type === 'feature-environment-disabled')
    .length;

async function openDeclaredIncident(page: Page): Promise<IncidentPage> {
  const [open] = await openIncidents(loop);
  const { id } =
    open ??
    (await loop.cockpit.calls().incident.declare({
      operationId: randomUUID(),
      promptId: loop.promptId,
      reason: 'declared for a test of faults',
    }));
  const board = new BoardPage(page);
  await board.open(await loop.cockpit.launchUrl());
  await board.incidentLink('Customer support agent').click();
  await expect(page.getByRole('heading', { name: id })).toBeVisible();
  return new IncidentPage(page);
}

test('Unleash hangs after applying the change: unknown, read back, in effect, written once', async () => {
  const before = await offsWritten();
  loop.unleashProxy.next(OFF, { kind: 'hang after applying' });
  const run = await rollBack();
  const rollback = parsed(run);
  expect(run.exitCode, run.stdout).toBe(0);
  expect(statesOf(rollback)).toContain('unknown');
  expect(statesOf(rollback)).not.toContain('refused');
  expect(rollback.lamps.readBack.state).toBe('yes');
  expect((await loop.readFlag()).isEnabled).toBe(false);
  expect((await offsWritten()) - before).toBe(1);
});

test('the connection is reset after Unleash applied the change: the same', async () => {
  const before = await offsWritten();
  loop.unleashProxy.next(OFF, { kind: 'reset after applying' });
  const run = await rollBack();
  expect(run.exitCode, run.stdout).toBe(0);
  expect(statesOf(parsed(run))).toContain('unknown');
  expect((await offsWritten()) - before).toBe(1);
});

test('the write never reaches Unleash: read back says so, nothing is claimed', async () => {
  loop.unleashProxy.always(OFF, { kind: 'hang before' });
  const run = await rollBack();
  const rollback = parsed(run);
  expect(run.exitCode, run.stdout).not.toBe(0);
  expect(rollback.lamps.readBack.state).not.toBe('yes');
  expect(['not-in-effect', 'unknown', 'reading-back']).toContain(rollback.state);
  expect((await loop.readFlag()).isEnabled).toBe(true);
});

for (const status of [401, 403, 404]) {
  test(`Unleash refuses with ${status}: refused, nothing changed, and what to do`, async () => {
    const before = await offsWritten();
    loop.unleashProxy.always(OFF, {
      kind: 'refuse',
      status,
      body: { name: 'Refused', message: `no: ${status}` },
    });
    const run = await rollBack();
    const rollback = parsed(run);
    expect(run.exitCode, run.stdout).toBe(4);
    expect(rollback.state).toBe('refused');
    expect(rollback.stateDetail.length).toBeGreaterThan(20);
    expect((await loop.readFlag()).isEnabled).toBe(true);
    expect(await offsWritten()).toBe(before);
  });
}

test('inside the recovery window a stray click flips nothing', async ({ page }) => {
  expect((await rollBack()).exitCode).toBe(0);
  await setFlagEnabled(unleash, FLAG, 'production', true);
  const before = await offsWritten();
  const incident = await openDeclaredIncident(page);
  const button = incident.rollBackButton('v17');
  await expect(button).toContainText('hold');
  await button.click();
  await expect(incident.region('Act')).toContainText('hold the button to flip again');
  expect(await offsWritten()).toBe(before);
  await incident.rollBackDeliberately('v17');
  await expect.poll(() => loop.readFlag()).toMatchObject({ isEnabled: false });
  expect(await offsWritten()).toBe(before + 1);
});

test('somebody turns the flag on again after a rollback: said with their name, and the button is back', async ({
  page,
}) => {
  const incident = await openDeclaredIncident(page);
  await incident.rollBackDeliberately('v17');
  await expect(incident.undoButton).toBeVisible();
  await setFlagEnabled(unleash, FLAG, 'production', true);
  const act = incident.region('Act');
  await expect(act).toContainText('Changed again after the rollback', { timeout: 60_000 });
  await expect(act).toContainText(/v18 50 %.*by admin/);
  await expect(incident.undoButton).toHaveCount(0);
  await expect(incident.rollBackButton('v17')).toBeEnabled();
});

test('in the page a refusal says that nothing changed, and the button is there again', async ({ page }) => {
  const incident = await openDeclaredIncident(page);
  loop.unleashProxy.next(OFF, { kind: 'refuse', status: 403, body: { message: 'no permission' } });
  await incident.rollBackDeliberately('v17');
  await expect(incident.region('Act')).toContainText('Refused');
  await expect(incident.region('Act')).toContainText('nothing was changed');
  expect((await loop.readFlag()).isEnabled).toBe(true);
  await expect(incident.rollBackButton('v17')).toBeEnabled();
});

test('in the page a lost answer is "checking", never failed, and settles by reading', async ({ page }) => {
  const incident = await openDeclaredIncident(page);
  loop.unleashProxy.next(OFF, { kind: 'hang after applying' });
  // Long enough to be seen: a read-back takes some 20 ms otherwise.
  loop.unleashProxy.always({ method: 'GET' }, { kind: 'delay', delayMs: 1_200 });
  await incident.rollBackDeliberately('v17');
  const act = incident.region('Act');
  await expect(act).toContainText(/checking what the flag says/i);
  await expect(act).not.toContainText('Refused: nothing was changed');
  await expect(incident.undoButton).toBeVisible({ timeout: 60_000 });
  expect((await loop.readFlag()).isEnabled).toBe(false);
});

test("Unleash's database dies under the write, its health says GOOD: unknown, then settled by reading", async () => {
  // Held back at the door until the database is gone: what was read before the write was still fine.
  loop.unleashProxy.next(OFF, { kind: 'delay', delayMs: 1_000 });
  const from = loop.unleashProxy.seen.length;
  const pressed = rollBack();
  await expect
    .poll(() => loop.unleashProxy.seen.slice(from).some((request) => request.fault === 'delay'), {
      intervals: [50],
    })
    .toBe(true);
  unleash.postgres.pause();
  let run: CliRun;
  try {
    run = await pressed;
    const health = await fetch(`${unleash.url}/health`);
    expect(await health.json()).toEqual({ health: 'GOOD' });
  } finally {
    unleash.postgres.resume();
  }
  expect(run.exitCode, run.stdout + run.stderr).toBe(3);
  const { operationId, state, history } = parsed(run);
  expect(['unknown', 'reading-back']).toContain(state);
  expect(history.map((step) => step.state)).not.toContain('refused');
  const settled = async (): Promise<boolean> => {
    const now = await loop.cockpit.calls().rollback.get({ operationId });
    const { isEnabled } = await loop.readFlag();
    return isEnabled
      ? now.state === 'not-in-effect'
      : now.state === 'in-effect' || now.state === 'seen-in-traffic';
  };
  await expect.poll(settled, { timeout: 120_000, intervals: [1_000] }).toBe(true);
});

test("Unleash's database is gone before the press: nothing is sent, and that is what is said", async () => {
  const before = await offsWritten();
  unleash.postgres.pause();
  try {
    const run = await rollBack();
    expect(run.exitCode, run.stdout + run.stderr).toBe(1);
    expect(run.stdout).toContain('nothing was sent');
  } finally {
    unleash.postgres.resume();
  }
  await expect.poll(offsWritten, { timeout: 60_000 }).toBe(before);
  expect((await loop.readFlag()).isEnabled).toBe(true);
});

test('Prometheus is down: its own signals say so, nothing else does, and the rollback goes through', async ({
  page,
}) => {
  const incident = await openDeclaredIncident(page);
  await loop.prometheusProxy.goDown();
  try {
    const health = async (): Promise<string | undefined> =>
      (await loop.cockpit.calls().source.list()).find((source) => source.id === 'prometheus')?.state;
    await expect.poll(health, { timeout: 60_000, intervals: [1_000] }).toBe('failing');
    const complaints = incident.region('Signals').getByRole('region', { name: 'Complaints per 1,000' });
    await expect(complaints).toContainText(/unknown|no data/i, { timeout: 60_000 });
    await expect(incident.region('Who is serving')).toContainText('4 workers');
    const run = await rollBack();
    expect(run.exitCode, run.stdout).toBe(0);
    expect((await loop.readFlag()).isEnabled).toBe(false);
  } finally {
    await loop.prometheusProxy.comeBack();
  }
});

test('Prometheus hangs: the board and the other sources stay fresh', async ({ page }) => {
  const state = async (id: string): Promise<string | undefined> =>
    (await loop.cockpit.calls().source.list()).find((source) => source.id === id)?.state;
  await expect.poll(() => state('prometheus'), { timeout: 60_000, intervals: [1_000] }).toBe('fresh');
  loop.prometheusProxy.always({}, { kind: 'hang before' });
  const board = new BoardPage(page);
  await board.open(await loop.cockpit.launchUrl());
  await expect(board.row('Customer support agent')).toContainText('v17');
  await expect
    .poll(() => state('prometheus'), { timeout: 90_000, intervals: [1_000] })
    .toMatch(/failing|stale/);
  expect(await state('unleash')).toBe('fresh');
  expect(await state('telemetry')).toBe('fresh');
  await expect(board.sourceHealth).toBeVisible();
});

test('half the workers keep the old flag value: they are named', async ({ page }) => {
  const frozen = await loop.service.freezeWorkers();
  try {
    const incident = await openDeclaredIncident(page);
    const run = await rollBack();
    expect(run.exitCode, run.stdout).toBe(0);
    await expect.poll(async () => Object.keys(await servedLately(loop))).toContain('v18');
    const stale = async (): Promise<string[]> => {
      const [open] = await openIncidents(loop);
      return (open?.verification?.staleWorkers ?? []).toSorted();
    };
    await expect.poll(stale, { timeout: 120_000, intervals: [1_000] }).toEqual(frozen);
    for (const worker of frozen) await expect(incident.region('Who is serving')).toContainText(worker);
    await expect(incident.region('Verify')).toContainText(frozen[0]!);
    await expect(incident.passedChecks).not.toHaveCount(4);
  } finally {
    await loop.service.thawWorkers();
  }
  await expect
    .poll(async () => Object.keys(await servedLately(loop)), { timeout: 60_000, intervals: [1_000] })
    .toEqual(['v17']);
});
