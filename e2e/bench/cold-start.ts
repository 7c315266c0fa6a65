import type { Browser, Page } from '@playwright/test';
import { startCockpit } from '../support/cockpit.ts';
import { atMost, type BenchItem, median, type Scale, shown } from './bench-item.ts';
import { startBareHost } from './bare-peer.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { launchBrowser, missingBrowserReason } from './browser.ts';

/** Against the least that a local tool with a database and a page can be, started in turn on the same machine. */
const TIMES_BARE = 6;

async function paintedMs(page: Page): Promise<number> {
  return page.evaluate(() => {
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    return performance.timeOrigin + (paint?.startTime ?? Number.NaN);
  });
}

async function bareStartMs(browser: Browser): Promise<number> {
  const beganMs = Date.now();
  const host = await startBareHost();
  try {
    const page = await browser.newPage();
    await page.goto(host.url);
    await page.getByText('ready').waitFor();
    const tookMs = (await paintedMs(page)) - beganMs;
    await page.close();
    return tookMs;
  } finally {
    await host.stop();
  }
}

async function measure({ isQuick, say }: Scale) {
  const rounds = isQuick ? 2 : 7;
  const browser = await launchBrowser();
  const hosts: number[] = [];
  const paints: number[] = [];
  const boards: number[] = [];
  const bare: number[] = [];
  try {
    for (let round = 0; round < rounds; round += 1) {
      say(`start ${round + 1} of ${rounds}`);
      bare.push(await bareStartMs(browser));
      const beganMs = Date.now();
      const cockpit = await startCockpit({ workspace: benchWorkspace({ promptIds: ['support'] }) });
      try {
        hosts.push(Date.now() - beganMs);
        const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
        const page = await context.newPage();
        await page.goto(await cockpit.launchUrl());
        await page.getByRole('row').filter({ hasText: 'support' }).waitFor();
        boards.push(Date.now() - beganMs);
        paints.push((await paintedMs(page)) - beganMs);
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
      'cold start to first paint, against a bare host',
      median(paints) / median(bare),
      'x',
      TIMES_BARE,
      `medians of ${rounds} starts in turn, empty data directory, empty browser cache; the browser itself runs already`,
    ),
    shown('cold start to first paint, median', median(paints), 'ms'),
    shown('bare host to first paint, median', median(bare), 'ms'),
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
