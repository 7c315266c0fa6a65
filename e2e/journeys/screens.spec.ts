import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { readRecording } from '../screens/recording.ts';
import { startReplayHost } from '../screens/replay-host.ts';

/**
 * The key screens as pictures, and free of what axe finds, in both themes. The moments are recorded from the real engine
 * (e2e/screens/record.ts) and played back, so that a difference is a difference of the page.
 */
type Screen = {
  readonly name: string;
  readonly recording: string;
  readonly address: string;
  /** What it asks for is not answered. */
  readonly isUnanswered?: boolean;
  /** A heading to scroll to. */
  readonly scrollTo?: string;
  /** A key to press once the screen is there. */
  readonly key?: string;
};

const incidentOf = (recording: string): string => {
  const { snapshot } = readRecording(recording);
  const { incidents } = (snapshot as { state: { incidents: Record<string, unknown> } }).state;
  return `#/incident/${Object.keys(incidents)[0]}`;
};

function aftermath(
  name: string,
  recording: string,
  view: 'postmortem' | 'eval' | 'wave2',
  more: Pick<Screen, 'isUnanswered'> = {},
): Screen {
  return { name, recording, address: `${incidentOf(recording)}/${view}`, ...more };
}

const debriefOf = (recording: string): string => {
  const asked = Object.keys(readRecording(recording).answers).find((key) =>
    key.startsWith('/rpc/drill/report '),
  );
  return `#/gameday/${asked?.split('drillId=')[1] ?? ''}`;
};

const SCREENS: readonly Screen[] = [
  { name: 'board-quiet', recording: 'quiet', address: '#/board' },
  { name: 'board-blind', recording: 'blind', address: '#/board' },
  { name: 'board-confirming', recording: 'confirming', address: '#/board' },
  { name: 'board-paging', recording: 'paging', address: '#/board' },
  { name: 'board-empty', recording: 'empty', address: '#/board' },
  { name: 'prompt-confirming', recording: 'confirming', address: '#/board/customer_support_agent' },
  { name: 'prompt-blind', recording: 'blind', address: '#/board/customer_support_agent' },
  { name: 'connections', recording: 'quiet', address: '#/connections' },
  { name: 'incident-paging', recording: 'paging', address: incidentOf('paging') },
  { name: 'rule-paging', recording: 'paging', address: incidentOf('paging'), key: 'w' },
  { name: 'incident-after-rollback', recording: 'after-rollback', address: incidentOf('after-rollback') },
  { name: 'incident-recovered', recording: 'recovered', address: incidentOf('recovered') },
  aftermath('postmortem-draft', 'aftermath-begun', 'postmortem'),
  aftermath('postmortem-written', 'aftermath', 'postmortem'),
  aftermath('postmortem-failing', 'aftermath', 'postmortem', { isUnanswered: true }),
  aftermath('eval-empty', 'aftermath-begun', 'eval'),
  aftermath('eval-refused', 'eval-refused', 'eval'),
  aftermath('eval-proven', 'aftermath', 'eval'),
  aftermath('eval-failing', 'aftermath', 'eval', { isUnanswered: true }),
  aftermath('wave2-empty', 'wave2-empty', 'wave2'),
  aftermath('wave2-open', 'wave2-open', 'wave2'),
  aftermath('wave2-ended', 'wave2-ended', 'wave2'),
  aftermath('wave2-failing', 'wave2-open', 'wave2', { isUnanswered: true }),
  { name: 'incident-wave2', recording: 'wave2-open', address: incidentOf('wave2-open') },
  { name: 'history-empty', recording: 'history-empty', address: '#/history' },
  { name: 'history-weeks', recording: 'history', address: '#/history' },
  { name: 'history-aftermath', recording: 'history', address: '#/history', scrollTo: 'Eval cases' },
  { name: 'history-failing', recording: 'history', address: '#/history', isUnanswered: true },
  { name: 'gameday-first', recording: 'gameday-first', address: '#/gameday' },
  { name: 'gameday-failing', recording: 'gameday-first', address: '#/gameday', isUnanswered: true },
  { name: 'gameday-library', recording: 'gameday-debrief', address: '#/gameday' },
  { name: 'gameday-console', recording: 'gameday-console', address: '#/gameday' },
  { name: 'gameday-debrief', recording: 'gameday-debrief', address: debriefOf('gameday-debrief') },
  { name: 'drill-incident', recording: 'drill-incident', address: incidentOf('drill-incident') },
];

const WIDTHS = [
  { name: '', width: 1440, height: 900 },
  { name: '-1280', width: 1280, height: 720 },
] as const;

async function show(page: Page, screen: Screen, scheme: 'dark' | 'light', launchUrl: string): Promise<void> {
  // The person's own choice of theme, as the page stores it.
  await page.addInitScript((theme) => localStorage.setItem('fusebox.theme', theme), scheme);
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  await page.goto(launchUrl);
  await page.getByRole('region', { name: 'Source health' }).waitFor();
  await page.evaluate((hash) => {
    location.hash = hash;
  }, screen.address.slice(1));
  await page.evaluate(() => document.fonts.ready);
  // The feed never ends, so there is no idle network to wait for: the panels say themselves what they still wait for.
  await expect(page.getByText(/^(Loading|Reading)/)).toHaveCount(0);
  await page.waitForTimeout(1_000);
  if (screen.scrollTo !== undefined) {
    const heading = page.getByRole('heading', { name: screen.scrollTo });
    await heading.evaluate((element) => element.scrollIntoView({ block: 'start' }));
    await page.waitForTimeout(500);
  }
  if (screen.key !== undefined) {
    await page.keyboard.press(screen.key);
    await page.getByRole('dialog').waitFor();
    await page.waitForTimeout(500);
  }
}

for (const screen of SCREENS) {
  for (const scheme of ['dark', 'light'] as const) {
    for (const size of WIDTHS) {
      test(`${screen.name} ${scheme} ${size.width}x${size.height}`, async ({ page }) => {
        const recording = readRecording(screen.recording);
        const host = await startReplayHost(
          screen.isUnanswered === true ? { ...recording, answers: {} } : recording,
        );
        try {
          await page.setViewportSize(size);
          await show(page, screen, scheme, host.launchUrl);
          await expect(page).toHaveScreenshot(`${screen.name}-${scheme}${size.name}.png`, {
            maxDiffPixelRatio: 0.01,
          });
          const found = await new AxeBuilder({ page })
            .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
            .analyze();
          expect(
            found.violations.map(
              ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
            ),
          ).toEqual([]);
        } finally {
          await host.stop();
        }
      });
    }
  }
}
