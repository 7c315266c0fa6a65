import { afterEach, describe, expect, it } from 'vitest';
import { actor, operationId } from '../incidents/test-bench.ts';
import type { Records } from '../records/kind.ts';
import { createWorld, endWorld, live, page, watch, type World } from './policy-bench.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const KILL = { killswitchOnPage: true, vetoSeconds: 60 };

function world(policies: Parameters<typeof createWorld>[0]): World {
  const made = createWorld(policies);
  cleanups.push(() => endWorld(made));
  return made;
}

async function nextLife(of: World) {
  const life = await live(of);
  cleanups.push(() => life.stop());
  await of.clock.advance(0);
  return life;
}

describe('a restart while the machine is at work', () => {
  it('follows the press to its end, whatever the file says by now, and announces nothing', async () => {
    const made = world(KILL);
    made.provider.script.push({ kind: 'visible-late', afterMs: 40_000 });
    const first = await live(made);
    await page(made, first);
    await made.clock.advance(62_000);
    expect(first.newest()).toMatchObject({ state: 'acting', operationId: first.newest()?.id });
    await first.stop();
    made.workspace.setPolicies({});
    const posts = made.provider.posts.length;
    const life = await nextLife(made);
    expect(life.newest()?.state).toBe('acting');
    await made.clock.advance(60_000);
    expect(life.newest()?.state).toBe('done');
    expect(made.provider.writes).toHaveLength(1);
    expect(made.provider.posts.slice(posts).filter((text) => text.startsWith('After a restart'))).toEqual([]);
  });
});

describe('a restart while a veto is possible', () => {
  const afterRestart = async (awayMs: number, policies = KILL) => {
    const made = world(policies);
    const first = await live(made);
    const { incident } = await page(made, first);
    await made.clock.advance(20_000);
    await first.stop();
    made.clock.jumpWall(awayMs - 20_000);
    const life = await nextLife(made);
    return { world: made, life, incident };
  };

  it('goes on with the time that was left, announced again', async () => {
    const { world: made, life, incident } = await afterRestart(20_000);
    expect(life.newest()).toMatchObject({ state: 'announced' });
    expect((life.newest()?.actsAtMs ?? 0) - made.clock.nowMs()).toBe(20_000);
    const { timeline } = await life.incidents.get(incident.id);
    expect(
      timeline.some(({ text }) => text.startsWith('After a restart: Support agent: policy rolls v18 back')),
    ).toBe(true);
    expect(made.provider.posts.filter((text) => text.includes('unless somebody vetoes it'))).toHaveLength(2);
    await made.clock.advance(18_000);
    expect(made.provider.writes).toEqual([]);
    await made.clock.advance(5_000);
    expect(life.newest()?.state).toBe('done');
    expect(made.provider.writes).toHaveLength(1);
  });

  it('leaves at least 15 s when it would have been due, and can still be vetoed', async () => {
    const { world: made, life } = await afterRestart(5 * 60_000);
    expect((life.newest()?.actsAtMs ?? 0) - made.clock.nowMs()).toBe(15_000);
    await made.clock.advance(14_000);
    expect(made.provider.writes).toEqual([]);
    const id = life.newest()?.id ?? '';
    await life.policies.veto({ policyActionId: id, operationId: operationId(), actor: actor() });
    await made.clock.advance(60_000);
    expect(made.provider.writes).toEqual([]);
    expect(life.newest()?.state).toBe('vetoed');
  });

  it('does not act on what was due long ago', async () => {
    const { world: made, life } = await afterRestart(20 * 60_000);
    await made.clock.advance(60_000);
    expect(life.newest()).toMatchObject({
      state: 'cancelled',
      outcome: expect.stringContaining('too long ago'),
    });
    expect(made.provider.writes).toEqual([]);
  });

  it('never waits longer than announced when the clock was put back', async () => {
    const { world: made, life } = await afterRestart(-3_600_000);
    expect((life.newest()?.actsAtMs ?? 0) - made.clock.nowMs()).toBe(60_000);
  });

  it('announces nothing again when the policy was switched off meanwhile', async () => {
    const made = world(KILL);
    const first = await live(made);
    await page(made, first);
    await first.stop();
    made.workspace.setPolicies({});
    const posts = made.provider.posts.length;
    const life = await nextLife(made);
    await made.clock.advance(120_000);
    expect(life.newest()).toMatchObject({ state: 'cancelled' });
    expect(made.provider.posts.slice(posts).some((text) => text.includes('rolls v18 back'))).toBe(false);
    expect(made.provider.writes).toEqual([]);
  });

  it('the same alarm, handed over again, announces nothing new', async () => {
    const made = world(KILL);
    const first = await live(made);
    const { incident, alarm } = await page(made, first);
    await first.stop();
    const life = await nextLife(made);
    await life.policies.onAlarm({ promptId: 'support', alarm, candidate: 'v18', incidentId: incident.id });
    await made.clock.advance(90_000);
    expect(life.policies.actions('support')).toHaveLength(1);
    expect(made.provider.writes).toHaveLength(1);
  });
});

/** A record store that ends the life of its engine at its n-th write: what came later never reaches the disk, nor returns. */
function mortal(moment: 'before' | 'after', count: number) {
  let writes = 0;
  let isArmed = false;
  let isDead = false;
  const wrap = (stored: Records): Records => ({
    ...stored,
    get pendingWrites() {
      return stored.pendingWrites;
    },
    async write(entries) {
      if (isDead) return new Promise(() => undefined);
      if (isArmed) writes += 1;
      isDead = isArmed && writes === count;
      if (isDead && moment === 'before') return new Promise(() => undefined);
      await stored.write(entries);
      if (isDead) return new Promise(() => undefined);
    },
  });
  return { wrap, arm: () => void (isArmed = true), isDead: () => isDead, writes: () => writes };
}

describe('a kill -9 at any write', () => {
  const run = async (
    policies: Parameters<typeof createWorld>[0],
    moment: 'before' | 'after',
    count: number,
  ) => {
    const made = world(policies);
    const fate = mortal(moment, count);
    const first = await live(made, { mortal: fate.wrap });
    cleanups.push(() => first.records.close());
    await made.clock.advance(0);
    const incident = await first.incidents.declare({
      operationId: operationId(),
      actor: actor(),
      promptId: 'support',
      reason: 'x',
      severity: null,
    });
    fate.arm();
    const alarmed = page(made, first);
    await made.clock.advance(0);
    const raisedAtMs = made.clock.nowMs();
    await made.clock.advance(90_000);
    if (fate.isDead()) {
      const life = await nextLife(made);
      // The watch loop finds the alarm again in its own state and hands it over again.
      await watch(made, life, { class: 'page', rule: 'one-at-page', atMs: raisedAtMs });
      await made.clock.advance(120_000);
      return { made, life, incident, isDead: true, writes: fate.writes() };
    }
    await alarmed;
    cleanups.push(() => first.stop());
    return { made, life: first, incident, isDead: false, writes: fate.writes() };
  };

  it('rolls back once, never twice', async () => {
    const { writes } = await run(KILL, 'after', Number.MAX_SAFE_INTEGER);
    expect(writes).toBeGreaterThan(8);
    const endings: string[] = [];
    for (let count = 1; count <= writes; count += 1) {
      for (const moment of ['before', 'after'] as const) {
        const { made, life, isDead } = await run(KILL, moment, count);
        const where = `${moment} write ${count} of ${writes}`;
        expect(isDead, where).toBe(true);
        expect(life.policies.actions('support'), where).toHaveLength(1);
        const isSent = made.provider.writes.length === 1;
        expect(made.provider.writes.length, where).toBeLessThanOrEqual(1);
        // Died after the machine's intent and before sending: it reads back and never sends after a restart. People are told.
        expect(life.newest()?.state, where).toBe(isSent ? 'done' : 'failed');
        expect(made.provider.value.on, where).toBe(!isSent);
        expect((await life.records.verifyAudit()).firstBad, where).toBeNull();
        endings.push(life.newest()?.state ?? 'none');
      }
    }
    expect(endings.filter((state) => state === 'failed').length).toBeLessThanOrEqual(4);
  });

  it('holds the ramp without ever moving it', async () => {
    const FREEZE = { freezeRampOnWatch: true };
    const { writes } = await run(FREEZE, 'after', Number.MAX_SAFE_INTEGER);
    for (let count = 1; count <= writes; count += 1) {
      const { made, life } = await run(FREEZE, 'after', count);
      const where = `write ${count} of ${writes}`;
      expect(
        life.policies.actions('support').map(({ state }) => state),
        where,
      ).toEqual(['done']);
      expect(made.provider.value, where).toEqual({ on: true, share01: 0.05 });
    }
  });
});
