import { startCockpit } from '../support/cockpit.ts';
import { atMost, type BenchItem, median, type Scale, shown } from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { launchBrowser, missingBrowserReason } from './browser.ts';

/** A person who was paged waits this long for a picture and no longer. */
const FIRST_PAINT_MS = 5_000;

async function measure({ isQuick, say }: Scale) {
  const rounds = isQuick ? 2 : 7;
  const browser = await launchBrowser();
  const hosts: number[] = [];
  const paints: number[] = [];
  const boards: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      say(`start ${round + 1} of ${rounds}`);
      const beganMs = Date.now();
      const cockpit = await startCockpit({ workspace: benchWorkspace({ promptIds: ['support'] }) });
      try {
        hosts.push(Date.now() - beganMs);
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
        const page = await context.newPage();
        await page.goto(await cockpit.launchUrl());
        await page.getByRole('row').filter({ hasText: 'support' }).waitFor();
        const at = await page.evaluate(() => {
          const [paint] = performance.getEntriesByName('first-contentful-paint');
          return { paintMs: performance.timeOrigin + (paint?.startTime ?? Number.NaN), nowMs: Date.now() };
        });
        paints.push(at.paintMs - beganMs);
        boards.push(at.nowMs - beganMs);
        await context.close();
      } finally {
        await cockpit.stop();
      }
    }
  } finally {
    await browser.close();
  }
  return [
    atMost(
      'cold start to first paint, median',
      median(paints),
      'ms',
      FIRST_PAINT_MS,
      `${rounds} starts on empty data directories, empty browser cache; the browser itself runs already`,
    ),
    shown('until the host answers, median', median(hosts), 'ms'),
    shown('until the Board lists its prompt, median', median(boards), 'ms'),
  ];
}

export const coldStart: BenchItem = {
  name: 'cold-start',
  title: 'Cold start to first paint, browser mode',
  missingReason: missingBrowserReason,
  run: measure,
};
