import { randomUUID } from 'node:crypto';
import { startCockpit } from '../support/cockpit.ts';
import { type BenchItem, type Scale } from './bench-item.ts';
import { startBareHost } from './bare-peer.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { launchBrowser, missingBrowserReason } from './browser.ts';
import { benchCalls } from './engine-access.ts';
import { measureEvents } from './event-in-page.ts';
import { sendSpan } from './one-span.ts';

async function measure({ isQuick, say }: Scale) {
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
    say('sending events');
    return await measureEvents({
      page,
      browser,
      bareUrl: bareHost.url,
      endpoint,
      nowMs: () => Promise.resolve(Date.now()),
      rounds: isQuick ? 3 : 15,
      name: 'event to screen',
      note: 'from the end of the span to its version in "Who is serving"',
    });
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
