import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startCockpit, type Cockpit } from '../support/cockpit.ts';
import { fillHistory } from '../support/history-fill.ts';

// History as a manager reads it: figures, groups, table, files and paper, in both themes.

const COUNT = 240;
/** Every twentieth is a drill, the oldest one among them: drills are listed with game days, not with incidents. */
const INCIDENTS = COUNT - COUNT / 20;
const WORKSPACE = {
  version: 1,
  name: 'History',
  telemetry: { port: 0 },
  sources: [],
  prompts: [{ id: 'support', service: 'support', owner: 'pia', control: 'v1' }],
};

let cockpit: Cockpit;
test.beforeAll(async () => {
  cockpit = await startCockpit({ workspace: WORKSPACE });
});
test.afterAll(() => cockpit.stop());

/** Twenty weeks of incidents, the same in every run. */
async function fill(): Promise<void> {
  await cockpit
    .calls()
    .incident.declare({ operationId: randomUUID(), promptId: 'support', reason: 'a model' });
  await cockpit.crash();
  const file = join(cockpit.dataDir, 'records.db');
  fillHistory(file, { count: COUNT, events: 1, endMs: Date.UTC(2026, 4, 9), everyMs: 14 * 3600_000 });
  // What the others were made from is open, and its age would be on every picture.
  const handle = new DatabaseSync(file);
  handle.exec("delete from incidents where status = 'open'; delete from incident_facts_due");
  handle.close();
  await cockpit.restart();
}

async function open(page: Page, hash: string, scheme: 'dark' | 'light' = 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  await page.goto(await cockpit.launchUrl());
  // The person's own choice of theme, as the page stores it.
  await page.evaluate((theme) => localStorage.setItem('fusebox.theme', theme), scheme);
  await page.reload();
  await page.getByRole('region', { name: 'Source health' }).waitFor();
  await page.evaluate((address) => {
    location.hash = address;
  }, hash);
  await page.getByRole('heading', { name: 'History', level: 1 }).waitFor();
  await page.evaluate(() => document.fonts.ready);
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`),
  ).toEqual([]);
}

test('history from the first look to the printed report', async ({ page }) => {
  await open(page, '#/history');
  await expect(page.getByText('No incident so far')).toBeVisible();
  await expectAccessible(page);

  await fill();
  for (const scheme of ['dark', 'light'] as const) {
    await open(page, '#/history', scheme);
    await expect(page.getByRole('row', { name: /INC-20200101-239/ })).toBeVisible();
    await expectAccessible(page);
    // Of four incidents no median is said.
    await open(page, '#/history?from=2026-05-07', scheme);
    await expect(page.getByText('too few incidents').first()).toBeVisible();
    await expectAccessible(page);
  }

  // Filters and order are in the address, and lead there again.
  const filters = page.getByRole('form', { name: 'Filters' });
  await filters.getByLabel('Team').selectOption('team-3');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await filters.getByLabel('Prompt').selectOption('prompt-7');
  const table = page.getByRole('table', { name: 'Incidents', exact: true });
  await table.getByRole('button', { name: 'To rollback' }).click();
  await expect(page).toHaveURL(/#\/history\?prompt=prompt-7&sort=time-to-rollback$/);
  await expect(table).toHaveAttribute('aria-rowcount', String(COUNT / 40 + 1));
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL(/#\/history$/);

  // By keys through a table that is drawn a screen at a time.
  await page.locator('tr[data-index="0"]').focus();
  await page.keyboard.press('End');
  await expect(page.locator(`tr[data-index="${INCIDENTS - 1}"]`)).toBeFocused();
  await expect(page.locator(':focus')).toContainText(/INC-20200101-1\s*2025-12-20/);
  expect(await page.locator('tr[data-index]').count()).toBeLessThan(80);

  // The first of the charts; the eval cases by week have a twin of their own.
  await page.getByRole('button', { name: 'Show as table' }).first().click();
  await expect(page.getByRole('table', { name: 'time to rollback by week' })).toBeVisible();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Incidents CSV' }).click();
  const file = await saved;
  expect(file.suggestedFilename()).toBe('fusebox-history-incidents.csv');
  expect(
    readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\r\n'),
  ).toHaveLength(INCIDENTS + 1);

  // On paper: figures with their tables, nothing to press.
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('table', { name: 'time to rollback by week' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Print report' })).toBeHidden();
  await expect(table).toBeHidden();
});
