import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { IncidentPage } from '../pages/incident-page.ts';
import { startCockpit } from '../support/cockpit.ts';
import { atMost, type BenchItem, quantile, type Scale, shown } from './bench-item.ts';
import { benchWorkspace } from './bench-workspace.ts';
import { launchBrowser, missingBrowserReason } from './browser.ts';
import { benchCalls } from './engine-access.ts';

/** A person who watches the share fall must not be shown more of the past than this. */
const TO_SCREEN_MS = 3_000;

async function sendSpan(endpoint: string, version: string): Promise<number> {
  const hex = (bytes: number) =>
    randomUUID()
      .replaceAll('-', '')
      .slice(0, bytes * 2);
  const nowMs = Date.now();
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  const span = {
    traceId: hex(16),
    spanId: hex(8),
    name: 'chat',
    startTimeUnixNano: `${nowMs - 50}000000`,
    endTimeUnixNano: `${nowMs}000000`,
    attributes: [attribute('gen_ai.prompt.name', 'support'), attribute('gen_ai.prompt.version', version)],
  };
  const response = await fetch(`${endpoint}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  if (response.status !== 200) throw new Error(`the receiver answered ${response.status}`);
  return nowMs;
}

async function measure({ isQuick, say }: Scale) {
  const rounds = isQuick ? 3 : 15;
  const browser = await launchBrowser();
  const cockpit = await startCockpit({ workspace: benchWorkspace({ promptIds: ['support'] }) });
  try {
    const calls = benchCalls(cockpit.dataDir);
    const { info } = await calls.engine.info();
    const endpoint = new URL(info.otlpEndpoint ?? '').origin;
    await sendSpan(endpoint, 'v17');
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

    say('sending events');
    const took: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // A version never seen before: it is on the screen when, and only when, this event was counted and drawn.
      const version = `bench-${round}`;
      const sentMs = await sendSpan(endpoint, version);
      await column(version).waitFor();
      took.push(Date.now() - sentMs);
      await sleep(300 + Math.random() * 700);
    }
    return [
      atMost(
        'event to screen, p95',
        quantile(took, 0.95),
        'ms',
        TO_SCREEN_MS,
        `from the end of the span to its version in "Who is serving", ${rounds} events`,
      ),
      shown('event to screen, median', quantile(took, 0.5), 'ms'),
    ];
  } finally {
    await browser.close();
    await cockpit.stop();
  }
}

export const eventToScreen: BenchItem = {
  name: 'event-to-screen',
  title: 'Event to screen',
  missingReason: missingBrowserReason,
  run: measure,
};
