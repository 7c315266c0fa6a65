import type { Locator, Page } from '@playwright/test';

/** The Board through its accessible names alone. */
export class BoardPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the cockpit by its single-use launch address. */
  async open(launchUrl: string): Promise<void> {
    await this.page.goto(launchUrl);
    await this.page.getByRole('link', { name: 'Board' }).waitFor();
  }

  get sourceHealth(): Locator {
    return this.page.getByRole('region', { name: 'Source health', exact: true });
  }

  row(promptTitle: string): Locator {
    return this.page.getByRole('row').filter({ hasText: promptTitle });
  }

  /** The link to a prompt's open incident; there only while one is open. */
  incidentLink(promptTitle: string): Locator {
    return this.row(promptTitle).getByRole('link', { name: /INC-\d{8}-\d+/ });
  }
}
