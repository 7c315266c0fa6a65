import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { scenarioSchema } from '#shared/model/scenario.ts';
import { createEngine } from '../../app.ts';
import type { DrillWorld } from '../kind.ts';
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
      healthy: { complaint01: 0.06, safety01: 0.001, downstream01: 0.004, csatMean: 84 },
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

describe('a stepped world', () => {
  it('pages for the bad version, and is clean after the flip', async () => {
    const began = performance.now();
    const world = await open(1);
    const { client } = world;
    console.log('started', performance.now() - began, process.cpuUsage());
    world.begin();
    const before = process.cpuUsage();
    let incident = null;
    for (let at = 0; at < 20 && !incident; at += 1) {
      await world.advance(MINUTE);
      [incident = null] = await client.incident.list({ status: 'open' });
    }
    console.log('paged', performance.now() - began, process.cpuUsage(before));
    console.log(JSON.stringify(await client.prompt.list(), null, 1).slice(0, 1500));
    console.log(await world.events(), world.truth().badStartsMs.length, world.truth().badUntouched);
    await world.advance(20 * MINUTE);
    console.log('end', performance.now() - began, process.cpuUsage(before));
    expect(incident).not.toBeNull();
  }, 300_000);
});
