import { afterEach, describe, expect, it } from 'vitest';
import { actor, operationId } from '../incidents/test-bench.ts';
import { CommandError } from '../ports.ts';
import { alarm, createBenches, page, watch, type Life, type World } from './policy-bench.ts';

const { bench, end } = createBenches();
afterEach(end);

const KILL = { killswitchOnPage: true, vetoSeconds: 60 };

const linesOf = async ({ incidents }: Life, id: string) =>
  (await incidents.get(id)).timeline.map(({ by, text }) => `${by}: ${text}`);

function veto({ policies }: Life, policyActionId: string, name = 'ana') {
  return policies.veto({ policyActionId, operationId: operationId(), actor: actor(name) });
}
const press = ({ rollbacks }: Life, incidentId: string | null) =>
  rollbacks.press({
    operationId: operationId(),
    actor: actor(),
    promptId: 'support',
    incidentId,
    lever: 'flag',
    toVersion: 'v17',
    revisionShown: null,
    reason: null,
    held: false,
    waitMs: 0,
  });
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => (error instanceof CommandError ? error.code : error),
  );

describe('the killswitch on a page', () => {
  it('is announced, waits for a veto, then presses through the machine and says so everywhere', async () => {
    const { world, life } = await bench(KILL);
    const { clock, provider } = world;
    const { incident } = await page(world, life);
    const announced = life.newest();
    expect(announced).toMatchObject({
      kind: 'killswitch',
      state: 'announced',
      because: 'Complaints 4.1x on v18. Evidence 3.4 sigma anytime.',
      actsAtMs: clock.nowMs() + 60_000,
      operationId: null,
    });
    await clock.advance(59_000);
    expect(provider.writes).toEqual([]);
    expect(life.newest()?.state).toBe('announced');
    await clock.advance(3_000);
    expect(provider.writes.map(({ operation }) => operation)).toEqual([
      { kind: 'serve-control', version: 'v17' },
    ]);
    expect(life.newest()).toMatchObject({ state: 'done', operationId: announced?.id });
    expect(life.newest()?.outcome).toContain('v17 is served to everybody');
    const rollback = await life.rollbacks.get(announced?.id ?? '');
    expect(rollback).toMatchObject({
      state: 'in-effect',
      actor: 'fusebox policy',
      incidentId: incident.id,
      reason: 'policy killswitchOnPage: Complaints 4.1x on v18. Evidence 3.4 sigma anytime.',
    });
    const lines = await linesOf(life, incident.id);
    expect(lines).toEqual(
      expect.arrayContaining([
        'fusebox policy: Support agent: policy rolls v18 back to v17 at 14:01:00Z, in 60 s, unless somebody vetoes it. ' +
          'Why: Complaints 4.1x on v18. Evidence 3.4 sigma anytime.',
        'fusebox policy: decided to roll back, by pressing it',
        expect.stringContaining('fusebox policy: automatic rollback: done.'),
      ]),
    );
    expect(provider.posts[0]).toContain('unless somebody vetoes it');
    expect(provider.posts.filter((text) => text.startsWith('killswitch ON'))).toHaveLength(1);
    const trail = await life.records.audit({ fromSeq: 0, limit: 100 });
    const mine = trail.filter(({ what }) => what.startsWith('automatic rollback support: '));
    expect(mine).toHaveLength(3);
    expect(new Set(mine.map(({ actor: who, via }) => `${who}, ${via}`))).toEqual(
      new Set(['fusebox policy, engine']),
    );
    expect((await life.records.verifyAudit()).openIntents).toEqual([]);
    expect(life.changed.length).toBeGreaterThanOrEqual(4);
  });

  it('is off unless switched on', async () => {
    const { world, life } = await bench({});
    await page(world, life);
    await watch(world, life);
    await world.clock.advance(120_000);
    expect(life.newest()).toBeNull();
    expect(world.provider.writes).toEqual([]);
  });

  it('is not begun by an engine that does not stay', async () => {
    const { world, life } = await bench(KILL, { isStarted: false });
    await page(world, life);
    expect(life.newest()).toBeNull();
  });

  it('with no time for a veto acts at once', async () => {
    const { world, life } = await bench({ killswitchOnPage: true, vetoSeconds: 0 });
    await page(world, life);
    await world.clock.advance(1_000);
    expect(life.newest()?.state).toBe('done');
  });

  it('never acts on a page against history, on a WATCH, a wrong split, or what is old, over or about another version', async () => {
    const { world, life } = await bench(KILL);
    await page(world, life, { basis: 'history' });
    await page(world, life, { signal: 'split', rule: 'split', class: 'watch' });
    await page(world, life, { resolvedAtMs: world.clock.nowMs() });
    await page(world, life, { atMs: world.clock.nowMs() - 16 * 60_000 });
    await watch(world, life);
    await life.policies.onAlarm({
      promptId: 'support',
      alarm: alarm(world.clock),
      candidate: 'v16',
      incidentId: null,
    });
    expect(life.policies.actions('support')).toEqual([]);
    await world.clock.advance(120_000);
    expect(world.provider.writes).toEqual([]);
    expect(await life.records.policyActions({ sinceMs: 0 })).toEqual([]);
  });
});

describe('a veto', () => {
  it('stops it for the whole episode, whoever gives it, and is recorded under their name', async () => {
    const { world, life } = await bench(KILL);
    const { incident } = await page(world, life);
    await world.clock.advance(58_000);
    const id = life.newest()?.id ?? '';
    const vetoed = await veto(life, id);
    expect(vetoed).toMatchObject({ state: 'vetoed', vetoedBy: 'ana' });
    expect(await veto(life, id, 'bo')).toMatchObject({ vetoedBy: 'ana' });
    await page(world, life, { signal: 'csat' });
    await world.clock.advance(10 * 60_000);
    expect(world.provider.writes).toEqual([]);
    expect(life.policies.actions('support')).toHaveLength(1);
    expect(await linesOf(life, incident.id)).toContain(
      'ana: automatic rollback: vetoed by ana. Nothing was sent.',
    );
    const trail = await life.records.audit({ fromSeq: 0, limit: 100 });
    expect(trail.find(({ what }) => what.endsWith('vetoed by ana'))).toMatchObject({
      actor: 'ana',
      via: 'page',
    });
  });

  it('that comes too late is refused with what became of it, and one of nothing is not found', async () => {
    const { world, life } = await bench(KILL);
    await page(world, life);
    await world.clock.advance(62_000);
    const late = veto(life, life.newest()?.id ?? '');
    await expect(late).rejects.toMatchObject({
      code: 'REFUSED',
      data: {
        reason: expect.stringContaining('Too late to veto: automatic rollback: done.'),
        fix: 'Undo it in the incident view.',
      },
    });
    expect(await refusal(veto(life, 'policy-of-nobody'))).toBe('NOT_FOUND');
  });

  it('is not skipped by a jump of the wall clock, which moves the announced time along', async () => {
    for (const jumpMs of [3_600_000, -3_600_000]) {
      const { world, life } = await bench(KILL);
      await page(world, life);
      await world.clock.advance(10_000);
      world.clock.jumpWall(jumpMs);
      await world.clock.advance(45_000);
      expect(world.provider.writes).toEqual([]);
      expect(life.newest()?.state).toBe('announced');
      expect((life.newest()?.actsAtMs ?? 0) - world.clock.nowMs()).toBe(5_000);
      await world.clock.advance(7_000);
      expect(life.newest()?.state).toBe('done');
    }
  });
});

describe('an announced rollback is cancelled when', () => {
  const cases: [string, (world: World, life: Life, incidentId: string) => Promise<unknown> | void, string][] =
    [
      [
        'its policy is switched off in the file',
        ({ workspace }) => workspace.setPolicies({}),
        'the policy was switched off in the workspace file',
      ],
      [
        'another version is the candidate',
        ({ workspace }) => workspace.edit({ candidate: 'v19' }),
        'v18 is no longer the candidate',
      ],
      [
        'the incident is closed',
        (_world, { incidents }, incidentId) =>
          incidents
            .decide({ operationId: operationId(), actor: actor(), incidentId, outcome: 'not-the-prompt' })
            .then(() =>
              incidents.close({
                operationId: operationId(),
                actor: actor(),
                incidentId,
                summary: 'false alarm',
              }),
            ),
        'was closed',
      ],
      [
        'somebody decided otherwise',
        (_world, { incidents }, incidentId) =>
          incidents.decide({
            operationId: operationId(),
            actor: actor(),
            incidentId,
            outcome: 'forward-fix',
          }),
        'ana decided otherwise (forward fix)',
      ],
    ];
  it.each(cases)('%s', async (_name, happens, because) => {
    const { world, life } = await bench(KILL);
    const { incident } = await page(world, life);
    await world.clock.advance(20_000);
    await happens(world, life, incident.id);
    await world.clock.advance(2_000);
    world.workspace.edit({ candidate: 'v18' });
    expect(life.newest()).toMatchObject({ state: 'cancelled', outcome: expect.stringContaining(because) });
    await world.clock.advance(120_000);
    expect(world.provider.writes).toEqual([]);
  });

  it('a person rolled back meanwhile, here', async () => {
    const { world, life } = await bench(KILL);
    const { incident } = await page(world, life);
    await world.clock.advance(20_000);
    await press(life, incident.id);
    await world.clock.advance(60_000);
    expect(life.newest()).toMatchObject({ state: 'cancelled', outcome: 'ana rolled back already' });
    expect(world.provider.writes).toHaveLength(1);
  });

  it('or in the console of the flag', async () => {
    const { world, life } = await bench(KILL);
    await page(world, life);
    world.provider.change({ on: false }, 'kim');
    await world.clock.advance(62_000);
    expect(life.newest()).toMatchObject({ state: 'cancelled', outcome: 'v18 gets no traffic any more' });
    expect(world.provider.writes).toEqual([]);
  });
});

describe('what the machine will not do is said and not tried again', () => {
  const cases: [string, (world: World) => void, string][] = [
    [
      'changed since it was announced',
      ({ provider }) => provider.change({ share01: 0.25 }, 'kim'),
      'support_prompt_rollout was changed by kim',
    ],
    ['cannot be read', ({ provider }) => provider.failReads(true), 'could not be read'],
    [
      'refused by the provider',
      ({ provider }) => void provider.script.push({ kind: 'refuse', reason: 'forbidden' }),
      'refused',
    ],
    ['without effect', ({ provider }) => void provider.script.push({ kind: 'yes-without-effect' }), ''],
  ];
  it.each(cases)('%s', async (_name, happens, because) => {
    const { world, life } = await bench(KILL);
    const { incident } = await page(world, life);
    await world.clock.advance(10_000);
    happens(world);
    await world.clock.advance(5 * 60_000);
    expect(life.newest()).toMatchObject({ state: 'failed', outcome: expect.stringContaining(because) });
    const writes = world.provider.writes.length;
    expect(writes).toBeLessThanOrEqual(1);
    const lines = await linesOf(life, incident.id);
    expect(lines.some((line) => line.includes('NOT done.') && line.includes('act by hand'))).toBe(true);
    expect(world.provider.posts.some((text) => text.includes('act by hand'))).toBe(true);
    world.provider.failReads(false);
    await page(world, life, { signal: 'csat' });
    await world.clock.advance(5 * 60_000);
    expect(world.provider.writes).toHaveLength(writes);
    expect(life.policies.actions('support')).toHaveLength(1);
  });

  it('needs an approval: known at once, while people still have time', async () => {
    const { world, life } = await bench(KILL);
    world.provider.requireApproval();
    await page(world, life);
    await world.clock.advance(1_000);
    expect(life.newest()).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('needs an approval'),
    });
  });

  it('the recovery window of an earlier flip', async () => {
    const { world, life } = await bench(KILL);
    await press(life, null);
    await world.clock.advance(10_000);
    world.provider.change({ on: true }, 'kim');
    // The figures of before the flip still arrive: nothing may be concluded from them yet, and nobody is there to hold the button.
    await page(world, life);
    await world.clock.advance(62_000);
    expect(life.newest()).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('v17 was put back 70 s ago by ana'),
    });
    expect(world.provider.writes).toHaveLength(1);
  });
});
