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

describe('a postmortem', () => {
  it('blocks closing until each output is there, and no longer', async () => {
    const { life, id } = await begin();
    const { incidents, postmortems, notes, actionItems } = life;
    const left = async () => (await incidents.get(id)).blockers.map((blocker) => blocker.id);
    const close = () => incidents.close(by({ incidentId: id, summary: 'rude greeting' }));
    expect(await left()).toEqual(['note', 'timeline', 'cause', 'detection-gap', 'eval-case', 'action-items']);
    await expect(close()).rejects.toThrow('No cause');
    const write = (section: 'cause' | 'missed-by-evals' | 'why-not-sooner', text: string) =>
      postmortems.saveSection(by({ incidentId: id, section, text, revisionShown: 0 }));
    await notes.finish(by({ incidentId: id }));
    await postmortems.confirmTimeline(by({ incidentId: id }));
    await write('cause', 'v18 dropped the line about politeness');
    await write('missed-by-evals', 'no case begins with an angry user');
    expect((await incidents.get(id)).closingBlockers[0]).toContain('why it was not seen sooner');
    await write('why-not-sooner', '5 % of a small prompt');
    await actionItems.create(by({ incidentId: id, content: { ...ITEM, dueOn: null } }));
    expect(await left()).toEqual(['eval-case', 'action-items']);
    await actionItems.change(by({ itemId: `${id}-A1`, revisionShown: 1, content: ITEM }));
    expect(await left()).toEqual(['eval-case']);
    await expect(close()).rejects.toThrow('No accepted eval case');
    await postmortems.waive(
      by({
        incidentId: id,
        blocker: 'eval-case' as const,
        name: 'Mira',
        reason: 'the suite moves this week',
      }),
    );
    const closed = await close();
    expect(closed).toMatchObject({ status: 'closed', blockers: [], closingBlockers: [] });
    expect(closed.waivers).toMatchObject([{ blocker: 'eval-case', name: 'Mira' }]);
    expect(closed.timeline.map(({ text }) => text)).toContain(
      'waived by Mira: eval case (the suite moves this week)',
    );
    const { markdown } = await postmortems.render({ incidentId: id, style: 'short' });
    expect(markdown).toContain('the suite moves this week');
    expect((await life.records.verifyAudit()).firstBad).toBeNull();
  });

  it('takes a written cause back when the text is emptied', async () => {
    const { life, id } = await begin();
    const { postmortems, incidents } = life;
    const write = (text: string | null, revisionShown: number) =>
      postmortems.saveSection(by({ incidentId: id, section: 'cause' as const, text, revisionShown }));
    const blocks = async () => (await incidents.get(id)).blockers.some((blocker) => blocker.id === 'cause');
    await write('something', 0);
    expect(await blocks()).toBe(false);
    await write('  ', 1);
    expect(await blocks()).toBe(true);
    await write('something', 2);
    await write(null, 3);
    expect(await blocks()).toBe(true);
  });

  it('tells who and when instead of overwriting, and keeps what the other wrote', async () => {
    const { world: place, life, id } = await begin();
    const { postmortems } = life;
    const save = (text: string, revisionShown: number, name: string) =>
      postmortems.saveSection(by({ incidentId: id, section: 'cause' as const, text, revisionShown }, name));
    await save('first of bo', 0, 'bo');
    await place.clock.advance(1_000);
    const conflict = await save('mine', 0, 'ana').catch((error: unknown) => error);
    expect(conflict).toMatchObject({
      code: 'CHANGED_SINCE_SHOWN',
      data: { shown: '0', now: '1', by: 'bo', atMs: place.clock.nowMs() - 1_000 },
    });
    expect((await postmortems.get(id)).sections.cause).toMatchObject({ text: 'first of bo', revision: 1 });
    // Another section has a revision of its own.
    await postmortems.saveSection(
      by({ incidentId: id, section: 'summary' as const, text: 'mine', revisionShown: 0 }),
    );
    await save('both', 1, 'ana');
    expect((await postmortems.get(id)).sections).toMatchObject({
      cause: { text: 'both', by: 'ana', revision: 2 },
      summary: { text: 'mine' },
    });
  });

  it('lets one of many at the same time win, and tells all others', async () => {
    const { life, id } = await begin();
    const names = Array.from({ length: 20 }, (_, index) => `person-${index}`);
    const results = await Promise.allSettled(
      names.map((name) =>
        life.postmortems.saveSection(
          by({ incidentId: id, section: 'cause' as const, text: name, revisionShown: 0 }, name),
        ),
      ),
    );
    const won = results.flatMap((result, index) => (result.status === 'fulfilled' ? [names[index]] : []));
    expect(won).toHaveLength(1);
    expect((await life.postmortems.get(id)).sections.cause?.text).toBe(won[0]);
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ code: 'CHANGED_SINCE_SHOWN', data: { by: won[0] } });
      }
    }
  });

  it('applies a command once', async () => {
    const { life, id } = await begin();
    const command = by({ incidentId: id, section: 'cause' as const, text: 'once', revisionShown: 0 });
    await life.postmortems.saveSection(command);
    const again = await life.postmortems.saveSection(command);
    expect(again.sections.cause?.revision).toBe(1);
  });

  it('keeps the recorded and the corrected time, who and why; a correction asks for a new confirmation', async () => {
    const { life, id } = await begin();
    const { postmortems, incidents } = life;
    const { timeline } = await incidents.get(id);
    const entry = timeline[0]!;
    await postmortems.confirmTimeline(by({ incidentId: id }));
    const after = await postmortems.correct(
      by(
        { incidentId: id, entryId: entry.id, atMs: entry.atMs - 120_000, reason: 'the call came at 2' },
        'bo',
      ),
    );
    expect(after.timelineConfirmed).toBeNull();
    expect(after.incident.timeline.find((one) => one.id === entry.id)?.atMs).toBe(entry.atMs);
    expect(after.corrections).toMatchObject([{ by: 'bo', atMs: entry.atMs - 120_000 }]);
    const { markdown, html } = await postmortems.render({ incidentId: id, style: 'full' });
    expect(markdown).toContain('corrected by bo: the call came at 2');
    expect(html).toContain('corrected by bo: the call came at 2');
    expect(after.incident.blockers.map((blocker) => blocker.id)).toContain('timeline');
    const wrong = postmortems.correct(by({ incidentId: id, entryId: 'none', atMs: 0, reason: 'x' }));
    await expect(wrong).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('cannot waive what has an answer at any time, nor what does not block', async () => {
    const { world: place, life } = await begin();
    const { incidents, postmortems } = life;
    const { id } = await incidents.declare(by({ promptId: 'bare', reason: 'odd', severity: null }));
    await place.clock.advance(1_000);
    const waive = (blocker: 'undecided' | 'cause') =>
      postmortems.waive(by({ incidentId: id, blocker, name: 'Mira', reason: 'no time' }));
    await expect(waive('undecided')).rejects.toThrow('cannot be waived');
    await expect(waive('cause')).rejects.toThrow('does not block');
    // Not the prompt's: nothing to teach an eval, so it closes with its summary.
    await incidents.decide(by({ incidentId: id, outcome: 'not-the-prompt' as const }));
    const closed = await incidents.close(by({ incidentId: id, summary: 'the provider was down' }));
    expect(closed.status).toBe('closed');
  });

  it('renders the same bytes after a restart, also of a closed incident that is still written on', async () => {
    const { world: place, life, id } = await begin();
    const first = await life.postmortems.render({ incidentId: id, style: 'full' });
    await place.clock.advance(60_000);
    expect(await life.postmortems.render({ incidentId: id, style: 'full' })).toEqual(first);
    await life.stop();
    const second = await place.start();
    expect(await second.postmortems.render({ incidentId: id, style: 'full' })).toEqual(first);
    for (const { id: blocker } of (await second.incidents.get(id)).blockers) {
      await second.postmortems.waive(by({ incidentId: id, blocker, name: 'Mira', reason: 'drill' }));
    }
    await second.incidents.close(by({ incidentId: id, summary: 's' }));
    const later = await second.postmortems.saveSection(
      by({ incidentId: id, section: 'cause' as const, text: 'found on Monday', revisionShown: 0 }),
    );
    expect(later.incident.status).toBe('closed');
    expect(later.sections.cause?.text).toBe('found on Monday');
    expect(place.published.at(-1)).toMatchObject({ entity: 'incident', value: { status: 'closed' } });
  });
});
