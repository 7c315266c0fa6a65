import { afterEach, describe, expect, it } from 'vitest';
import { by, createWorld, ITEM, rolledBack, type World } from './aftermath-bench.ts';

let world: World | null = null;
afterEach(async () => {
  await world?.end();
  world = null;
});
const begin = async () => {
  world = createWorld();
  const life = await world.start();
  return { world, life, id: await rolledBack(world, life) };
};
const DAY_MS = 24 * 3_600_000;

describe('action items', () => {
  it('are numbered within their incident, change with a revision, and are dropped with a reason', async () => {
    const { life, id } = await begin();
    const { actionItems } = life;
    const created = await Promise.all([
      actionItems.create(by({ incidentId: id, content: ITEM })),
      actionItems.create(by({ incidentId: id, content: { ...ITEM, title: 'second' } })),
    ]);
    expect(created.flat().length).toBeGreaterThan(2);
    const all = await actionItems.list({ incidentId: id, isUnfinished: false });
    expect(all.map((item) => item.id)).toEqual([`${id}-A1`, `${id}-A2`]);
    const change = (content: Partial<typeof ITEM>, revisionShown: number) =>
      actionItems.change(
        by({ itemId: `${id}-A1`, revisionShown, content: { ...ITEM, ...content } as never }, 'bo'),
      );
    await change({ title: 'better' }, 1);
    await expect(change({ title: 'lost' }, 1)).rejects.toMatchObject({
      code: 'CHANGED_SINCE_SHOWN',
      data: { by: 'bo' },
    });
    await expect(change({ state: 'dropped' as never }, 2)).rejects.toThrow('with a reason only');
    await change({ state: 'dropped' as never, droppedBecause: 'the feature goes' as never }, 2);
    expect(await actionItems.list({ incidentId: null, isUnfinished: true })).toHaveLength(1);
    const missing = actionItems.change(by({ itemId: `${id}-A9`, revisionShown: 1, content: ITEM }));
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('come back, as loud as an incident, when the same thing happens again', async () => {
    const { world: place, life, id } = await begin();
    const { actionItems, incidents, postmortems } = life;
    await actionItems.create(by({ incidentId: id, content: { ...ITEM, dueOn: '2026-12-01' } }));
    for (const { id: blocker } of (await incidents.get(id)).blockers) {
      await postmortems.waive(by({ incidentId: id, blocker, name: 'Mira', reason: 'later' }));
    }
    await incidents.close(by({ incidentId: id, summary: 'rude greeting' }));
    expect((await actionItems.list({ incidentId: null, isUnfinished: true }))[0]?.urgency).toBe('calm');
    await place.clock.advance(3_600_000);
    const again = await incidents.declare(by({ promptId: 'support', reason: 'rude again', severity: null }));
    expect(await actionItems.earlier(again.id)).toMatchObject([
      {
        id,
        because: ['prompt'],
        sentence: 'rude greeting',
        unfinished: [{ id: `${id}-A1`, urgency: 'recurred' }],
      },
    ]);
    const [item] = await actionItems.list({ incidentId: null, isUnfinished: true });
    expect(item).toMatchObject({
      urgency: 'recurred',
      urgencyText: `${again.id} of the same kind is open now`,
    });
  });

  it('are reminded of once a day through the channel, until they are done', async () => {
    const { world: place, life, id } = await begin();
    const { actionItems } = life;
    const { posts } = place.provider;
    const dueOn = new Date(place.clock.nowMs() + 5 * DAY_MS).toISOString().slice(0, 10);
    await actionItems.create(by({ incidentId: id, content: { ...ITEM, dueOn } }));
    const before = posts.length;
    await actionItems.remind();
    expect(posts).toHaveLength(before);
    await place.clock.advance(5 * DAY_MS);
    await Promise.all([actionItems.remind(), actionItems.remind()]);
    expect(posts.slice(before)).toHaveLength(1);
    expect(posts.at(-1)).toContain(`${id}-A1, ana: Check the greeting in CI (due today)`);
    await place.clock.advance(DAY_MS);
    await actionItems.remind();
    expect(posts.at(-1)).toContain('1 day overdue');
    await actionItems.change(
      by({ itemId: `${id}-A1`, revisionShown: 1, content: { ...ITEM, dueOn, state: 'done' as never } }),
    );
    await place.clock.advance(2 * DAY_MS);
    await actionItems.remind();
    expect(posts.slice(before)).toHaveLength(2);
  });
});
