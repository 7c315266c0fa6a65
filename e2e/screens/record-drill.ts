/**
 * Records the moments of a drill that screens.spec.ts draws: the library before the first drill, the console and the
 * participants' incident in the middle of the greeting scenario, its debrief, and the library with its history.
 * `node e2e/screens/record-drill.ts` after `npm run build`; the recordings are committed.
 */
import { startCockpit } from '../support/cockpit.ts';
import { GameDayPage } from '../pages/gameday-page.ts';
import { record, until, withPage } from './recorder.ts';

const SCENARIO = 'The shorter greeting';

const cockpit = await startCockpit({ workspace: null });
try {
  await withPage(cockpit, async (page) => {
    await page.getByRole('region', { name: 'Source health' }).waitFor();
    await record(page, cockpit, 'gameday-first', ['/#/gameday']);
    const facilitator = new GameDayPage(page);
    await facilitator.open();
    await facilitator.choose(SCENARIO);
    await facilitator.prepare({ seed: 7, participants: 'ana, ben' });
    const participants = await facilitator.openParticipants();
    await facilitator.speedButton('10x').click();
    await facilitator.beginButton.click();
    const link = participants.getByRole('link', { name: /INC-/ }).first();
    await link.waitFor({ timeout: 6 * 60_000 });
    await facilitator.speedButton('1x').click();
    await page.getByRole('button', { name: 'Give next hint' }).click();
    const incident = (await link.getAttribute('href')) ?? '';
    await facilitator.speedButton('Pause').click();
    await record(participants, cockpit, 'drill-incident', [`/${incident}`], undefined, 'drill');
    await record(page, cockpit, 'gameday-console', ['/#/gameday']);
    await facilitator.speedButton('1x').click();
    await participants.getByRole('button', { name: /^Roll back to/ }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'roll back' })
      .and(page.locator('[data-state="done"]'))
      .waitFor();
    await facilitator.speedButton('60x').click();
    await until('the verdict', async () => ((await facilitator.verdict.isVisible()) ? true : undefined));
    await facilitator.finish();
    const debrief = new URL(page.url()).hash;
    await record(page, cockpit, 'gameday-debrief', [`/${debrief}`, '/#/gameday']);
  });
} finally {
  await cockpit.stop();
}
