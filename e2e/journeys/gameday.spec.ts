import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { EvalPage } from '../pages/eval-page.ts';
import { GameDayPage } from '../pages/gameday-page.ts';
import { IncidentPage } from '../pages/incident-page.ts';
import { startCockpit, type Cockpit } from '../support/cockpit.ts';

// A game day by hand: the greeting scenario at 10x, a facilitator on the console, a participant in a window of their own.

const SCENARIO = 'The shorter greeting';
/** Waits for what the drill's own time brings: minutes at 10x, more where the machine is busy. */
const DRILL_PATIENCE = { timeout: 5 * 60_000 };

let cockpit: Cockpit | undefined;
test.beforeEach(async () => {
  // The team's own workspace has nothing to watch: the machine is the drill's.
  cockpit = await startCockpit({ workspace: 'version: 1\nname: Shop\n' });
});
test.afterEach(async () => {
  await cockpit?.stop();
  cockpit = undefined;
});

/** Free of what axe finds, in both themes. */
async function expectAccessible(page: Page): Promise<void> {
  for (const theme of ['dark', 'light']) {
    await page.evaluate(async (name) => {
      document.documentElement.dataset['fbTheme'] = name;
      document.documentElement.dataset['mantineColorScheme'] = name;
      // Colours fade from one theme to the other: in between they are neither.
      const fading = document.getAnimations().filter((one) => one instanceof CSSTransition);
      await Promise.allSettled(fading.map(({ finished }) => finished));
    }, theme);
    const { violations } = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
      theme,
    ).toEqual([]);
  }
}

test('a drill from the library to the debrief', async ({ page }) => {
  await page.goto(await cockpit!.launchUrl());
  await page.getByRole('region', { name: 'Source health' }).waitFor();
  const facilitator = new GameDayPage(page);
  await facilitator.open();
  await expect(page.getByText('No drill so far')).toBeVisible();
  await facilitator.choose(SCENARIO);
  await facilitator.prepare({ seed: 7, participants: 'ana, ben' });

  // Before it begins: the brief is told on both sides, what is wrong on one.
  await expect(page.getByText(/counted from the moment you begin/)).toBeVisible();
  const participants = await facilitator.openParticipants();
  await expect(participants).toHaveTitle(/^DRILL · /);
  await expect(participants.getByRole('region', { name: 'Brief' })).toContainText('You are on call');
  await expect(participants.getByRole('link', { name: 'Game day' })).toHaveCount(0);
  await expect(participants.getByRole('row').filter({ hasText: 'customer_support_agent' })).toBeVisible();

  // By keys: 10x, begin.
  await page.keyboard.press('2');
  await expect(facilitator.speedButton('10x')).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('b');
  await expect(page.getByRole('button', { name: 'Finish and score' })).toBeVisible();
  await expect(participants.getByText('clock at 10x')).toBeVisible();

  // The participant's incident, and the one click.
  const banner = participants.getByRole('link', { name: /INC-/ }).first();
  await banner.waitFor(DRILL_PATIENCE);
  await expect(page.getByRole('region', { name: /^INC-/ })).toBeVisible();
  await banner.click();
  const incident = new IncidentPage(participants);
  await expect(participants.locator('main').getByText('DRILL', { exact: true })).toBeVisible();
  // From here on by the wall clock: what the test does must not cost the team minutes.
  await page.keyboard.press('1');
  await expect(facilitator.speedButton('1x')).toHaveAttribute('aria-pressed', 'true');
  await incident.rollBack('v17');
  await expect(facilitator.steps.filter({ hasText: 'roll back' })).toHaveAttribute(
    'data-state',
    'done',
    DRILL_PATIENCE,
  );
  await expectAccessible(participants);

  // A hint reaches the participants; a fault is put in and taken out again.
  await page.keyboard.press('h');
  await expect(participants.getByRole('region', { name: 'Hints' })).toContainText('Look at who is served');
  await expect(
    participants.getByRole('region', { name: 'Outside Fusebox' }).getByRole('button'),
  ).not.toHaveCount(0);
  await page.getByRole('button', { name: 'Inject a fault' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What goes wrong').selectOption({ label: 'Telemetry arrives late' });
  await dialog.getByLabel('Later by, s').fill('5');
  await dialog.getByRole('button', { name: 'Inject now' }).click();
  const faults = page.getByRole('region', { name: 'Faults' });
  await expect(faults).toContainText('by you');
  await faults.getByRole('listitem').filter({ hasText: 'by you' }).getByRole('button').click();
  await expect(faults).toContainText('withdrawn');
  await expectAccessible(page);

  // Proven, finished, scored.
  await page.keyboard.press('3');
  await expect(facilitator.verdict).toBeVisible(DRILL_PATIENCE);

  // The eval case, on the workbench: one that proves nothing is refused, one that tells the answers apart is accepted.
  const evals = new EvalPage(participants);
  await evals.open(/INC-\d+-\d+/.exec(participants.url())?.[0] ?? '');
  const sample = evals.region('1 Pick').getByRole('article').filter({ hasText: 'State your order number' });
  await sample.first().getByRole('button', { name: 'Pick this one' }).click();
  await evals.region('2 Redact').getByRole('button', { name: 'I have read it' }).click();
  const naming = evals.region('4 Name and suite');
  await naming.getByRole('textbox', { name: 'Name' }).fill('answers what was asked');
  await naming.getByRole('combobox', { name: 'Suite' }).selectOption('drill');
  await evals.addContains('a');
  expect(await evals.writeAndProve()).toContain('It passes on the bad version v18');
  await evals.expectContains('I have ');
  expect(await evals.writeAndProve()).toContain('Fails on v18 in 4 of 4 runs and passes on v17 in 4 of 4');

  await facilitator.finish();
  const steps = page.getByRole('table', { name: 'Each step against its target' });
  await expect(steps.getByRole('row').filter({ hasText: 'roll back' })).toContainText('within target');
  await expect(steps.getByRole('row').filter({ hasText: 'eval case' })).toContainText('within target');
  await expect(page.getByRole('img', { name: /served badly/ })).toBeVisible();
  await expectAccessible(page);

  // The replay by the keyboard, to its end.
  const slider = page.getByRole('slider', { name: 'Moment of the drill' });
  const moment = page.getByRole('region', { name: 'At that moment' });
  await expect(moment).toContainText('before anything was wrong');
  await slider.press('End');
  await expect(moment).toContainText(/recovered|checks passed/i);
  await slider.press('Home');
  await slider.press('ArrowRight');
  await expect(slider).toHaveValue('1');

  const saving = page.waitForEvent('download');
  await page.getByRole('group', { name: 'Export' }).getByRole('button', { name: 'JSON' }).click();
  const report = JSON.parse(await readFile(await (await saving).path(), 'utf8')) as {
    outcome: string;
    seed: number;
    participants: string[];
  };
  expect(report).toMatchObject({ outcome: 'finished', seed: 7, participants: ['ana', 'ben'] });

  // The participants' window says that it is over, and leads to the same debrief.
  await expect(participants.getByRole('region', { name: 'Drill', exact: true })).toContainText(
    'The drill has ended',
  );
  await participants.getByRole('link', { name: 'Open the debrief' }).click();
  await participants.getByRole('heading', { name: `Debrief: ${SCENARIO}` }).waitFor();
  await page.getByRole('link', { name: 'All drills' }).click();
  await expect(page.getByRole('table', { name: 'Drill history' })).toContainText(SCENARIO);
});
