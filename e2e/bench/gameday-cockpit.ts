import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GameDayPage } from '../pages/gameday-page.ts';
import { IncidentPage } from '../pages/incident-page.ts';
import { startCockpit } from '../support/cockpit.ts';
import { atMost, type Measure, quantile, type Scale, shown } from './bench-item.ts';
import { startBareHost } from './bare-peer.ts';
import { launchBrowser } from './browser.ts';
import { benchCalls, engineFile, memoryMb } from './engine-access.ts';
import { measureEvents } from './event-in-page.ts';
import { FULL_SIZE, SPEED, writeFullSize } from './full-size.ts';

/** What web.dev calls a good "interaction to next paint". */
const GOOD_INTERACTION_MS = 200;

/** How long the page takes from a click to the next frame that shows something of it, ms, as the browser times it. */
async function interactions(page: Page, clicks: number): Promise<number[]> {
  await page.evaluate(() => {
    const found: number[] = [];
    Object.assign(window, { interactions: found });
    new PerformanceObserver((list) => {
      for (const { name, duration } of list.getEntries()) if (name === 'click') found.push(duration);
    }).observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
  });
  const serving = new IncidentPage(page).region('Who is serving');
  const toggle = serving.getByRole('button', { name: /^Show as/ });
  for (let click = 0; click < clicks; click += 1) {
    await toggle.click();
    await sleep(200 + Math.random() * 200);
  }
  const long = await page.evaluate(() => (window as unknown as { interactions: number[] }).interactions);
  // What took less than a frame is not told.
  return [...long, ...Array.from({ length: Math.max(0, clicks - long.length) }, () => 16)];
}

/** The participants' page of a drill at full size and 60x: how soon it shows what happened, and how soon it answers a hand. */
export async function measureCockpit({ isQuick, say }: Scale): Promise<Measure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'fusebox-bench-gameday-'));
  const scenarios = join(folder, 'scenarios');
  await writeFullSize(scenarios);
  const workspace = `version: 1\nname: Bench\nscenarios: ${JSON.stringify(scenarios)}\n`;
  const cockpit = await startCockpit({ workspace });
  const browser = await launchBrowser();
  const bareHost = await startBareHost();
  try {
    const facilitatorPage = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await facilitatorPage.goto(await cockpit.launchUrl());
    await facilitatorPage.getByRole('region', { name: 'Source health' }).waitFor();
    const facilitator = new GameDayPage(facilitatorPage);
    await facilitator.open();
    await facilitator.choose(FULL_SIZE.title);
    await facilitator.prepare({ seed: 1, participants: 'ana' });
    const page = await facilitator.openParticipants();
    const calls = benchCalls(cockpit.dataDir, 'drill');
    const { info } = await calls.engine.info();
    const endpoint = new URL(info.otlpEndpoint ?? '').origin;
    const incident = await calls.incident.declare({
      operationId: randomUUID(),
      promptId: 'support',
      reason: 'declared for a measurement',
    });
    await facilitator.speedButton('60x').click();
    await facilitator.beginButton.click();
    await page.bringToFront();
    await page.getByRole('link', { name: incident.id }).first().click();
    say('events into a page of a drill at full size');
    const events = await measureEvents({
      page,
      browser,
      bareUrl: bareHost.url,
      endpoint,
      nowMs: async () => (await calls.engine.info()).info.nowMs,
      rounds: isQuick ? 3 : 15,
      name: 'drill at 60x: event to screen',
      note: `among 100,000 conversations an hour at ${SPEED}x`,
    });
    say('clicks in that page');
    const answered = await interactions(page, isQuick ? 6 : 40);
    const { nowMb, peakMb } = memoryMb(engineFile(cockpit.dataDir).pid);
    return [
      ...events,
      atMost(
        'drill at 60x: click to the next frame, p95',
        quantile(answered, 0.95),
        'ms',
        GOOD_INTERACTION_MS,
        `limit: a good interaction by web.dev; ${answered.length} clicks on chart and table of the incident view`,
      ),
      shown('memory of the engine with the drill in it', nowMb, 'MB', `at most ${peakMb.toFixed(0)}`),
    ];
  } finally {
    await browser.close();
    await bareHost.stop();
    await cockpit.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
