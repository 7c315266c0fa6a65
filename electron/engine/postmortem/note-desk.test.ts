import { afterEach, describe, expect, it } from 'vitest';
import { quietLog } from '../incidents/test-bench.ts';
import { openRecords } from '../records/open-records.ts';
import { by, createWorld, rolledBack, type World } from './aftermath-bench.ts';

let world: World | null = null;
afterEach(async () => {
  await world?.end();
  world = null;
});
const begin = async () => {
  world = createWorld();
  const life = await world.start();
  const id = await rolledBack(world, life);
  // A verdict of the checks, as the verification writes it.
  await life.incidents.append(id, {
    kind: 'verdict',
    by: 'fusebox',
    text: 'recovered',
    atMs: world.clock.nowMs(),
  });
  return { world, life, id };
};

describe('the incident note', () => {
  it('waits for a verdict, then stands as a draft from facts with its clock running', async () => {
    world = createWorld();
    const life = await world.start();
    const id = await rolledBack(world, life, { isDecided: false });
    expect((await life.incidents.get(id)).note).toMatchObject({ state: 'waiting', draft: '' });
    await expect(life.notes.post(by({ incidentId: id, again: false }))).rejects.toThrow(
      'nothing to tell yet',
    );
    await life.incidents.append(id, {
      kind: 'verdict',
      by: 'fusebox',
      text: 'not recovered',
      atMs: world.clock.nowMs(),
    });
    const incident = await life.incidents.get(id);
    expect(incident.note?.state).toBe('draft');
    expect(incident.note?.draft).toContain('killswitch ON, support_prompt_rollout, production, v18 to v17');
    expect(incident.note?.draft).toContain('Shipped: unknown');
    expect(incident.note?.draft).toMatch(/\d\dZ \(\d\d:\d\d \+02:00\)/);
    expect(incident.steps.find((step) => step.id === 'note')?.state).toBe('active');
  });

  it('is edited, posted once, and ends its step', async () => {
    const { world: place, life, id } = await begin();
    const { notes, incidents } = life;
    const postsBefore = place.provider.posts.length;
    await notes.save(by({ incidentId: id, text: 'The greeting was rude; v17 is back.', revisionShown: 0 }));
    const stale = notes.save(by({ incidentId: id, text: 'other', revisionShown: 0 }, 'bo'));
    await expect(stale).rejects.toMatchObject({ code: 'CHANGED_SINCE_SHOWN', data: { by: 'ana' } });
    const command = by({ incidentId: id, again: false });
    await notes.post(command);
    await notes.post(command);
    await expect(notes.post(by({ incidentId: id, again: true }))).rejects.toThrow('went out already');
    expect(place.provider.posts.slice(postsBefore)).toEqual(['The greeting was rude; v17 is back.']);
    const incident = await incidents.get(id);
    expect(incident.note).toMatchObject({ state: 'posted', post: { state: 'sent' }, doneBy: 'ana' });
    expect(incident.steps.find((step) => step.id === 'note')?.state).toBe('done');
    expect(incident.blockers.map((blocker) => blocker.id)).not.toContain('note');
    const late = notes.save(by({ incidentId: id, text: 'x', revisionShown: 1 }));
    await expect(late).rejects.toThrow('went out already');
  });

  it('two presses at the same time post once', async () => {
    const { world: place, life, id } = await begin();
    const postsBefore = place.provider.posts.length;
    const results = await Promise.allSettled([
      life.notes.post(by({ incidentId: id, again: false })),
      life.notes.post(by({ incidentId: id, again: false }, 'bo')),
    ]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(place.provider.posts.length - postsBefore).toBe(1);
  });

  it('after a crash while posting: not known, not sent again by itself, sent again when told to', async () => {
    const { world: place, life, id } = await begin();
    const { posts } = place.provider;
    // The process ends between the intent and the answer: what is on disk says "sending".
    const record = (await life.records.incident(id))!;
    await life.stop();
    const sending = {
      state: 'sending' as const,
      target: '#incidents through flags',
      detail: '',
      by: 'ana',
      atMs: place.clock.nowMs(),
      operationId: 'op-crashed-1',
    };
    const raw = await openRecords({ dataDir: place.dataDir, clock: place.clock, log: quietLog });
    await raw.write([
      {
        kind: 'incident',
        value: {
          ...record,
          aftermath: { ...record.aftermath!, note: { ...record.aftermath!.note, post: sending } },
        },
      },
    ]);
    await raw.close();
    const count = posts.length;
    // On a team's record the engine that is at it may be another one.
    const other = await place.start('team');
    expect((await other.incidents.get(id)).note).toMatchObject({ post: { state: 'sending' } });
    await other.stop();
    const second = await place.start();
    expect((await second.incidents.get(id)).note).toMatchObject({
      state: 'draft',
      post: { state: 'unknown' },
    });
    await expect(second.notes.post(by({ incidentId: id, again: false }))).rejects.toThrow(
      'not known whether',
    );
    expect(posts).toHaveLength(count);
    await second.notes.post(by({ incidentId: id, again: true }));
    expect(posts).toHaveLength(count + 1);
  });

  it('marked as done keeps the words it was done with', async () => {
    const { life, id } = await begin();
    const draft = (await life.incidents.get(id)).note?.draft;
    const done = await life.notes.finish(by({ incidentId: id }, 'bo'));
    expect(done.note).toMatchObject({ state: 'done', doneBy: 'bo', text: draft });
    await expect(life.notes.finish(by({ incidentId: id }))).rejects.toThrow('went out already');
  });
});
