import { afterEach, describe, expect, it } from 'vitest';
import { actor, operationId } from '../incidents/test-bench.ts';
import type { PolicyDesk } from '../ports.ts';
import type { Records } from '../records/kind.ts';
import { createWorld, endWorld, live, page, type Life, type World } from './policy-bench.ts';

const KILL = { killswitchOnPage: true, vetoSeconds: 60 };
const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** An engine called `a` of a team's record, and another one beside it. */
async function team(): Promise<{ world: World; life: Life; b: PolicyDesk }> {
  const world = createWorld(KILL);
  cleanups.push(() => endWorld(world));
  const life = await live(world, { mortal: (records: Records) => ({ ...records, engineId: 'a' }) });
  cleanups.push(() => life.stop());
  const b = life.another('b');
  b.start();
  return { world, life, b };
}
const newest = (desk: PolicyDesk) => desk.actions('support')[0] ?? null;
const veto = (desk: PolicyDesk, name: string, policyActionId: string) =>
  desk.veto({ policyActionId, operationId: operationId(), actor: actor(name) });
/** It looks at the record when that changes elsewhere, and before a veto. */
const look = (desk: PolicyDesk) =>
  expect(veto(desk, 'bo', 'nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
const announcements = ({ provider }: World) =>
  provider.posts.filter((text) => text.includes('unless somebody vetoes it'));

describe('two engines of one team', () => {
  it('announce once, and roll back once', async () => {
    const { world, life, b } = await team();
    const { alarm, incident } = await page(world, life);
    await world.clock.advance(4_000);
    const later = { ...alarm, atMs: alarm.atMs + 4_000 };
    await b.onAlarm({ promptId: 'support', alarm: later, candidate: 'v18', incidentId: incident.id });
    expect(newest(b)?.id).toBe(life.newest()?.id);
    await world.clock.advance(90_000);
    expect(world.provider.writes).toHaveLength(1);
    expect(announcements(world)).toHaveLength(1);
    expect([life.newest()?.state, (await life.records.policyActions({ sinceMs: 0 })).length]).toEqual([
      'done',
      1,
    ]);
  });

  it('a veto in one stops the other', async () => {
    const { world, life, b } = await team();
    await page(world, life);
    await world.clock.advance(30_000);
    const vetoed = await veto(b, 'bo', life.newest()?.id ?? '');
    expect(vetoed).toMatchObject({ state: 'vetoed', vetoedBy: 'bo' });
    await world.clock.advance(120_000);
    expect(world.provider.writes).toEqual([]);
    expect(life.newest()).toMatchObject({ state: 'vetoed', vetoedBy: 'bo' });
  });

  it('that page at the same instant, each by its own count, end as one', async () => {
    const { world, life } = await team();
    const { alarm, incident } = await page(world, life);
    let isBlind = true;
    const c = life.another('c', {
      // What `a` has written is not there yet.
      policyActions: async (query) => (isBlind ? [] : life.records.policyActions(query)),
    });
    c.start();
    const later = { ...alarm, atMs: alarm.atMs + 10_000 };
    await world.clock.advance(1_000);
    await c.onAlarm({ promptId: 'support', alarm: later, candidate: 'v18', incidentId: incident.id });
    const [first, second] = [life.newest(), newest(c)];
    expect(second).toMatchObject({ state: 'announced' });
    expect(second?.id).not.toBe(first?.id);
    isBlind = false;
    await world.clock.advance(5_000);
    const states = async () =>
      (await life.records.policyActions({ sinceMs: 0 })).map(({ action }) => [action.id, action.state]);
    expect(await states()).toEqual([
      [first?.id, 'announced'],
      [second?.id, 'cancelled'],
    ]);
    await veto(c, 'bo', first?.id ?? '');
    await world.clock.advance(120_000);
    expect(world.provider.writes).toEqual([]);
  });

  it('one takes over what the other, which died, had announced', async () => {
    const { world, life, b } = await team();
    await page(world, life);
    await world.clock.advance(5_000);
    await look(b);
    void life.policies.stop();
    await world.clock.advance(60_000);
    expect(world.provider.writes).toEqual([]);
    await world.clock.advance(12_000);
    expect(world.provider.writes).toHaveLength(1);
    expect(newest(b)?.state).toBe('done');
  });

  it('one waits anew where the other announced again', async () => {
    const { world, life, b } = await team();
    await page(world, life);
    await look(b);
    void life.policies.stop();
    const [record] = await life.records.policyActions({ sinceMs: 0 });
    const action = { ...record!.action, actsAtMs: record!.action.actsAtMs + 60_000 };
    await life.records.write([{ kind: 'policy-action', value: { ...record!, action } }]);
    await world.clock.advance(125_000);
    expect(world.provider.writes).toEqual([]);
    await world.clock.advance(10_000);
    expect(world.provider.writes).toHaveLength(1);
  });

  it('a start leaves alone what another one announced, and follows it', async () => {
    const { world, life } = await team();
    await page(world, life);
    const { actsAtMs } = life.newest() ?? { actsAtMs: 0 };
    await world.clock.advance(55_000);
    const late = life.another('late');
    late.start();
    await world.clock.advance(1_000);
    expect(newest(late)).toMatchObject({ state: 'announced', actsAtMs });
    await world.clock.advance(30_000);
    expect(announcements(world)).toHaveLength(1);
    expect(world.provider.writes).toHaveLength(1);
    await look(late);
    expect(newest(late)?.state).toBe('done');
  });
});
