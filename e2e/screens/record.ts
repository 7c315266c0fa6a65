/**
 * Records the moments that screens.spec.ts draws: runs the real engine on the built-in demonstration, waits until it is no
 * longer blind, lets the greeting regression be watched and then page, rolls back in the page, waits for the recovery, and
 * writes each moment down.
 * `node e2e/screens/record.ts` after `npm run build`; the recordings are committed.
 */
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { SignalVerdict } from '#shared/model/signal.ts';
import { startCockpit, type Cockpit } from '../support/cockpit.ts';
import { firstFeedMessage, open, record, until, withPage } from './recorder.ts';

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

await main();
