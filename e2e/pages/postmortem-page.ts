import type { Locator, Page } from '@playwright/test';

/** The postmortem of an incident, through its accessible names alone. */
export class PostmortemPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(incidentId: string): Promise<void> {
    await this.page.evaluate((id) => {
      location.hash = `#/incident/${id}/postmortem`;
    }, incidentId);
    await this.page.getByRole('heading', { name: `Postmortem ${incidentId}` }).waitFor();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  field(label: string): Locator {
    return this.page.getByRole('textbox', { name: label, exact: true });
  }

  get note(): Locator {
    return this.field('Note');
  }

  /** Where the page says whether everything is saved. */
  get saved(): Locator {
    return this.page.getByRole('status', { name: 'Saving' });
  }

  /** What still blocks closing, the waived ones not counted. */
  get blockers(): Locator {
    return this.page
      .getByRole('region', { name: 'What still blocks closing' })
      .getByRole('list', { name: 'Missing' })
      .getByRole('listitem');
  }

  async addItem(item: { title: string; owner: string; dueOn: string }): Promise<void> {
    await this.button('Add an action item').click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('What').fill(item.title);
    await dialog.getByLabel('Owner').fill(item.owner);
    await dialog.getByLabel('Due').fill(item.dueOn);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  async waive(what: string, by: { name: string; reason: string }): Promise<void> {
    await this.button(`Waive ${what}`).click();
    const dialog = this.page.getByRole('dialog');
    await dialog.getByLabel('Who takes it on themselves').fill(by.name);
    await dialog.getByLabel('Why').fill(by.reason);
    await dialog.getByRole('button', { name: 'Waive it' }).click();
    await dialog.waitFor({ state: 'detached' });
  }
}
