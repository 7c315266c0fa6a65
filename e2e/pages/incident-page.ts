import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';

/** The regions of the incident view, by the names the design gives them. */
type Region =
  | 'Loop'
  | 'Who is serving'
  | 'Signals'
  | 'Decide'
  | 'Act'
  | 'What changed'
  | 'Verify'
  | 'Timeline';

/** The incident view through its accessible names alone. */
export class IncidentPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  region(name: Region): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  rollBackButton(version: string): Locator {
    return this.region('Act').getByRole('button', { name: `Roll back to ${version}` });
  }

  /** The one click. */
  async rollBack(version: string): Promise<void> {
    const button = this.rollBackButton(version);
    await expect(button).toBeEnabled();
    await button.click();
  }

  /** Presses, by a hold of a second where the button asks for one: inside the recovery window of an earlier flip. */
  async rollBackDeliberately(version: string): Promise<void> {
    const button = this.rollBackButton(version);
    await expect(button).toBeEnabled();
    const isHeld = (await button.textContent())?.includes('hold') === true;
    await button.click(isHeld ? { delay: 1_000 } : {});
  }

  get undoButton(): Locator {
    return this.region('Act').getByRole('button', { name: 'Undo rollback' });
  }

  get checks(): Locator {
    return this.region('Verify').getByRole('listitem');
  }

  /** The checks that say, in a word beside their icon, that they are passed. */
  get passedChecks(): Locator {
    return this.checks.filter({ has: this.page.getByRole('img', { name: 'passed', exact: true }) });
  }

  get timelineEntries(): Locator {
    return this.region('Timeline').getByRole('list').getByRole('listitem');
  }

  /** Every timeline entry's text with its time in epoch ms, in the order shown. */
  async timeline(): Promise<{ atMs: number; text: string }[]> {
    const rows = await this.timelineEntries.evaluateAll((entries) =>
      entries.map((entry) => ({
        at: entry.querySelector('time')?.getAttribute('datetime') ?? '',
        text: entry.textContent ?? '',
      })),
    );
    return rows.map((row) => ({ atMs: Date.parse(row.at), text: row.text }));
  }

  /** The newest row of the table twin of "Who is serving": conversations per version. */
  async latestServing(): Promise<Record<string, number>> {
    const serving = this.region('Who is serving');
    const twin = serving.getByRole('button', { name: 'Show as table' });
    if (await twin.isVisible()) await twin.click();
    const versions = await serving.getByRole('columnheader').allTextContents();
    const cells = await serving.getByRole('row').last().getByRole('cell').allTextContents();
    return Object.fromEntries(versions.slice(1).map((version, index) => [version, Number(cells[index])]));
  }
}
