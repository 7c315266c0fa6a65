import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { scenarioSchema } from '#shared/model/scenario.ts';
import { createEngine } from '#engine/app.ts';
import { createOpenWorld } from './open-world.ts';

const openWorld = createOpenWorld(createEngine);
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const LABELLED = scenarioSchema.parse({
  id: 'labelled',
  title: 'A label',
  kind: 'regression',
  purpose: 'p',
  brief: 'b',
  minutes: 20,
  warmUpMinutes: 4,
  onsetMinutes: [0, 0],
  prompts: [
    {
      id: 'planner',
      service: 'planner',
      control: 'v1',
      candidate: 'v2',
      candidateShare01: 0.4,
      lever: 'registry',
      workers: 3,
      versions: [
        { id: 'v1', sha: '41d7e0b2c95f', daysAgo: 20 },
        { id: 'v2', sha: '9f3c1ab77e04' },
      ],
      conversationsPerHour: 12_000,
      healthy: { complaint01: 0.03, safety01: 0.001, downstream01: 0.02, csatMean: 84 },
    },
  ],
  faults: [{ fault: { kind: 'bad-version', prompt: 'planner', version: 'v2', complaintTimes: 5 } }],
  expected: { page: null },
});

describe('a live world', () => {
  it('runs over the real receiver and store, stands still at speed 0, and its label can be pointed back', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-live-world-'));
    const told: string[] = [];
    const world = await openWorld({
      scenario: LABELLED,
      seed: 5,
      mode: 'live',
      dataDir,
      actor: 'Mira Okafor',
      onEvent: ({ kind }) => told.push(kind),
    });
    opened.push(
      () => world.stop(),
      () => rm(dataDir, { recursive: true, force: true }),
    );
    await world.start();
    const { client, clock } = world;
    const status = async () => (await client.prompt.list())[0];
    expect((await status())?.serving.map(({ version }) => version).toSorted()).toEqual(['v1', 'v2']);
    expect((await client.engine.info()).info.drill).toMatchObject({
      title: 'A label',
      speed: 1,
      phase: 'briefing',
    });

    clock.setSpeed(0);
    const stoodMs = clock.nowMs();
    world.begin();
    expect(told).toContain('fault');
    expect((await client.engine.info()).info.drill).toMatchObject({ speed: 0, phase: 'running' });
    expect(clock.nowMs()).toBe(stoodMs);

    const flip = await client.rollback.press({
      operationId: 'point-it-back',
      promptId: 'planner',
      incidentId: null,
      lever: 'registry',
      toVersion: 'v1',
      revisionShown: null,
      held: false,
      waitMs: 0,
    });
    expect(flip.toVersion).toBe('v1');
    clock.setSpeed(60);
    await expect
      .poll(async () => (await client.rollback.get({ operationId: 'point-it-back' })).state, {
        timeout: 60_000,
      })
      .toMatch(/in-effect|seen-in-traffic/);
    await expect
      .poll(async () => (await status())?.serving.map(({ version }) => version), { timeout: 90_000 })
      .toEqual(['v1']);
    expect(world.refusedAddresses()).toEqual([]);
  }, 240_000);
});
