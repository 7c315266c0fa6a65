import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';

type Region = '1 Pick' | '2 Redact' | '3 Expect' | '4 Name and suite' | '5 Files' | '6 Prove' | '7 Gate';

/** Also outside of the journeys' runner, where an expectation waits 5 s only. */
const PATIENT = { timeout: 30_000 };

/** The eval workbench through its accessible names alone. */
export class EvalPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(incidentId: string): Promise<void> {
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, `/incident/${incidentId}/eval`);
    await expect(this.page.getByRole('heading', { name: 'Eval case', level: 1 })).toBeVisible(PATIENT);
  }

  region(name: Region): Locator {
    return this.page.getByRole('region', { name, exact: true });
  }

  async addContains(text: string): Promise<void> {
    const expectations = this.region('3 Expect');
    await expectations.getByRole('button', { name: 'Add a check' }).click();
    await expectations.getByRole('textbox', { name: /text$/ }).last().fill(text);
  }

  /** Another text for the one check. */
  async expectContains(text: string): Promise<void> {
    await this.region('3 Expect').getByRole('textbox', { name: /text$/ }).fill(text);
  }

  /** Waits for the record to have what the page shows. */
  async saved(): Promise<void> {
    await expect(this.page.getByText(/^Saved \d/)).toBeVisible(PATIENT);
  }

  async write(): Promise<void> {
    await this.region('5 Files').getByRole('button', { name: 'Write into the checkout' }).click();
    await expect(this.region('5 Files').getByText(/^Written/)).toBeVisible(PATIENT);
  }

  /** After a change: saved, into the suite's file, and proven anew. */
  async writeAndProve(): Promise<string> {
    await this.saved();
    await this.write();
    return this.prove();
  }

  /** Begins the runs of a case that has no verdict yet, and waits for what they come to. */
  async prove(): Promise<string> {
    const region = this.region('6 Prove');
    const verdict = region.getByText(/^(Accepted|Refused)\./).first();
    await expect(verdict).toHaveCount(0, PATIENT);
    await region.getByRole('button', { name: /^Prove it/ }).click();
    // Runs may be over before the page has drawn that they began.
    await expect(verdict).toBeVisible({ timeout: 120_000 });
    return (await verdict.textContent()) ?? '';
  }
}
