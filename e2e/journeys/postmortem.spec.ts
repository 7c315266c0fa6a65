import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PostmortemPage } from '../pages/postmortem-page.ts';
import { startCockpit, type Cockpit } from '../support/cockpit.ts';

// The aftermath in the demonstration workspace: an incident that was rolled back, from its note to its closing.

const PROMPT = 'customer_support_agent';
let cockpit: Cockpit | undefined;
test.beforeEach(async () => {
  cockpit = await startCockpit({ workspace: null });
});
test.afterEach(async () => {
  await cockpit?.stop();
  cockpit = undefined;
});

/** An incident whose response is over: rolled back by the flag, and decided. */
async function rolledBack(running: Cockpit): Promise<string> {
  const calls = running.calls();
  const command = () => ({ operationId: randomUUID() });
  await expect.poll(async () => (await calls.prompt.list()).length, { timeout: 60_000 }).toBeGreaterThan(0);
  const { id } = await calls.incident.declare({
    ...command(),
    promptId: PROMPT,
    reason: 'the greeting is rude',
  });
  const press = {
    promptId: PROMPT,
    lever: 'flag' as const,
    toVersion: 'v17',
    revisionShown: null,
    held: false,
  };
  const { operationId } = await calls.rollback.press({ ...command(), ...press });
  await expect
    .poll(async () => (await calls.rollback.get({ operationId })).lamps.readBack.state, { timeout: 30_000 })
    .toBe('yes');
  await calls.incident.decide({ ...command(), incidentId: id, outcome: 'roll-back' });
  return id;
}

async function open(page: Page, running: Cockpit, incidentId: string): Promise<PostmortemPage> {
  await page.goto(await running.launchUrl());
  await page.getByRole('region', { name: 'Source health' }).waitFor();
  const postmortem = new PostmortemPage(page);
  await postmortem.open(incidentId);
  return postmortem;
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
  ).toEqual([]);
}

test('nothing closes without its outputs: note, postmortem, action item, waiver, closed', async ({
  page,
}) => {
  const incidentId = await rolledBack(cockpit!);
  const postmortem = await open(page, cockpit!, incidentId);
  await expect(postmortem.blockers).toHaveCount(6);

  await expect(postmortem.note).toHaveValue(/killswitch ON/);
  await postmortem.note.fill('The greeting was rude; v17 is back.');
  await expect(postmortem.saved).toHaveText(/^saved/);
  await postmortem.button(/^Post to/).click();
  await expect(page.getByText(/^Posted to/)).toBeVisible();

  await postmortem.field('Cause').fill('v18 dropped the line about politeness.');
  await postmortem.field('What the evals in CI missed').fill('No case begins with an angry user.');
  await postmortem.field('Why not sooner').fill('5 % of a small prompt.');
  await expect(postmortem.saved).toHaveText(/^saved/);
  await postmortem.button('Confirm the timeline').click();
  await expect(page.getByText(/^Confirmed by/)).toBeVisible();

  await postmortem.addItem({ title: 'Check the greeting in CI', owner: 'ana', dueOn: '2030-01-01' });
  await expect(postmortem.blockers).toHaveCount(1);
  await postmortem.waive('eval case', { name: 'Mira', reason: 'the suite moves this week' });
  await expect(page.getByText('ready to close')).toBeVisible();

  await page.keyboard.press('r');
  const paper = page.getByRole('article', { name: 'Postmortem as it prints' });
  await expect(paper).toContainText('v18 dropped the line about politeness.');
  await expect(paper).toContainText('the suite moves this week');

  await page.getByRole('link', { name: 'Back to the incident' }).click();
  await page.getByRole('button', { name: 'Close incident' }).click();
  await page.getByLabel('Summary').fill('Rude greeting on v18, contained.');
  await page.getByRole('button', { name: 'Close with this summary' }).click();
  await expect.poll(async () => (await cockpit!.calls().incident.get({ incidentId })).status).toBe('closed');
  const printed = await cockpit!.cli('postmortem', incidentId, '--style', 'short');
  expect(printed.stdout).toContain('## Cause\n\nv18 dropped the line about politeness.');

  // The same prompt again: the promise that was not kept is as loud as the incident itself.
  const again = await cockpit!.calls().incident.declare({
    operationId: randomUUID(),
    promptId: PROMPT,
    reason: 'rude again',
  });
  await page.evaluate((id) => {
    location.hash = `#/incident/${id}`;
  }, again.id);
  const before = page.getByRole('region', { name: 'Earlier incidents' });
  await expect(before).toContainText(`${incidentId} (same prompt, suite) Rude greeting on v18, contained.`);
  await expect(before).toContainText('Not finished: Check the greeting in CI');
  await expectAccessible(page);
  await page.screenshot({ path: 'test-results/earlier.png' });
  await page.getByRole('link', { name: 'Board', exact: true }).click();
  const overdue = page.getByRole('region', { name: 'Overdue action items' });
  await expect(overdue).toContainText(`${again.id} of the same kind is open now`);
  await expectAccessible(page);
  await page.screenshot({ path: 'test-results/overdue.png' });
  const { stdout } = await cockpit!.cli('status');
  expect(stdout).toContain(`before: ${incidentId}, same prompt`);
  expect(stdout).toContain(`NOT FINISHED ${incidentId}-A1 Check the greeting in CI, ana`);
});

test('what was typed survives a reload before it was saved, and a conflict offers both texts', async ({
  page,
}) => {
  const incidentId = await rolledBack(cockpit!);
  const again = await open(page, cockpit!, incidentId);
  await again.field('Cause').fill('typed before the reload');
  await page.reload();
  const stored = async () =>
    (await cockpit!.calls().postmortem.get({ incidentId })).sections['cause']?.text ?? null;
  await expect(again.field('Cause')).toHaveValue('typed before the reload');
  await expect.poll(stored, { timeout: 30_000 }).toBe('typed before the reload');
  await expect(again.saved).toHaveText(/^saved/);

  await cockpit!.calls().postmortem.saveSection({
    operationId: randomUUID(),
    incidentId,
    section: 'cause',
    revisionShown: 1,
    text: 'written elsewhere',
  });
  await again.field('Cause').fill('written here');
  await expect(page.getByRole('alert').filter({ hasText: 'Nothing was overwritten' })).toContainText(
    'written elsewhere',
  );
  await page.getByRole('button', { name: 'Keep both' }).click();
  await expect.poll(stored, { timeout: 30_000 }).toBe('written elsewhere\n\nwritten here');
});

test('prints the document alone, and hands it over as one HTML file without scripts', async ({ page }) => {
  const incidentId = await rolledBack(cockpit!);
  const postmortem = await open(page, cockpit!, incidentId);
  await postmortem.field('Cause').fill('<script>alert(1)</script> & the greeting');
  await expect(postmortem.saved).toHaveText(/^saved/);
  const paper = page.getByRole('article', { name: 'Postmortem as it prints' });
  await expect(paper).toBeHidden();
  await page.emulateMedia({ media: 'print' });
  await expect(paper).toBeVisible();
  await expect(paper).toContainText('<script>alert(1)</script> & the greeting');
  await expect(page.getByRole('navigation').first()).toBeHidden();
  await expect(postmortem.field('Cause')).toBeHidden();
  expect((await page.pdf()).byteLength).toBeGreaterThan(10_000);
  await page.emulateMedia({ media: null });

  const [download] = await Promise.all([
    page.waitForEvent('download'),
    postmortem.button('Save HTML').click(),
  ]);
  expect(download.suggestedFilename()).toBe(`${incidentId}.html`);
  const html = await readFile(await download.path(), 'utf8');
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; the greeting');
  expect(html).not.toContain('<script');
  const printed = await cockpit!.cli('postmortem', incidentId, '--html');
  expect(printed.stdout.trimEnd()).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &amp; the greeting');
});

for (const scheme of ['dark', 'light'] as const) {
  test(`free of what axe finds, ${scheme}`, async ({ page }) => {
    const incidentId = await rolledBack(cockpit!);
    await page.addInitScript((theme) => localStorage.setItem('fusebox.theme', theme), scheme);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const postmortem = await open(page, cockpit!, incidentId);
    await expect(postmortem.blockers).toHaveCount(6);
    await expectAccessible(page);
    await page.screenshot({ path: `test-results/postmortem-write-${scheme}.png` });
    await page.keyboard.press('a');
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('r');
    await page.getByRole('article', { name: 'Postmortem as it prints' }).waitFor();
    await expectAccessible(page);
    await page.screenshot({ path: `test-results/postmortem-preview-${scheme}.png`, fullPage: true });
  });
}
