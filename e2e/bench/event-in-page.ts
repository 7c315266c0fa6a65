import type { Browser, Page } from '@playwright/test';
import { setTimeout as sleep } from 'node:timers/promises';
import { IncidentPage } from '../pages/incident-page.ts';
import { atMost, type Measure, quantile, shown } from './bench-item.ts';
import { sendSpan } from './one-span.ts';

/**
 * The page asks again at most once a second and looks at a moving window: that is its pace. What comes on top is work, held
 * against the least work there is: an event posted to a bare host, stored, pushed and shown in the same browser.
 */
const PACE_MS = 2_000;
const TIMES_BARE = 10;

async function bareToScreenMs(page: Page, url: string, text: string): Promise<number> {
  const beganMs = Date.now();
  await fetch(url, { method: 'POST', body: text });
  await page.getByText(text, { exact: true }).waitFor();
  return Date.now() - beganMs;
}

/**
 * How soon an open incident's page shows a conversation that was sent to `endpoint`, beside the bare host, in turn. `name` begins the names
 * of the measures; `nowMs` tells the time of the receiver.
 */
export async function measureEvents(options: {
  readonly page: Page;
  readonly browser: Browser;
  /** Where the bare host's page is. */
  readonly bareUrl: string;
  readonly endpoint: string;
  readonly nowMs: () => Promise<number>;
  readonly rounds: number;
  readonly name: string;
  readonly note: string;
}): Promise<Measure[]> {
  const { page, browser, bareUrl, endpoint, rounds, name } = options;
  const serving = new IncidentPage(page).region('Who is serving');
  await serving.getByRole('button', { name: 'Show as table' }).click();
  const column = (version: string) => serving.getByRole('columnheader', { name: version, exact: true });
  await column('v17').waitFor();
  const barePage = await browser.newPage();
  await barePage.goto(bareUrl);
  await bareToScreenMs(barePage, bareUrl, 'warm');

  const took: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // A version never seen before: it is on the screen when, and only when, this event was counted and drawn.
    const version = `bench-${round}`;
    const nowMs = await options.nowMs();
    const sentMs = Date.now();
    await sendSpan(endpoint, version, nowMs);
    await column(version).waitFor();
    took.push(Date.now() - sentMs);
    await barePage.bringToFront();
    bare.push(await bareToScreenMs(barePage, bareUrl, `event ${round}`));
    await page.bringToFront();
    await sleep(300 + Math.random() * 700);
  }
  return [
    atMost(
      `${name}, p95`,
      quantile(took, 0.95),
      'ms',
      PACE_MS + TIMES_BARE * quantile(bare, 0.95),
      `limit: ${PACE_MS} ms and ${TIMES_BARE} times the bare one; ${rounds} events, ${options.note}`,
    ),
    shown(`${name}, median`, quantile(took, 0.5), 'ms'),
    shown('bare event to screen, p95', quantile(bare, 0.95), 'ms'),
  ];
}
