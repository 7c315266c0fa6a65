import { expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';

type Region = '1 Pick' | '2 Redact' | '3 Expect' | '4 Name and suite' | '5 Files' | '6 Prove' | '7 Gate';

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
    await expect(this.page.getByRole('heading', { name: 'Eval case', level: 1 })).toBeVisible();
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
    await expect(this.page.getByText(/^Saved \d/)).toBeVisible();
  }

  async write(): Promise<void> {
    await this.region('5 Files').getByRole('button', { name: 'Write into the checkout' }).click();
    await expect(this.region('5 Files').getByText(/^Written/)).toBeVisible();
  }

  /** After a change: saved, into the suite's file, and proven anew. */
  async writeAndProve(): Promise<string> {
    await this.saved();
    await this.write();
    return this.prove();
  }

  /** Begins the runs and waits for what they come to. */
  async prove(): Promise<string> {
    const region = this.region('6 Prove');
    await region.getByRole('button', { name: /^Prove it/ }).click();
    await expect(region.getByRole('button', { name: 'Cancel the runs' })).toHaveCount(1);
    await expect(region.getByRole('button', { name: 'Cancel the runs' })).toHaveCount(0, {
      timeout: 120_000,
    });
    return (
      (await region
        .getByText(/^(Accepted|Refused)\./)
        .first()
        .textContent()) ?? ''
    );
  }
}
