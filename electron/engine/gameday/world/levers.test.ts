import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { scenarioPromptSchema } from '#shared/model/scenario.ts';
import { BUILT_IN_CONNECTORS } from '#engine/connectors/registry.ts';
import { flagClientsOf } from '#engine/fleet/flag-client.ts';
import { createServing } from '#engine/fleet/serving.ts';
import { usersOnDice } from '#engine/fleet/users.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { createStepClock } from './step-clock.ts';

const START_MS = Date.UTC(2026, 4, 9, 14);
const STEP_MS = 250;
const PATIENCE = { timeout: 30_000, interval: 5 };
const FLAG_KEY = 'support_rollout';
const quiet = { info: () => undefined, warn: () => undefined };

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

/** The same prompt twice on one real flag board: once its workers ask over HTTP, once it is worked out. Time stands still unless moved. */
async function twoOf(mode: 'streaming' | 'polling') {
  const prompt = scenarioPromptSchema.parse({
    id: 'support',
    service: 'support',
    control: 'v17',
    candidate: 'v18',
    versions: [{ id: 'v17' }, { id: 'v18' }],
    conversationsPerHour: 1_000,
    workers: 6,
    flagSdk: { mode, pollSeconds: 10 },
    healthy: { complaint01: 0, safety01: 0, downstream01: 0, csatMean: 80 },
  });
  const guard = createGuardedFetch(globalThis.fetch);
  const clock = createStepClock({
    startMs: START_MS,
    onMove: () => undefined,
    isBusy: () => guard.inFlight() > 0,
  });
  const dataDir = await mkdtemp(join(tmpdir(), 'fusebox-levers-'));
  const connector = BUILT_IN_CONNECTORS.find(({ id }) => id === 'flag-board');
  const settings: unknown = connector?.settings.parse({});
  const readSecret = () => Promise.resolve('');
  const source = await connector?.create(
    { id: 'board', settings },
    { clock, dataDir, fetch: guard.fetch, log: quiet, readSecret },
  );
  const board = source?.board;
  if (!source || !board) throw new Error('no board');
  opened.push(
    () => source.close(),
    () => rm(dataDir, { recursive: true, force: true }),
  );
  guard.allow(board.url);

  const workers = Array.from({ length: prompt.workers }, (_, worker) => `support-${worker}`);
  const asking = createServing(prompt, 7, workers);
  const workedOut = createServing(prompt, 7, workers);
  opened.unshift(() => Promise.resolve(asking.disconnect()));
  board.onChange((flag, atMs) => {
    for (const serving of [asking, workedOut])
      serving.add({ atMs, versionFor: (user) => board.evaluate(flag, user) ?? prompt.control });
  });
  const put = (share01: number) => {
    const weight = Math.round(share01 * 10_000);
    const variants = [
      { name: 'v17', value: 'v17', weight: 10_000 - weight },
      { name: 'v18', value: 'v18', weight },
    ];
    const flag = { key: FLAG_KEY, environment: 'production', enabled: true, offVariant: 'v17', variants };
    return board.setFlag(flag, 'test');
  };
  await put(0.25);

  let polls = 0;
  let told = 0;
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await guard.fetch(input, init);
    if (new URL(input instanceof Request ? input.url : input).pathname.endsWith('/evaluate/flags'))
      polls += 1;
    return response;
  };
  const open = flagClientsOf({ prompt, url: board.url, flagKey: FLAG_KEY, clock, fetch });
  asking.connect(({ name, timing, change }) => {
    const reactionMs = (index: number) => {
      told += 1;
      return timing.reactionMs(index);
    };
    return open({ name, change, timing: { ...timing, reactionMs } });
  });
  // A streaming worker asks once more when its stream is there.
  const askedAtFirst = mode === 'streaming' ? 2 * workers.length : workers.length;
  await vi.waitFor(() => expect(polls).toBe(askedAtFirst), PATIENCE);

  const users = usersOnDice(FLAG_KEY).filter((_, index) => index % 40 === 0);
  const versionsOf = (serving: typeof asking) =>
    Promise.all(
      workers.flatMap((_, worker) =>
        users.map(async (user) => serving.versionFor(worker, user, clock.nowMs())),
      ),
    );
  return {
    asking,
    workedOut,
    workers,
    put,
    versions: () => versionsOf(asking),
    /** Moves time on by steps; at each of them everybody is served the same on both sides. Gives how many got the candidate, by step. */
    async agree(ms: number): Promise<number[]> {
      const candidates: number[] = [];
      for (let passed = 0; passed < ms; passed += STEP_MS) {
        await clock.advance(STEP_MS);
        const expected = await versionsOf(workedOut);
        await vi.waitFor(async () => expect(await versionsOf(asking)).toEqual(expected), PATIENCE);
        candidates.push(expected.filter((version) => version === 'v18').length);
      }
      return candidates;
    },
    /** Until every listening worker has been told of so many changes. */
    told: (count: number) => vi.waitFor(() => expect(told).toBe(count), PATIENCE),
    nowMs: () => clock.nowMs(),
    close: () => source.close(),
  };
}

describe('workers that ask the flag board over HTTP', () => {
  it('and listen are served what is worked out in a stepped world, at any time', async () => {
    const two = await twoOf('streaming');
    const [before = 0] = await two.agree(STEP_MS);
    expect(before).toBeGreaterThan(0);
    await two.put(0.5);
    await two.told(6);
    const ramped = await two.agree(4_000);
    // One after the other, not all at once.
    expect(new Set(ramped).size).toBeGreaterThan(3);
    expect(ramped.at(-1)).toBeGreaterThan(before);

    for (const serving of [two.asking, two.workedOut]) serving.deafen([1, 4], two.nowMs());
    await two.put(0);
    await two.told(10);
    const stale = await two.agree(4_000);
    expect(stale.at(-1)).toBe(((ramped.at(-1) ?? 0) / two.workers.length) * 2);
    for (const serving of [two.asking, two.workedOut]) serving.restart(two.nowMs());
    expect((await two.agree(STEP_MS)).at(-1)).toBe(0);

    await two.put(1);
    await two.told(16);
    await two.agree(4_000);
    await two.close();
    expect(new Set(await two.versions()), 'a board that is gone stops nobody').toEqual(new Set(['v18']));
  });

  it('and poll are served the same too', async () => {
    const two = await twoOf('polling');
    const [before = 0] = await two.agree(STEP_MS);
    await two.put(0);
    const left = await two.agree(10_000);
    expect(left[0]).toBe(before);
    expect(left.at(-1)).toBe(0);
    expect(new Set(left).size).toBeGreaterThan(3);
  });
});
