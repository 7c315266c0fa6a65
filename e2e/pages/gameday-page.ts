import type { Locator, Page } from '@playwright/test';

/** Game day through its accessible names alone: library, console, debrief, and the participants' page it opens. */
export class GameDayPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** By the keys, as a facilitator would. */
  async open(): Promise<void> {
    await this.page.keyboard.press('g');
    await this.page.keyboard.press('g');
    await this.page.getByRole('heading', { name: 'Game day', level: 1 }).waitFor();
  }

  /** Finds a scenario by the filter and chooses it with the keyboard. */
  async choose(title: string): Promise<void> {
    await this.page.getByRole('searchbox', { name: 'Filter scenarios' }).fill(title);
    await this.page.getByRole('button', { name: title }).press('Enter');
    await this.page.getByRole('region', { name: 'Chosen' }).getByRole('heading', { name: title }).waitFor();
  }

  /** Resolves when the world stands ready; building it takes as long as the machine needs. */
  async prepare(wish: { seed: number; participants: string }): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Participants' }).fill(wish.participants);
    const seed = this.page.getByRole('textbox', { name: 'Seed' });
    await seed.fill(String(wish.seed));
    await seed.press('Enter');
    await this.beginButton.waitFor({ timeout: 4 * 60_000 });
  }

  get beginButton(): Locator {
    return this.page.getByRole('button', { name: 'Begin drill' });
  }

  speedButton(title: 'Pause' | '1x' | '10x' | '60x'): Locator {
    return this.page.getByRole('group', { name: 'Clock' }).getByRole('button', { name: title, exact: true });
  }

  /** The steps of the one incident, as the facilitator sees them. */
  get steps(): Locator {
    return this.page.getByRole('region', { name: /^INC-/ }).getByRole('listitem');
  }

  /**
   * The good end of a verification: recovered, or nothing speaks against it where the traffic of the drill's minutes is too little to
   * say so. Which of the two depends on the moment of the flip.
   */
  get verdict(): Locator {
    return this.page.getByText(/^verdict: (recovered|cannot-tell)$/);
  }

  /** Opens the drill's world in a tab of its own. */
  async openParticipants(): Promise<Page> {
    const [participants] = await Promise.all([
      this.page.waitForEvent('popup'),
      this.page.getByRole('link', { name: "Open participants' view" }).click(),
    ]);
    await participants.getByRole('region', { name: 'Drill', exact: true }).waitFor();
    return participants;
  }

  async finish(): Promise<void> {
    await this.page.getByRole('button', { name: 'Finish and score' }).click();
    await this.page.getByRole('heading', { name: /^Debrief: / }).waitFor({ timeout: 60_000 });
  }
}
