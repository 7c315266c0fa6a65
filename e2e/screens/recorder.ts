import { randomUUID } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { chromium, type Page, type Request } from '@playwright/test';
import type { Cockpit } from '../support/cockpit.ts';
import { questionKey, recordingFile, type Recording } from './recording.ts';

const EXECUTABLE =
  process.env['CHROMIUM'] ??
  ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((place) => existsSync(place));
/** Long enough for the page to ask all it asks after a change. */
const SETTLE_MS = 6_000;
/** In place of the recording machine's folders. */
const HOME = '/home/on-call';
const HOME_DATA = `${HOME}/.local/share/fusebox`;
const PATIENCE_MS = 12 * 60_000;

/** A page of the running cockpit in a browser of its own. */
export async function withPage(cockpit: Cockpit, work: (page: Page) => Promise<void>): Promise<void> {
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

/** Takes the demonstration to where its bad version was rolled back in the page; gives the incident. */
export async function flipDemonstration(page: Page, cockpit: Cockpit): Promise<string> {
  const calls = cockpit.calls();
  await page.getByRole('region', { name: 'Source health' }).waitFor();
  await calls.demo.setSpeed({ operationId: randomUUID(), speed: 10 });
  await calls.demo.startRegression({ operationId: randomUUID() });
  const incidentId = await until(
    'the incident',
    async () => (await calls.incident.list({ status: 'open' }))[0]?.id,
  );
  await calls.demo.setSpeed({ operationId: randomUUID(), speed: 1 });
  await open(page, `/#/incident/${incidentId}`);
  await page.getByRole('button', { name: /^Roll back to/ }).click();
  await until('the flip', async () => {
    const [rollback] = (await calls.incident.get({ incidentId })).rollbacks;
    return rollback?.lamps.readBack.state === 'yes' ? true : undefined;
  });
  return incidentId;
}

/** Leads the page to an address of its own. */
export async function open(page: Page, address: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, address.slice(1));
}

/** Visits the screens, keeps every answer the page got, and the feed's state at the end. */
export async function record(
  page: Page,
  cockpit: Cockpit,
  name: string,
  addresses: readonly string[],
  taken?: Snapshot,
  world: 'team' | 'drill' = 'team',
): Promise<void> {
  const answers: Record<string, unknown> = {};
  const listen = async (request: Request) => {
    const path = new URL(request.url()).pathname.replace(/^\/drill/, '');
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
    // A busy machine answers late, and what was not answered would be a hole in the moment.
    await page
      .getByText(/^(Loading|Reading)/)
      .first()
      .waitFor({ state: 'detached', timeout: PATIENCE_MS });
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
  const snapshot = taken ?? (await firstFeedMessage(cockpit, world));
  const recording: Recording = {
    name,
    world,
    nowMs: snapshot.nowMs,
    snapshot: standStill(snapshot),
    answers,
  };
  const text = JSON.stringify(recording).replaceAll(cockpit.dataDir, HOME_DATA);
  writeFileSync(recordingFile(name), text.replaceAll(dirname(cockpit.dataDir), HOME));
  console.log(`${name}: ${Object.keys(answers).length} answers`);
}

type Snapshot = {
  nowMs: number;
  state: { engine: { clockSpeed: number; dataDir: string; workspacePath: string | null } };
};

/** The replayed clock does not move, and folders of the recording machine stay out of it. */
function standStill(snapshot: Snapshot): Snapshot {
  const engine = { ...snapshot.state.engine, clockSpeed: 0, dataDir: HOME_DATA };
  if (engine.workspacePath !== null) engine.workspacePath = `${HOME}/fusebox.yaml`;
  return { ...snapshot, state: { ...snapshot.state, engine } };
}

/** The feed's snapshot, of the team's engine or of the drill's. */
export async function firstFeedMessage(
  cockpit: Cockpit,
  world: 'team' | 'drill' = 'team',
): Promise<Snapshot> {
  const { origin, token } = cockpit.access();
  const response = await fetch(`${origin}${world === 'drill' ? '/drill/rpc' : '/rpc'}/live/subscribe`, {
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

/** Asks every second until there is an answer; gives up after twelve minutes. */
export async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
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
