import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '#engine/clock.ts';
import { createEvalDesk } from '#engine/evals/eval-desk.ts';
import type { EvalDesk } from '#engine/evals/kind.ts';
import { quietLog, workspaceDesk } from '#engine/incidents/test-bench.ts';
import { CommandError } from '#engine/ports.ts';
import { createPresenceDesk } from '#engine/presence/presence-desk.ts';
import type { Records } from '#engine/records/kind.ts';
import { PRESENCE } from '#shared/domain/presence/presence.ts';
import type { EvalContent } from '#shared/model/eval-case.ts';
import type { Incident } from '#shared/model/incident.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { by, startIncidents, type TestEngine } from './engines.ts';
import { createShelf, emptyDatabase, sqlOn } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
let server: PostgresServer;

const ROUNDS = 20;
/** Limits catch hangs. */
const SOON = { timeout: 20_000, interval: 10 };
const INCIDENT = { kind: 'incident', incidentId: 'INC-20260509-1' } as const;
const LEVER = { kind: 'lever', promptId: 'support' } as const;
const mira = { session: 'session-mira', name: 'Mira' };
const jo = { session: 'session-jo', name: 'Jo' };

describe.skipIf(missing)(`a team on one record${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  afterEach(() => shelf.clean());

  /** Where waiting for somebody to be gone is `faster` times as short. */
  const presenceOn = (records: Records, faster = 1) => {
    const clock = createClock();
    return createPresenceDesk({
      clock: { ...clock, speed: 1, deadline: (ms) => clock.deadline(ms / faster) },
      live: { publish: () => undefined },
      grapevine: records,
    });
  };
  const names = (people: readonly { name: string }[]) => people.map(({ name }) => name);

  describe('who is where', () => {
    it.each([INCIDENT, LEVER])('is told between engines, without a row: %j', async (place) => {
      const url = await emptyDatabase(server.url);
      const [here, there] = [presenceOn(await shelf.open(url)), presenceOn(await shelf.open(url))];
      // Until both listen.
      await expect
        .poll(() => {
          here.beat({ ...mira, place });
          there.beat({ ...jo, place });
          return [names(here.at(place)).toSorted(), names(there.at(place)).toSorted()];
        }, SOON)
        .toEqual([
          ['Jo', 'Mira'],
          ['Jo', 'Mira'],
        ]);
      here.leave({ ...mira, place });
      await expect.poll(() => names(there.beat({ ...jo, place })), SOON).toEqual(['Jo']);
      const { rows } = await sqlOn(
        url,
        'select (select count(*) from applied_batches) + (select count(*) from audit) + (select count(*) from operations) + (select count(*) from timeline) as count',
      );
      expect(rows).toEqual([{ count: '0' }]);
    });

    it('ends by itself on the other engine when nothing more is said', async () => {
      const url = await emptyDatabase(server.url);
      const here = presenceOn(await shelf.open(url));
      const there = presenceOn(await shelf.open(url), PRESENCE.lever.lastsMs / 500);
      await expect
        .poll(() => {
          here.beat({ ...mira, place: LEVER });
          return there.at(LEVER).length;
        }, SOON)
        .toBe(1);
      await expect.poll(() => there.at(LEVER).length, SOON).toBe(0);
    });

    it('is heard again after the connection was cut, and nothing fails meanwhile', async () => {
      const url = await emptyDatabase(server.url);
      const [here, there] = [presenceOn(await shelf.open(url)), presenceOn(await shelf.open(url))];
      for (let round = 0; round < 2; round += 1) {
        const place = { kind: 'lever', promptId: `round-${round}` } as const;
        await sqlOn(
          url,
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'fusebox%' and datname = current_database()",
        );
        await expect
          .poll(() => {
            here.beat({ ...mira, place });
            return names(there.at(place));
          }, SOON)
          .toEqual(['Mira']);
      }
    });
  });

  async function two(): Promise<{ ana: TestEngine; bo: TestEngine; incident: Incident }> {
    const url = await emptyDatabase(server.url);
    const ana = await startIncidents(await shelf.open(url));
    const bo = await startIncidents(await shelf.open(url));
    const incident = await ana.incidents.declare({
      ...by('ana'),
      promptId: 'support',
      reason: 'rude',
      severity: null,
    });
    await shows(bo, incident.id, () => true);
    return { ana, bo, incident };
  }
  const shows = (engine: TestEngine, id: string, check: (incident: Incident) => boolean) =>
    expect.poll(async () => check(await engine.incidents.get(id)), SOON).toBe(true);
  const refusalOf = (result: PromiseSettledResult<unknown>) => {
    expect(result.status).toBe('rejected');
    const reason: unknown = result.status === 'rejected' ? result.reason : null;
    expect(reason).toBeInstanceOf(CommandError);
    return reason as CommandError;
  };

  describe('the seats of an incident', () => {
    it(`${ROUNDS} rounds of two who take the driver seat at once: one has it, the other is told who`, async () => {
      const { ana, bo, incident } = await two();
      const { id: incidentId } = incident;
      for (let round = 0; round < ROUNDS; round += 1) {
        const seat = round % 2 === 0 ? ('driver' as const) : ('scribe' as const);
        // Nobody sits there, and both see it.
        await ana.incidents.setSeat({ ...by('ana'), incidentId, seat, name: null });
        for (const engine of [ana, bo]) await shows(engine, incidentId, (seen) => seen[seat] === null);
        const results = await Promise.allSettled([
          ana.incidents.setSeat({ ...by('ana'), incidentId, seat, name: 'ana' }),
          bo.incidents.setSeat({ ...by('bo'), incidentId, seat, name: 'bo' }),
        ]);
        const winner = results[0]?.status === 'fulfilled' ? 'ana' : 'bo';
        const [loss] = results.filter(({ status }) => status === 'rejected');
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const { code, data } = refusalOf(loss!);
        expect([code, data]).toMatchObject(['CHANGED_SINCE_SHOWN', { by: winner, now: winner }]);
        for (const engine of [ana, bo]) await shows(engine, incidentId, (seen) => seen[seat] === winner);
      }
    }, 120_000);

    it('a handover is in the timeline of both, with what is open', async () => {
      const { ana, bo, incident } = await two();
      await ana.incidents.handOver({
        ...by('ana'),
        incidentId: incident.id,
        to: 'bo',
        text: 'verify is late',
      });
      // The two are read one after the other: for a moment one may be there without the other.
      await expect
        .poll(async () => {
          const { driver, timeline } = await bo.incidents.get(incident.id);
          const lines = timeline.filter(({ kind }) => kind === 'handover');
          return [driver, ...lines.map(({ by: who, text }) => `${who}: ${text}`)];
        }, SOON)
        .toEqual(['bo', 'ana: ana handed over to bo: verify is late']);
    });

    it('a command says what its sender saw: what is on the way to the screen is not overwritten', async () => {
      const { ana, bo, incident } = await two();
      const { id: incidentId } = incident;
      const shown = await bo.incidents.get(incidentId);
      await ana.incidents.setSeverity({ ...by('ana'), incidentId, severity: 'P1' });
      // Bo's engine knows by now; the page in front of Bo does not.
      await shows(bo, incidentId, ({ severity }) => severity === 'P1');
      const late = { incidentId, revisionShown: shown.revision };
      const [refused] = await Promise.allSettled([
        bo.incidents.setSeverity({ ...by('bo'), ...late, severity: 'P3' }),
      ]);
      expect(refusalOf(refused).data).toMatchObject({ by: 'ana', now: 'P1' });
      // Something else of the same incident is no clash, and what was seen may be changed.
      await bo.incidents.triage({ ...by('bo'), ...late, triage: 'provider' });
      const now = await bo.incidents.get(incidentId);
      await bo.incidents.setSeverity({
        ...by('bo'),
        incidentId,
        revisionShown: now.revision,
        severity: 'P3',
      });
      await shows(ana, incidentId, ({ severity, triage }) => severity === 'P3' && triage === 'provider');
    });
  });

  describe('eval cases', () => {
    const content = (name: string): EvalContent => ({
      name,
      suiteId: 'none',
      inputs: [{ name: 'message', text: 'Where is it?' }],
      badOutput: 'Hm.',
      gold: null,
      assertions: [],
      redaction: { replaced: {}, kept: {}, isConfirmed: true },
      source: null,
    });
    const deskOf = (engine: TestEngine): EvalDesk =>
      createEvalDesk(
        {
          records: engine.records,
          clock: createClock(),
          workspace: workspaceDesk(),
          log: quietLog,
          env: {},
        },
        engine.changes,
        engine.incidents,
      );

    it(`${ROUNDS} rounds of two who change one case: nothing is overwritten silently, the second is told who and when`, async () => {
      const { ana, bo, incident } = await two();
      const [hers, his] = [deskOf(ana), deskOf(bo)];
      const first = await hers.save({
        ...by('ana'),
        incidentId: incident.id,
        caseId: null,
        revisionShown: null,
        content: content('begun'),
      });
      for (let round = 0; round < ROUNDS; round += 1) {
        const [now] = await hers.list(incident.id);
        const save = (desk: EvalDesk, name: string) =>
          desk.save({
            ...by(name),
            incidentId: incident.id,
            caseId: first.id,
            revisionShown: now!.revision,
            content: content(`${name} ${round}`),
          });
        const results = await Promise.allSettled([save(hers, 'ana'), save(his, 'bo')]);
        const taken = results.filter((result) => result.status === 'fulfilled');
        expect(taken, `round ${round}`).toHaveLength(1);
        const [stored] = await his.list(incident.id);
        expect(stored).toMatchObject({ revision: now!.revision + 1 });
        expect(stored?.content.name).toBe(taken[0]!.value.content.name);
        const { code, data } = refusalOf(results.find(({ status }) => status === 'rejected')!);
        expect(code).toBe('CHANGED_SINCE_SHOWN');
        expect(data).toMatchObject({ by: stored?.changedBy, atMs: stored?.changedAtMs });
      }
      expect((await ana.records.verifyAudit()).firstBad).toBeNull();
    }, 120_000);

    it('two that are begun at once are two', async () => {
      const { ana, bo, incident } = await two();
      const begin = (engine: TestEngine, name: string) =>
        deskOf(engine).save({
          ...by(name),
          incidentId: incident.id,
          caseId: null,
          revisionShown: null,
          content: content(name),
        });
      const made = await Promise.all([begin(ana, 'ana'), begin(bo, 'bo'), begin(ana, 'ana2')]);
      expect(new Set(made.map(({ id }) => id)).size).toBe(3);
      const stored = await deskOf(bo).list(incident.id);
      expect(stored.map((one) => one.content.name).toSorted()).toEqual(['ana', 'ana2', 'bo']);
      await shows(bo, incident.id, ({ evals }) => evals?.cases === 3);
    });

    it('one that was begun while the database was away keeps its words under the next free number', async () => {
      const { ana, bo, incident } = await two();
      const [hers, his] = [deskOf(ana), deskOf(bo)];
      const begin = (desk: EvalDesk, name: string) =>
        desk.save({
          ...by(name),
          incidentId: incident.id,
          caseId: null,
          revisionShown: null,
          content: content(name),
        });
      server.pause();
      try {
        const both = Promise.all([begin(hers, 'ana'), begin(his, 'bo')]);
        await expect.poll(() => [ana.records.pendingWrites, bo.records.pendingWrites], SOON).toEqual([1, 1]);
        await both;
      } finally {
        server.resume();
      }
      await expect.poll(() => ana.records.pendingWrites + bo.records.pendingWrites, SOON).toBe(0);
      await expect
        .poll(async () => (await his.list(incident.id)).map((one) => one.content.name).toSorted(), SOON)
        .toEqual(['ana', 'bo']);
    }, 120_000);
  });
});
