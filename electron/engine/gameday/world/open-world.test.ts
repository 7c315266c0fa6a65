import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createRouterClient } from '@orpc/server';
import { createDrillObserver } from '#shared/domain/drill/observation.ts';
import { scenarioSchema } from '#shared/model/scenario.ts';
import { createEngine } from '#engine/app.ts';
import type { DrillWorld } from '../kind.ts';
import { lookAt } from '../look-at.ts';
import { createOpenWorld } from './open-world.ts';

const openWorld = createOpenWorld(createEngine);
const MINUTE = 60_000;
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const GREETING = scenarioSchema.parse({
  id: 'greeting',
  title: 'A greeting',
  kind: 'regression',
  purpose: 'p',
  brief: 'b',
  minutes: 40,
  onsetMinutes: [1, 3],
  prompts: [
    {
      id: 'support',
      service: 'support',
      control: 'v17',
      candidate: 'v18',
      candidateShare01: 0.1,
      versions: [
        { id: 'v17', sha: '41d7e0b2c95f', daysAgo: 20 },
        { id: 'v18', sha: '9f3c1ab77e04' },
      ],
      conversationsPerHour: 30_000,
      cohorts: [
        { name: 'a', share01: 0.6 },
        { name: 'b', share01: 0.4 },
      ],
      healthy: { complaint01: 0.06, safety01: 0.001, downstream01: 0.02, csatMean: 84 },
    },
  ],
  faults: [
    { fault: { kind: 'bad-version', prompt: 'support', version: 'v18', complaintTimes: 5, csatPoints: -10 } },
  ],
  expected: { page: null },
});

async function open(seed: number): Promise<DrillWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-world-'));
  const world = await openWorld({
    scenario: GREETING,
    seed,
    mode: 'stepped',
    dataDir,
    actor: 'Mira Okafor',
    onEvent: () => undefined,
  });
  opened.push(
    () => world.stop(),
    () => rm(dataDir, { recursive: true, force: true }),
  );
  await world.start();
  return world;
}

/** Plays ten minutes and turns the flag off as soon as an incident is open. */
async function play(seed: number, stepMs: number, minutes: number) {
  const world = await open(seed);
  const { client } = world;
  world.begin();
  let incidentId: string | null = null;
  for (let atMs = 0; atMs < minutes * MINUTE; atMs += stepMs) {
    await world.advance(stepMs);
    const [incident] = await client.incident.list({ status: 'open' });
    if (!incident || incidentId !== null || (atMs + stepMs) % MINUTE !== 0) continue;
    incidentId = incident.id;
    const press = client.rollback.press({
      operationId: 'press-the-switch',
      promptId: 'support',
      incidentId,
      lever: 'flag',
      toVersion: 'v17',
      revisionShown: null,
      held: false,
      waitMs: 0,
    });
    await Promise.all([press, world.settle()]);
  }
  return { world, events: await world.events() };
}

describe('a stepped world', () => {
  it('pages for the bad version, and is clean after the flip', async () => {
    const { world, events } = await play(1, MINUTE, 30);
    const [incident] = await world.client.incident.list({ status: 'any' });
    expect(incident).toMatchObject({ promptId: 'support', badVersion: 'v18' });
    expect(incident?.verification).toMatchObject({ verdict: 'recovered' });
    expect(events.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['begin', 'fault', 'alarm', 'lever', 'verdict']),
    );
    const { onsetMs, badStartsMs, badUntouched } = world.truth();
    const flipMs = events.find(({ kind }) => kind === 'lever')?.atMs ?? 0;
    expect(Math.min(...badStartsMs)).toBeGreaterThanOrEqual(onsetMs ?? Number.NaN);
    expect(Math.max(...badStartsMs)).toBeLessThan(flipMs + 3_000);
    expect(badUntouched).toBeGreaterThan(5 * badStartsMs.length);
    // Announcement and page of the flip, then the note: each says first what it is, whoever reads it where.
    await world.client.note.post({ operationId: 'post-the-note', incidentId: incident?.id ?? '' });
    expect(world.notices().map(({ kind, text }) => [kind, text])).toEqual(
      expect.arrayContaining([
        ['post', expect.stringMatching(/^DRILL: killswitch ON, support_rollout/)],
        ['page', expect.stringMatching(/^DRILL: support is .*rolled back from v18 to v17/)],
        ['post', expect.stringMatching(/^DRILL: .*v17/s)],
      ]),
    );
    expect(world.notices()).toHaveLength(3);
    expect(world.refusedAddresses()).toEqual([]);
  }, 300_000);

  it('shows a ramp that somebody held where it was, to whoever looks', async () => {
    const world = await open(5);
    world.begin();
    await world.advance(MINUTE);
    const ben = createRouterClient(world.router, { context: { actor: { name: 'ben', via: 'page' } } });
    const hold = { operationId: 'hold-the-ramp', promptId: 'support', share01: 0.1 };
    await Promise.all([ben.rollback.pauseRamp(hold), world.settle()]);
    const heldAtMs = world.clock.nowMs();
    await world.advance(MINUTE);
    const look = await lookAt(world);
    expect(look.holds).toEqual([{ promptId: 'support', atMs: heldAtMs, by: 'ben' }]);
    expect(look.prompts[0]?.lever?.lastChangedAtMs, 'the lever shows nothing of it').toBeLessThan(heldAtMs);
    const observer = createDrillObserver(heldAtMs - MINUTE);
    observer.see(look);
    expect(observer.observed().leverChanges).toEqual(look.holds);
  }, 300_000);

  it('is the same for the same seed to the byte, and with other steps', async () => {
    const log = async (stepMs: number) => JSON.stringify((await play(3, stepMs, 12)).events);
    const first = await log(MINUTE);
    expect(await log(MINUTE)).toBe(first);
    expect(await log(10_000)).toBe(first);
  }, 300_000);
});
