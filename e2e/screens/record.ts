/**
 * Records the moments that screens.spec.ts draws: runs the real engine on the built-in demonstration, lets the greeting
 * regression page, rolls back in the page, waits for the recovery, and writes each moment down.
 * `node e2e/screens/record.ts` after `npm run build`; the recordings are committed.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { chromium, type Page, type Request } from '@playwright/test';
import { startCockpit, type Cockpit } from '../support/cockpit.ts';
import { questionKey, recordingFile, type Recording } from './recording.ts';

const EXECUTABLE =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((place) => existsSync(place));
/** Long enough for the page to ask all it asks after a change. */
const SETTLE_MS = 6_000;
const PATIENCE_MS = 12 * 60_000;

async function main(): Promise<void> {
  const empty = await startCockpit({ workspace: 'version: 1\nname: Empty\n' });
  try {
    await withPage(empty, async (page) => record(page, empty, 'empty', ['/#/board', '/#/connections']));
  } finally {
    await empty.stop();
  }

  const cockpit = await startCockpit({ workspace: null });
  try {
    await withPage(cockpit, async (page) => {
      await page.getByRole('region', { name: 'Source health' }).waitFor();
      await page.waitForTimeout(40_000);
      await record(page, cockpit, 'healthy', ['/#/board', '/#/connections', '/#/incidents']);

      await page.getByRole('button', { name: /Start greeting regression/ }).click();
      const incidentId = await until(
        'the incident',
        async () => (await cockpit.calls().incident.list({ status: 'open' }))[0]?.id,
      );
      const incident = `/#/incident/${incidentId}`;
      await open(page, incident);
      await page.waitForTimeout(20_000);
      await record(page, cockpit, 'alarm', ['/#/board', incident]);

      await open(page, incident);
      await page.getByRole('button', { name: /^Roll back to/ }).click();
      await until('the flip', async () => {
        const now = await cockpit.calls().incident.get({ incidentId });
        return now.rollbacks[0]?.lamps.readBack.state === 'yes' ? true : undefined;
      });
      await page.waitForTimeout(110_000);
      await record(page, cockpit, 'after-rollback', [incident]);

      await until('the recovery', async () => {
        const now = await cockpit.calls().incident.get({ incidentId });
        return now.verification?.verdict === 'recovered' ? true : undefined;
      });
      await record(page, cockpit, 'recovered', [incident]);
    });
  } finally {
    await cockpit.stop();
  }
}

async function withPage(cockpit: Cockpit, work: (page: Page) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({
    executablePath: EXECUTABLE,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(await cockpit.launchUrl());
    await work(page);
  } finally {
    await browser.close();
  }
}

async function open(page: Page, address: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, address.slice(1));
}

/** Visits the screens, keeps every answer the page got, and the feed's state at the end. */
async function record(
  page: Page,
  cockpit: Cockpit,
  name: string,
  addresses: readonly string[],
): Promise<void> {
  const answers: Record<string, unknown> = {};
  const listen = async (request: Request) => {
    const path = new URL(request.url()).pathname;
    if (!path.startsWith('/rpc/') || path === '/rpc/live/subscribe') return;
    const response = await request.response();
    if (!response?.ok()) return;
    const sent = request.postData() ?? new URL(request.url()).searchParams.get('data');
    const input = sent ? (JSON.parse(sent) as { json?: unknown }).json : undefined;
    answers[questionKey(path, input)] = await response.json();
  };
  const onFinished = (request: Request) => void listen(request).catch(() => undefined);
  page.on('requestfinished', onFinished);
  for (const address of addresses) {
    await open(page, '/#/nowhere');
    await page.waitForTimeout(500);
    await open(page, address);
    await page.waitForTimeout(SETTLE_MS);
    // The panels of the incident that ask only when they are looked at.
    for (const tab of ['bad traces', 'workers']) {
      const button = page.getByText(tab, { exact: true });
      if (await button.isVisible()) {
        await button.click();
        await page.waitForTimeout(2_500);
      }
    }
  }
  page.off('requestfinished', onFinished);
  const snapshot = await firstFeedMessage(cockpit);
  const recording: Recording = { name, nowMs: snapshot.nowMs, snapshot: standStill(snapshot), answers };
  writeFileSync(recordingFile(name), JSON.stringify(recording));
  console.log(`${name}: ${Object.keys(answers).length} answers`);
}

type Snapshot = {
  nowMs: number;
  state: { engine: { clockSpeed: number; dataDir: string; workspacePath: string | null } };
};

/** The replayed clock does not move, and folders of the recording machine stay out of it. */
function standStill(snapshot: Snapshot): Snapshot {
  const engine = { ...snapshot.state.engine, clockSpeed: 0, dataDir: '/home/on-call/.local/share/fusebox' };
  if (engine.workspacePath !== null) engine.workspacePath = '/home/on-call/fusebox.yaml';
  return { ...snapshot, state: { ...snapshot.state, engine } };
}

async function firstFeedMessage(cockpit: Cockpit): Promise<Snapshot> {
  const { origin, token } = cockpit.access();
  const response = await fetch(`${origin}/rpc/live/subscribe`, {
    method: 'POST',
    headers: { 'x-fusebox-token': token, origin, 'content-type': 'application/json' },
    body: '{}',
  });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString('utf8');
    // Only whole events count; the stream may open with a comment.
    const data = /^data: (.*)$/m.exec(text.slice(0, text.lastIndexOf('\n\n') + 1))?.[1];
    if (data) {
      return (JSON.parse(data) as { json: Snapshot }).json;
    }
  }
  throw new Error(`the feed gave no snapshot: ${response.status} ${text.slice(0, 200)}`);
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const endMs = Date.now() + PATIENCE_MS;
  while (Date.now() < endMs) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => {
      setTimeout(resolve, 1_000);
    });
  }
  throw new Error(`gave up waiting for ${what}`);
}

await main();
