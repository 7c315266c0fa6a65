import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Scenario } from '#shared/model/scenario.ts';
import { createEngine } from '#engine/app.ts';
import { readLibrary } from '../scenarios/library.ts';
import { createOpenWorld } from '../world/open-world.ts';
import { runDrill, type DrillRun, type RunOptions } from './run-drill.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', '..', 'assets', 'scenarios');
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

let scenario: Scenario;
let one: DrillRun;
beforeAll(async () => {
  const { scenarios } = await readLibrary({ shipped: FOLDER });
  const found = scenarios.find(({ id }) => id === 'json-contract');
  if (!found) throw new Error('the library has no json-contract');
  // Long enough for page, flip, recovery, and an eval case that is proven.
  scenario = { ...found, minutes: 17 };
  one = await play();
}, 300_000);

async function play(change: Partial<RunOptions> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-run-'));
  folders.push(dataDir);
  return runDrill({
    scenario,
    seed: 3,
    openWorld: createOpenWorld(createEngine),
    dataDir,
    speed: 'stepped',
    responder: 'auto',
    wallNowMs: () => 0,
    ...change,
  });
}

describe('a drill with the scripted responder', () => {
  it('is the same to the byte for the same seed, reaches nothing outside, and goes as advised', async () => {
    const other = await play();
    expect(JSON.stringify(other.report)).toBe(JSON.stringify(one.report));
    expect(one.report.events.length).toBeGreaterThan(10);
    expect(one.refusedAddresses).toEqual([]);
    expect(one.report.checks.filter(({ isHit }) => !isHit)).toEqual([]);
    expect(one.report.wrongTurns).toEqual([]);
    expect(one.report.killswitch?.tookMs).toBeGreaterThan(0);
    expect(one.report.steps.find(({ id }) => id === 'eval')).toMatchObject({ verdict: 'within', points: 10 });
    expect(one.report.events.map(({ text }) => text).join()).toMatch(
      /eval case \S+ accepted: Fails on v5 in 4 of 4/,
    );
    // Trying to close told what was still owed.
    expect(one.refusals).toEqual([expect.stringContaining('No accepted eval case')]);
  }, 300_000);

  it('ends in the same verdict whether one looks every ten seconds or every four', async () => {
    const quick = await play({ lookMs: 4_000 });
    expect(quick.report.checks.map(({ what, isHit }) => [what, isHit])).toEqual(
      one.report.checks.map(({ what, isHit }) => [what, isHit]),
    );
  }, 300_000);

  it('without anybody nothing is contained, and the score says so', async () => {
    const { report } = await play({ responder: 'none' });
    expect(report.badConversations.served).toBe(report.badConversations.untouched);
    expect(report.killswitch).toBeNull();
    expect(report.wrongTurns.map(({ id }) => id)).toContain('waited-past-page');
  }, 300_000);
});
