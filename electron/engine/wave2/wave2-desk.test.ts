import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { stepKeys } from '#shared/domain/wave2/playbooks.ts';
import type { LiveChange } from '#shared/model/live.ts';
import { badRecordFilterSchema } from '#shared/model/wave2.ts';
import { createFakeClock } from '../fake-clock.ts';
import { createIncidents } from '../incidents/create-incidents.ts';
import { createScriptedProvider } from '../incidents/scripted-provider.ts';
import { leverDesk, quietLog, sourceDesk, temporaryFolder, workspaceDesk } from '../incidents/test-bench.ts';
import { createSimulatedTraffic } from '../incidents/traffic-simulation.ts';
import { by } from '../postmortem/aftermath-bench.ts';
import { createAftermath } from '../postmortem/create-aftermath.ts';
import { openRecords } from '../records/open-records.ts';
import { createWave2Desk } from './wave2-desk.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A fleet of eight workers that follow the flag, on a disk that outlives the engines. */
function world() {
  const clock = createFakeClock();
  const dataDir = temporaryFolder();
  const provider = createScriptedProvider(clock);
  const traffic = createSimulatedTraffic(() => clock.nowMs());
  const published: LiveChange[] = [];
  cleanups.push(() => rmSync(dataDir, { recursive: true }));

  async function start() {
    const records = await openRecords({ dataDir, clock, log: quietLog });
    const deps = {
      records,
      clock,
      workspace: workspaceDesk(),
      sources: sourceDesk({ flags: provider.instance }),
      levers: leverDesk(),
      evidence: traffic.reader,
      live: { publish: (change: LiveChange) => void published.push(change) },
      log: quietLog,
    };
    const made = await createIncidents(deps);
    const stop = async () => {
      const stopped = made.rollbacks.stop();
      await clock.advance(20_000);
      await stopped;
      await records.close();
    };
    cleanups.push(stop);
    return {
      ...made,
      ...createAftermath(deps, made.changes, made.incidents),
      wave2: createWave2Desk(deps, made.changes, made.incidents),
      records,
      stop,
    };
  }

  let conversations = 0;
  /** Four conversations a second for a while; every n-th of a version fails downstream. */
  async function talk(ms: number, errors: (version: string) => number, tick?: () => Promise<void>) {
    for (let elapsed = 0; elapsed < ms; elapsed += 2_000) {
      for (let index = 0; index < 8; index += 1) {
        conversations += 1;
        const startMs = clock.nowMs() + index * 250;
        const version = provider.value.on && conversations % 3 === 0 ? 'v18' : 'v17';
        traffic.add({
          startMs,
          endMs: startMs + 3_000,
          worker: `worker-${index}`,
          version,
          cohort: index % 2 === 0 ? 'acme' : 'enterprise',
          complaintAtMs: null,
          hasDownstreamError: (conversations * 7919) % 1_000 < errors(version) * 1_000,
        });
      }
      await clock.advance(2_000);
      // The loop looks every 2 s; looking every 20 s sees the same and is ten times as fast here.
      if (elapsed % 20_000 === 0) await tick?.();
    }
  }
  return { clock, provider, published, start, talk };
}
type World = ReturnType<typeof world>;
type Life = Awaited<ReturnType<World['start']>>;

async function declare({ incidents }: Life): Promise<string> {
  return (await incidents.declare(by({ promptId: 'support', reason: 'parser fails', severity: null }))).id;
}

/** v18 breaks the parser, is rolled back, and the parser goes on failing. */
async function poisoned({ talk }: World, life: Life): Promise<string> {
  await talk(4 * 60_000, (version) => (version === 'v18' ? 0.3 : 0.02));
  const id = await declare(life);
  await life.rollbacks.press(
    by({
      promptId: 'support',
      incidentId: id,
      lever: 'flag' as const,
      toVersion: 'v17',
      revisionShown: null,
      reason: null,
      held: false,
      waitMs: 0,
    }),
  );
  await talk(5 * 60_000, () => 0.25, life.verificationLoop.tick);
  return id;
}

describe('a second wave', () => {
  it('from errors that outlive the bad version to the closed incident', async () => {
    const here = world();
    const first = await here.start();
    const id = await poisoned(here, first);
    const begun = await first.incidents.get(id);
    expect(begun.wave2?.life).toMatchObject({ openedBy: 'fusebox', openedHow: 'verification', end: null });
    expect(begun.timeline.filter(({ kind }) => kind === 'wave-2')).toHaveLength(1);
    const pushed = here.published.findLast((change) => change.entity === 'incident');
    expect(pushed?.entity === 'incident' && pushed.value?.wave2?.life.end).toBeNull();
    expect(begun.blockers.map((blocker) => blocker.id)).toContain('wave-2');

    // The engine dies in the middle of the repair.
    await first.wave2.choose(
      by({ incidentId: id, revisionShown: 0, playbook: 'parser' as const, isChosen: true }),
    );
    await first.stop();
    const life = await here.start();
    const { incidents, wave2, verificationLoop } = life;
    expect((await incidents.get(id)).wave2?.playbooks.parser?.isChosen).toBe(true);

    const steps = stepKeys().filter((key) => key.startsWith('parser/') || key.startsWith('afterwards/'));
    const done = (step: string) =>
      wave2.setStep(
        by({ incidentId: id, revisionShown: 0, step, state: 'done' as const, owner: null, reason: null }),
      );
    for (const step of steps.slice(0, -1)) await done(step);
    await here.talk(4 * 60_000, () => 0.02, verificationLoop.tick);
    expect((await incidents.get(id)).wave2?.life.end).toBeNull();
    await here.talk(8 * 60_000, () => 0.02, verificationLoop.tick);
    const back = await incidents.get(id);
    expect(back.wave2?.life.end).toMatchObject({ how: 'baseline', by: 'fusebox' });
    expect(back.verification?.verdict).toBe('recovered');
    expect(back.wave2?.life.end?.backSinceMs).toBeGreaterThan(begun.wave2?.life.openedAtMs ?? 0);

    // The clock has stopped; a customer is still to be told.
    const blocker = back.blockers.find((one) => one.id === 'wave-2');
    expect(blocker).toMatchObject({ isWaivable: true, place: 'wave2', waiver: null });
    expect(blocker?.sentence).toContain('1 of 7 repair steps is not finished');
    await wave2.tell(
      by({ incidentId: id, revisionShown: 0, cohort: 'enterprise', state: 'told' as const, reason: null }),
    );
    await done('afterwards/tell');
    const free = await incidents.get(id);
    expect(free.blockers.map((one) => one.id)).not.toContain('wave-2');
    expect(free.wave2?.tenants['enterprise']).toMatchObject({ state: 'told', by: 'ana', revision: 1 });
    expect(free.wave2?.steps['parser/hold']).toMatchObject({ owner: 'ana', state: 'done' });

    for (const { id: blockedBy } of free.blockers) {
      await life.postmortems.waive(
        by({ incidentId: id, blocker: blockedBy, name: 'Mira', reason: 'a test' }),
      );
    }
    const closed = await incidents.close(by({ incidentId: id, summary: 'repaired' }));
    expect(closed.status).toBe('closed');
    const told = closed.timeline
      .filter(({ kind }) => kind === 'wave-2' || kind === 'repair')
      .map(({ text }) => text);
    expect(told[0]).toBe('wave 2 began: its clock runs');
    expect(told).toContain('wave 2, playbook chosen: parser that expects the old format');
    expect(told).toContain('wave 2, parser: "Hold what the parser refuses" done, ana');
    expect(told).toContain('wave 2: enterprise was told');
    const trail = (await life.records.audit({ fromSeq: 1, limit: 1_000 })).map(({ what }) => what);
    expect(trail.filter((what) => what.includes('wave 2'))).toHaveLength(told.length);
    expect((await life.records.verifyAudit()).firstBad).toBeNull();

    // Customers complain for two days after: the work goes on in a closed incident.
    const later = await wave2.tell(
      by({
        incidentId: id,
        revisionShown: 1,
        cohort: 'enterprise',
        state: 'not-told' as const,
        reason: null,
      }),
    );
    expect(later.wave2?.tenants['enterprise']?.revision).toBe(2);
  });

  it('that is back after it was over begins anew, with its checklists as they were', async () => {
    const here = world();
    const life = await here.start();
    const id = await poisoned(here, life);
    await life.wave2.choose(
      by({ incidentId: id, revisionShown: 0, playbook: 'index' as const, isChosen: true }),
    );
    await here.talk(12 * 60_000, () => 0.02, life.verificationLoop.tick);
    expect((await life.incidents.get(id)).wave2?.life.end?.how).toBe('baseline');
    await here.talk(12 * 60_000, () => 0.3, life.verificationLoop.tick);
    const again = (await life.incidents.get(id)).wave2;
    expect(again?.life).toMatchObject({ openedHow: 'verification', end: null });
    expect(again?.life.earlier).toHaveLength(1);
    expect(again?.playbooks.index?.isChosen).toBe(true);
    expect((await life.incidents.get(id)).verification?.verdict).toBe('wave-2');
    await here.talk(8 * 60_000, () => 0.02, life.verificationLoop.tick);
    const over = await life.incidents.get(id);
    expect(over.wave2?.life.end?.how).toBe('baseline');
    expect(over.verification?.verdict).toBe('recovered');
  });

  it('opened by hand ends by hand, with a reason, and then owes nothing', async () => {
    const here = world();
    const life = await here.start();
    const { wave2, incidents } = life;
    const id = await declare(life);
    const open = () => wave2.open(by({ incidentId: id, reason: 'the index shows old answers' }));
    await open();
    await expect(open()).rejects.toMatchObject({ code: 'REFUSED' });
    expect((await incidents.get(id)).closingBlockers.join(' ')).toContain('no repair playbook is chosen');
    const close = (revisionShown: number) =>
      wave2.close(by({ incidentId: id, revisionShown, reason: 'nothing was stored' }, 'bo'));
    await expect(close(0)).rejects.toMatchObject({ code: 'CHANGED_SINCE_SHOWN' });
    const ended = await close(1);
    expect(ended.wave2?.life).toMatchObject({
      revision: 2,
      end: { how: 'person', by: 'bo', reason: 'nothing was stored' },
    });
    expect(ended.blockers.map((blocker) => blocker.id)).not.toContain('wave-2');
    await expect(close(2)).rejects.toMatchObject({ code: 'REFUSED' });
  });

  it('tells the second of two people who and when, and writes nothing of theirs', async () => {
    const here = world();
    const life = await here.start();
    const { wave2, incidents } = life;
    const id = await declare(life);
    await expect(
      wave2.choose(by({ incidentId: id, revisionShown: 0, playbook: 'column' as const, isChosen: true })),
    ).rejects.toMatchObject({ code: 'REFUSED' });
    await wave2.open(by({ incidentId: id, reason: 'cut rows' }));
    const step = (state: 'done' | 'not-needed', name: string, reason: string | null = null) =>
      wave2.setStep(
        by({ incidentId: id, revisionShown: 0, step: 'column/keep', state, owner: null, reason }, name),
      );
    await expect(step('done', 'ana')).rejects.toMatchObject({ code: 'REFUSED' });
    await wave2.choose(by({ incidentId: id, revisionShown: 0, playbook: 'column' as const, isChosen: true }));
    await expect(step('not-needed', 'ana')).rejects.toMatchObject({ code: 'REFUSED' });
    await expect(step('done', 'ana', 'why not')).rejects.toMatchObject({ code: 'REFUSED' });
    await step('not-needed', 'ana', 'the backup holds them');
    await expect(step('done', 'bo')).rejects.toMatchObject({
      code: 'CHANGED_SINCE_SHOWN',
      data: { by: 'ana' },
    });
    expect((await incidents.get(id)).wave2?.steps['column/keep']).toMatchObject({
      state: 'not-needed',
      reason: 'the backup holds them',
      revision: 1,
    });
    // Another step is nobody's business.
    await wave2.setStep(
      by(
        {
          incidentId: id,
          revisionShown: 0,
          step: 'column/find',
          state: 'doing' as const,
          owner: 'cy',
          reason: null,
        },
        'bo',
      ),
    );
    expect((await incidents.get(id)).wave2?.steps['column/find']).toMatchObject({ owner: 'cy', by: 'bo' });
  });

  it('says so where the bad version is not known, and lists nothing', async () => {
    const here = world();
    const life = await here.start();
    const { id } = await life.incidents.declare(by({ promptId: 'bare', reason: 'odd', severity: null }));
    const look = await life.wave2.look(id);
    expect(look).toMatchObject({ version: null, window: null, tenants: [], suggestions: [] });
    expect(look.limits).toEqual(['The bad version is not known yet: name it under Identify.']);
    const query = { incidentId: id, filter: badRecordFilterSchema.parse({}), offset: 0, limit: 10 };
    expect(await life.wave2.records(query)).toEqual({ rows: [], total: 0 });
    await expect(life.wave2.look('INC-19990101-1')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
