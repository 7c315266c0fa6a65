import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { EvalPage } from '../pages/eval-page.ts';
import { IncidentPage } from '../pages/incident-page.ts';
import { PostmortemPage } from '../pages/postmortem-page.ts';
import { startCockpit, type Cockpit } from '../support/cockpit.ts';

// The whole loop on the built-in demonstration, with no file of one's own: alarm, rollback, recovery, note, postmortem, an eval case that
// proves something, its gate, an action item, closed.

let cockpit: Cockpit | undefined;
test.afterEach(async () => {
  await cockpit?.stop();
  cockpit = undefined;
});

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
  ).toEqual([]);
}

test('the demonstration incident, from the alarm to closed', async ({ page }) => {
  const started = await startCockpit({ workspace: null });
  cockpit = started;
  const calls = started.calls();
  await page.goto(await started.launchUrl());
  await page.getByRole('region', { name: 'Source health' }).waitFor();
  await calls.demo.setSpeed({ operationId: randomUUID(), speed: 10 });
  await page.getByRole('button', { name: /Start greeting regression/ }).click();

  // The alarm, the one click.
  let incidentId = '';
  await expect
    .poll(
      async () => {
        incidentId = (await calls.incident.list({ status: 'open' }))[0]?.id ?? '';
        return incidentId;
      },
      { timeout: 180_000 },
    )
    .not.toBe('');
  const record = () => calls.incident.get({ incidentId });
  await page.evaluate((id) => {
    location.hash = `#/incident/${id}`;
  }, incidentId);
  const incident = new IncidentPage(page);
  await incident.rollBack('v17');
  await expect.poll(async () => (await record()).rollbacks[0]?.lamps.readBack.state).toBe('yes');

  // While the metrics come back: the bad answer becomes a case.
  const evals = new EvalPage(page);
  await evals.open(incidentId);
  const sample = evals
    .region('1 Pick')
    .getByRole('article')
    .filter({ hasText: 'State your order number' })
    .first();
  await sample.getByRole('button', { name: 'Pick this one' }).click({ timeout: 180_000 });
  const redaction = evals.region('2 Redact');
  await expect(redaction.getByRole('deletion').first()).toBeVisible();
  await expect(redaction.getByRole('insertion').first()).toHaveText('Alex');
  await expect(page.getByText('not in the record yet')).toBeVisible();
  await redaction.getByRole('button', { name: 'I have read it' }).click();
  const naming = evals.region('4 Name and suite');
  await naming.getByRole('textbox', { name: 'Name' }).fill('greets the customer by name');
  await naming.getByRole('combobox', { name: 'Suite' }).selectOption('support');

  // Refused while it passes on the bad version, fails on the good one, or does not say the same every time.
  await evals.addContains('order number');
  await expect(evals.region('3 Expect').getByText('would not have caught it')).toBeVisible();
  await evals.expectContains('.');
  expect(await evals.writeAndProve()).toContain('It passes on the bad version v18 (4 of 4 runs)');
  await evals.expectContains('Good day');
  expect(await evals.writeAndProve()).toContain('It fails on the good version v17 too (4 of 4 runs)');
  await evals.expectContains('I have checked the order');
  expect(await evals.writeAndProve()).toContain('Flaky on the good version v17: it passes in 1 of 4 runs');
  await expectAccessible(page);
  await page.screenshot({ path: 'test-results/eval-refused.png' });
  await evals.expectContains('Dear Alex');
  await expect(evals.region('3 Expect').getByText('fails this check, as it must')).toBeVisible();
  expect(await evals.writeAndProve()).toContain('Fails on v18 in 4 of 4 runs and passes on v17 in 4 of 4');
  const suite = join(started.dataDir, 'demonstration/support-agent');
  const file = readFileSync(join(suite, 'evals/cases/incidents.yaml'), 'utf8');
  expect(file).toContain('value: "Dear Alex"');
  expect(file).toContain(incidentId);

  // A gate once it is committed: the demonstration's reviewer does that within seconds.
  const gate = evals.region('7 Gate');
  await expect(async () => {
    await gate.getByRole('button', { name: /^Check/ }).click();
    await expect(gate.getByText(/^Gated:/)).toBeVisible({ timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await expectAccessible(page);
  await page.screenshot({ path: 'test-results/eval-gated.png' });

  // The command line says the same.
  const [stored] = JSON.parse((await started.cli('evals', incidentId, '--json')).stdout) as {
    id: string;
    state: string;
  }[];
  expect(stored?.state).toBe('gated');
  const again = await started.cli('evals', incidentId, '--prove', stored?.id ?? '');
  expect([again.exitCode, again.stdout]).toEqual([0, expect.stringContaining('accepted: Fails on v18')]);
  const checked = await started.cli('evals', incidentId, '--gate', stored?.id ?? '');
  expect([checked.exitCode, checked.stdout]).toEqual([0, expect.stringContaining('Gated:')]);

  // Recovered: note, postmortem, action item.
  await expect
    .poll(async () => (await record()).verification?.verdict, { timeout: 300_000 })
    .toBe('recovered');
  const postmortem = new PostmortemPage(page);
  await postmortem.open(incidentId);
  await expect(postmortem.blockers).toHaveCount(5);
  await expect(postmortem.note).toHaveValue(/killswitch ON/);
  await postmortem.button(/^Post to/).click();
  await expect(page.getByText(/^Posted to/)).toBeVisible();
  await postmortem.field('Cause').fill('v18 dropped the line about the greeting.');
  await postmortem.field('What the evals in CI missed').fill('No case looked at the greeting.');
  await postmortem.field('Why not sooner').fill('5 % of the traffic.');
  await expect(postmortem.saved).toHaveText(/^saved/);
  await postmortem.button('Confirm the timeline').click();
  await expect(page.getByText(/^Confirmed by/)).toBeVisible();
  await postmortem.addItem({ title: 'Review greetings by hand', owner: 'Mira Okafor', dueOn: '2030-01-01' });
  await expect(postmortem.blockers).toHaveCount(0);
  await expect(page.getByText('ready to close')).toBeVisible();
  await expectAccessible(page);

  // Closed, with every step of the loop behind it.
  await page.getByRole('link', { name: 'Back to the incident' }).click();
  await page.getByRole('button', { name: 'Close incident' }).click();
  await page.getByLabel('Summary').fill('Curt greeting on v18, rolled back.');
  await page.getByRole('button', { name: 'Close with this summary' }).click();
  await expect.poll(async () => (await record()).status).toBe('closed');
  const closed = await record();
  expect(closed.steps.map(({ id, state }) => `${id} ${state}`)).toEqual([
    'detect done',
    'identify done',
    'decide done',
    'rollback done',
    'verify done',
    'note done',
    'eval done',
  ]);
  const story = closed.timeline.map(({ text }) => text).join('\n');
  expect(story).toContain('accepted: Fails on v18');
  const printed = await started.cli('postmortem', incidentId, '--style', 'full');
  expect(printed.stdout).toContain('v18 dropped the line about the greeting.');
  expect(printed.stdout).toContain('greets the customer by name');
});
