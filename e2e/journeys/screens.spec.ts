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
  readonly ready: string;
};

const incidentOf = (recording: string): string => {
  const { snapshot } = readRecording(recording);
  const { incidents } = (snapshot as { state: { incidents: Record<string, unknown> } }).state;
  return `#/incident/${Object.keys(incidents)[0]}`;
};

const SCREENS: readonly Screen[] = [
  { name: 'board-healthy', recording: 'healthy', address: '#/board', ready: 'customer_support_agent' },
  { name: 'board-alarm', recording: 'alarm', address: '#/board', ready: 'customer_support_agent' },
  { name: 'board-empty', recording: 'empty', address: '#/board', ready: '' },
  { name: 'connections', recording: 'healthy', address: '#/connections', ready: '' },
  { name: 'incident-alarm', recording: 'alarm', address: incidentOf('alarm'), ready: '' },
  {
    name: 'incident-after-rollback',
    recording: 'after-rollback',
    address: incidentOf('after-rollback'),
    ready: '',
  },
  { name: 'incident-recovered', recording: 'recovered', address: incidentOf('recovered'), ready: '' },
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
}

for (const screen of SCREENS) {
  for (const scheme of ['dark', 'light'] as const) {
    for (const size of WIDTHS) {
      test(`${screen.name} ${scheme} ${size.width}x${size.height}`, async ({ page }) => {
        const host = await startReplayHost(readRecording(screen.recording));
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
