import { afterEach, describe, expect, it } from 'vitest';
import { createBenches, page, watch, type World } from './policy-bench.ts';

const { bench, end } = createBenches();
afterEach(end);

const KILL = { killswitchOnPage: true, vetoSeconds: 60 };

describe('the hold of the ramp on a WATCH', () => {
  const FREEZE = { freezeRampOnWatch: true };

  it('holds the present share through the same machine, without an incident, and says so', async () => {
    const { world, life } = await bench(FREEZE);
    await watch(world, life);
    await world.clock.advance(3_000);
    expect(life.newest()).toMatchObject({
      kind: 'freeze-ramp',
      state: 'done',
      outcome: expect.stringContaining('v18 is held at 5 %'),
    });
    const rollback = await life.rollbacks.get(life.newest()?.id ?? '');
    expect(rollback.operation).toEqual({ kind: 'set-share', version: 'v18', share01: 0.05 });
    expect(rollback.actor).toBe('fusebox policy');
    expect(world.provider.value).toEqual({ on: true, share01: 0.05 });
    expect(world.provider.posts.some((text) => text.includes('holds the ramp of v18'))).toBe(true);
  });

  it('once per episode; a later one is a new one', async () => {
    const { world, life } = await bench(FREEZE);
    for (const signal of ['complaints', 'csat', 'fallback'] as const) {
      await watch(world, life, { signal });
      await world.clock.advance(40 * 60_000);
    }
    expect(life.policies.actions('support')).toHaveLength(1);
    await world.clock.advance(30 * 60_000);
    await watch(world, life);
    await world.clock.advance(3_000);
    expect(life.policies.actions('support').map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it('acts on a page too, also on one against history, but not beside the killswitch', async () => {
    for (const basis of ['comparison', 'history'] as const) {
      const { world, life } = await bench(FREEZE);
      await page(world, life, { basis });
      await world.clock.advance(3_000);
      expect(life.newest()).toMatchObject({ kind: 'freeze-ramp', state: 'done' });
    }
    const { world, life } = await bench({ ...FREEZE, ...KILL });
    await page(world, life);
    await world.clock.advance(3_000);
    expect(life.policies.actions('support').map(({ kind }) => kind)).toEqual(['killswitch']);
  });

  it('has nothing to hold where the candidate gets no traffic', async () => {
    const { world, life } = await bench(FREEZE);
    world.provider.change({ share01: 0 }, 'kim');
    await watch(world, life);
    await world.clock.advance(3_000);
    expect(life.newest()).toMatchObject({
      state: 'cancelled',
      outcome: expect.stringContaining('nothing to hold'),
    });
    expect(world.provider.writes).toEqual([]);
  });

  it('says when the lever cannot be read', async () => {
    const { world, life } = await bench(FREEZE);
    world.provider.failReads(true);
    await watch(world, life);
    await world.clock.advance(10_000);
    expect(life.newest()).toMatchObject({
      state: 'failed',
      outcome: expect.stringContaining('cannot be read'),
    });
  });
});

describe('a soft trigger', () => {
  const told = ({ provider }: World) => provider.posts.filter((text) => text.includes('soft trigger'));

  it('is one line in the channel, once per signal, where the team wants it', async () => {
    const { world, life } = await bench({ tellOnWatch: true });
    await watch(world, life, {}, { isFirst: true });
    await watch(world, life, { atMs: world.clock.nowMs() + 1 }, { isFirst: false });
    await world.clock.advance(1_000);
    expect(told(world)).toEqual([
      'Support agent: soft trigger, v18 is probably worse; no incident is open. Complaints 4.1x on v18. Evidence 3.4 sigma anytime.',
    ]);
    expect(world.provider.writes).toEqual([]);
  });

  it('is told of a version that runs alone as well, and nothing is done about it', async () => {
    const { world, life } = await bench({ tellOnWatch: true, freezeRampOnWatch: true });
    await watch(world, life, { basis: 'history' }, { isFirst: true, isAlone: true });
    await world.clock.advance(1_000);
    expect(told(world)).toHaveLength(1);
    expect(life.policies.actions('support')).toEqual([]);
  });

  it('stays out of the channel unless switched on, and when it is a page or a wrong split', async () => {
    const off = await bench({});
    await watch(off.world, off.life, {}, { isFirst: true });
    const on = await bench({ tellOnWatch: true });
    await watch(on.world, on.life, { signal: 'split' }, { isFirst: true });
    await watch(on.world, on.life, { class: 'page' }, { isFirst: true });
    await on.world.clock.advance(1_000);
    expect([...told(off.world), ...told(on.world)]).toEqual([]);
  });
});
