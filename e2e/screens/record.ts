/**
 * Records the moments that screens.spec.ts draws: runs the real engine on the built-in demonstration, waits until it is no
 * longer blind, lets the greeting regression be watched and then page, rolls back in the page, waits for the recovery, and
 * writes each moment down.
 * `node e2e/screens/record.ts` after `npm run build`; the recordings are committed.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { chromium, type Page, type Request } from '@playwright/test';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SignalVerdict } from '#shared/model/signal.ts';
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
      const detail = `/#/board/${PROMPT}`;
      await until('a candidate that is tested, and still blind', async () =>
        standsAt(await statusOf(cockpit), 'quiet', 'blind'),
      );
      await record(page, cockpit, 'blind', ['/#/board', detail]);
      await until('enough data to say "no difference"', async () =>
        standsAt(await statusOf(cockpit), 'quiet', 'none'),
      );
      await record(page, cockpit, 'quiet', ['/#/board', detail, '/#/connections', '/#/incidents']);

      await page.getByRole('button', { name: /Start greeting regression/ }).click();
      const incidentId = await until(
        'the incident',
        async () => (await cockpit.calls().incident.list({ status: 'open' }))[0]?.id,
      );
      const incident = `/#/incident/${incidentId}`;
      await open(page, incident);
      await page.waitForTimeout(20_000);
      await record(page, cockpit, 'paging', ['/#/board', incident]);

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

  for (let attempt = 1; attempt <= CONFIRMING_ATTEMPTS; attempt += 1) {
    if (await recordConfirming()) return;
  }
  throw new Error('every regression paged at once: WATCH was never seen alone');
}

/** Evidence moves in steps: one in three regressions passes both lines in the same ten seconds, and this moment with it. */
const CONFIRMING_ATTEMPTS = 5;

/** A signal worse, confirming, and nobody paged yet. False where it paged at once. */
async function recordConfirming(): Promise<boolean> {
  const cockpit = await startCockpit({ workspace: null });
  try {
    let isSeen = false;
    await withPage(cockpit, async (page) => {
      await page.getByRole('region', { name: 'Source health' }).waitFor();
      await until('enough data to say "no difference"', async () =>
        standsAt(await statusOf(cockpit), 'quiet', 'none'),
      );
      await page.getByRole('button', { name: /Start greeting regression/ }).click();
      const outcome = await until('WATCH or a page', async () => {
        const prompt = await statusOf(cockpit);
        if (prompt?.openIncidentId) return 'paged';
        return standsAt(prompt, 'watch', 'watch') ? 'watched' : undefined;
      });
      if (outcome === 'paged') return;
      // It may page within seconds: the state first, then what the screens ask for.
      const snapshot = await firstFeedMessage(cockpit);
      await record(page, cockpit, 'confirming', ['/#/board', `/#/board/${PROMPT}`], snapshot);
      isSeen = true;
    });
    return isSeen;
  } finally {
    await cockpit.stop();
  }
}

/** The demonstration's prompt that regresses. */
const PROMPT = 'customer_support_agent';

async function statusOf(cockpit: Cockpit): Promise<PromptStatus | undefined> {
  return (await cockpit.calls().prompt.list()).find(({ id }) => id === PROMPT);
}

/** True once the prompt is tested, its worst stream is in `state`, and a signal reads `verdict` ("none": complaints do). */
function standsAt(
  prompt: PromptStatus | undefined,
  state: 'quiet' | 'watch',
  verdict: SignalVerdict,
): true | undefined {
  if (prompt === undefined || prompt.evidence.length === 0) return undefined;
  const isWatched = prompt.evidence.some((reading) => reading.state !== 'quiet');
  if (isWatched !== (state === 'watch')) return undefined;
  const stands = prompt.signals.some(
    (signal) => signal.verdict === verdict && (verdict !== 'none' || signal.signal === 'complaints'),
  );
  return stands ? true : undefined;
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
  taken?: Snapshot,
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
  const snapshot = taken ?? (await firstFeedMessage(cockpit));
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
