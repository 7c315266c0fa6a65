import { expect } from '@playwright/test';
import type { Incident } from '#shared/model/incident.ts';
import type { RealLoop } from './real-loop.ts';

// What the journeys check beside the page: the engine's own answers, the flag server's, the traffic's.

/** Waits until enough healthy conversations of both versions have been seen, and that nothing has alarmed about them. */
export async function expectHealthyTraffic(loop: RealLoop, conversations = 400): Promise<void> {
  const seen = async (): Promise<number> => {
    const nowMs = Date.now();
    const workers = await loop.cockpit
      .calls()
      .evidence.workers({ promptId: loop.promptId, window: { fromMs: nowMs - 600_000, toMs: nowMs } });
    const counts = workers.flatMap((one) => one.versions.map((share) => share.conversations));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  await expect.poll(seen, { timeout: 120_000, intervals: [1_000] }).toBeGreaterThan(conversations);
  expect(await openIncidents(loop)).toEqual([]);
}

export function openIncidents(loop: RealLoop): Promise<Incident[]> {
  return loop.cockpit.calls().incident.list({ status: 'open' });
}

/** The one open incident; waits for it to open by itself. */
export async function incidentOpensByItself(loop: RealLoop): Promise<Incident> {
  await expect
    .poll(async () => (await openIncidents(loop)).length, { timeout: 180_000, intervals: [1_000] })
    .toBe(1);
  const [incident] = await openIncidents(loop);
  return incident!;
}

/** All traffic of the last five seconds, by version, as the spans told it. */
export async function servedLately(loop: RealLoop): Promise<Record<string, number>> {
  const nowMs = Date.now();
  const workers = await loop.cockpit
    .calls()
    .evidence.workers({ promptId: loop.promptId, window: { fromMs: nowMs - 5_000, toMs: nowMs } });
  const served: Record<string, number> = {};
  for (const { version, conversations } of workers.flatMap((one) => one.versions)) {
    served[version] = (served[version] ?? 0) + conversations;
  }
  return served;
}

/**
 * The state after a whole loop, told by everyone but the page: Unleash says off and was written once, only control is served,
 * the four checks passed, and the timeline holds each step in order with its time.
 */
export async function expectRecovered(loop: RealLoop, incidentId: string): Promise<void> {
  expect((await loop.readFlag()).isEnabled).toBe(false);
  await expect
    .poll(async () => Object.keys(await servedLately(loop)), { timeout: 60_000, intervals: [1_000] })
    .toEqual(['v17']);
  const read = (): Promise<Incident> => loop.cockpit.calls().incident.get({ incidentId });
  await expect
    .poll(async () => (await read()).verification?.checks.map((check) => `${check.id}: ${check.state}`), {
      timeout: 330_000,
      intervals: [2_000],
    })
    // A signal that alarmed beside these has a check of its own.
    .toEqual(
      expect.arrayContaining([
        'distribution: passed',
        'complaints: passed',
        'downstream: passed',
        'in-flight: passed',
      ]),
    );
  const incident = await read();
  expect(incident.verification?.verdict).toBe('recovered');
  expectTimeline(incident);
}

const STEPS_IN_ORDER = ['shipped', 'alarm', 'decided', 'pressed', 'lever', 'traffic', 'verdict'] as const;

/** Every step of a whole loop must have left an entry with its time, in the order things happened. */
function expectTimeline({ timeline }: Incident): void {
  const kinds = timeline.map((entry) => entry.kind);
  for (const kind of [...STEPS_IN_ORDER, 'identified', 'notice', 'check'] as const) {
    expect.soft(kinds, `the timeline has no entry of kind "${kind}"`).toContain(kind);
  }
  const firstAtMs = STEPS_IN_ORDER.map((kind) =>
    Math.min(...timeline.filter((entry) => entry.kind === kind).map((entry) => entry.atMs)),
  );
  expect.soft(firstAtMs, 'the steps are in order').toEqual(firstAtMs.toSorted((left, right) => left - right));
  expect.soft(timeline.filter((entry) => entry.kind === 'check').length).toBeGreaterThanOrEqual(4);
  // The channel hears twice when the answer took its time: "checking" first, then how that ended.
  const notices = timeline.filter((entry) => entry.kind === 'notice').map((entry) => entry.text);
  expect.soft(notices.join('\n')).toMatch(/posted to chat: killswitch ON/);
  expect.soft(notices.join('\n')).toMatch(/paged amara@example\.com/);
  for (const entry of timeline) {
    expect.soft(entry.atMs, entry.text).toBeGreaterThan(Date.now() - 3_600_000);
    expect.soft(entry.text).not.toBe('');
  }
}
