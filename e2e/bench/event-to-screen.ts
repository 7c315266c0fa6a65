import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { IncidentPage } from '../pages/incident-page.ts';
import { startCockpit } from '../support/cockpit.ts';
import { atMost, type BenchItem, quantile, type Scale, shown } from './bench-item.ts';
import { startBareHost } from './bare-peer.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { launchBrowser, missingBrowserReason } from './browser.ts';
import { benchCalls } from './engine-access.ts';
import { sendSpan } from './one-span.ts';

/**
 * The page asks again at most once a second and looks at a moving window: that is its pace. What comes on top is work, held
 * against the least work there is: an event posted to a bare host, stored, pushed and shown in the same browser.
 */
export const PACE_MS = 2_000;
export const TIMES_BARE = 10;

export async function bareToScreenMs(page: Page, url: string, text: string): Promise<number> {
  const beganMs = Date.now();
  await fetch(url, { method: 'POST', body: text });
  await page.getByText(text, { exact: true }).waitFor();
  return Date.now() - beganMs;
}

async function measure({ isQuick, say }: Scale) {
  const rounds = isQuick ? 3 : 15;
  const browser = await launchBrowser();
  const bareHost = await startBareHost();
  const cockpit = await startCockpit({ workspace: benchWorkspace({ promptIds: ['support'] }) });
  try {
    const calls = benchCalls(cockpit.dataDir);
    const { info } = await calls.engine.info();
    const endpoint = new URL(info.otlpEndpoint ?? '').origin;
    await sendSpan(endpoint, 'v17', Date.now());
    const incident = await calls.incident.declare({
      operationId: randomUUID(),
      promptId: 'support',
      reason: 'declared for a measurement',
    });
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(await cockpit.launchUrl());
    await page.getByRole('link', { name: incident.id }).first().click();
    const serving = new IncidentPage(page).region('Who is serving');
    await serving.getByRole('button', { name: 'Show as table' }).click();
    const column = (version: string) => serving.getByRole('columnheader', { name: version, exact: true });
    await column('v17').waitFor();

    const barePage = await browser.newPage();
    await barePage.goto(bareHost.url);
    await bareToScreenMs(barePage, bareHost.url, 'warm');

    say('sending events');
    const took: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // A version never seen before: it is on the screen when, and only when, this event was counted and drawn.
      const version = `bench-${round}`;
      const sentMs = Date.now();
      await sendSpan(endpoint, version, sentMs);
      await column(version).waitFor();
      took.push(Date.now() - sentMs);
      await barePage.bringToFront();
      bare.push(await bareToScreenMs(barePage, bareHost.url, `event ${round}`));
      await page.bringToFront();
      await sleep(300 + Math.random() * 700);
    }
    return [
      atMost(
        'event to screen, p95',
        quantile(took, 0.95),
        'ms',
        PACE_MS + TIMES_BARE * quantile(bare, 0.95),
        `limit: ${PACE_MS} ms and ${TIMES_BARE} times the bare one; from the end of the span to its version in "Who is serving", ${rounds} events`,
      ),
      shown('event to screen, median', quantile(took, 0.5), 'ms'),
      shown('bare event to screen, p95', quantile(bare, 0.95), 'ms'),
    ];
  } finally {
    await browser.close();
    await bareHost.stop();
    await cockpit.stop();
  }
}

export const eventToScreen: BenchItem = {
  name: 'event-to-screen',
  title: 'Event to screen',
  missingReason: missingBrowserReason,
  run: measure,
};
