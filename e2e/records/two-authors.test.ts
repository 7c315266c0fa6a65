import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '#engine/clock.ts';
import {
  emptyEvidence,
  leverDesk,
  quietLog,
  sourceDesk,
  workspaceDesk,
} from '#engine/incidents/test-bench.ts';
import { CommandError } from '#engine/ports.ts';
import { createAftermath } from '#engine/postmortem/create-aftermath.ts';
import { createWave2Desk } from '#engine/wave2/wave2-desk.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { by, startIncidents } from './engines.ts';
import { createShelf, emptyDatabase } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
let server: PostgresServer;
const ROUNDS = 100;

describe.skipIf(missing)(`two authors of one postmortem${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  afterEach(() => shelf.clean());

  async function author(url: string) {
    const engine = await startIncidents(await shelf.open(url));
    const deps = {
      records: engine.records,
      clock: createClock(),
      workspace: workspaceDesk(),
      sources: sourceDesk({}),
      levers: leverDesk(),
      evidence: emptyEvidence(),
      live: { publish: () => undefined },
      log: quietLog,
    };
    return { ...engine, ...createAftermath(deps, engine.changes, engine.incidents) };
  }

  it(`${ROUNDS} rounds at two cockpits: no word is overwritten, every loser is told who and when`, async () => {
    const url = await emptyDatabase(server.url);
    const ana = await author(url);
    const bo = await author(url);
    const { id: incidentId } = await ana.incidents.declare({
      ...by('ana'),
      promptId: 'support',
      reason: 'rude',
      severity: null,
    });
    await expect
      .poll(() => bo.incidents.get(incidentId).then(({ id }) => id), { timeout: 20_000, interval: 5 })
      .toBe(incidentId);
    const sections = ['cause', 'summary'] as const;
    let lost = 0;
    let bothKept = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const shown = (await ana.postmortems.get(incidentId)).sections;
      const isSame = round % 3 !== 2;
      const write = (desk: typeof ana, name: string, section: 'cause' | 'summary') =>
        desk.postmortems.saveSection({
          ...by(name),
          incidentId,
          section,
          revisionShown: shown[section]?.revision ?? 0,
          text: `${name} ${round}`,
        });
      const [hers, his] = await Promise.allSettled([
        write(ana, 'ana', sections[0]),
        write(bo, 'bo', isSame ? sections[0] : sections[1]),
      ]);
      const stored = (await ana.records.postmortem(incidentId))!.sections;
      const results = [
        { name: 'ana', other: 'bo', section: sections[0], result: hers },
        { name: 'bo', other: 'ana', section: isSame ? sections[0] : sections[1], result: his },
      ];
      const taken = results.filter(({ result }) => result.status === 'fulfilled');
      expect(taken.length, `round ${round}`).toBe(isSame ? 1 : 2);
      if (!isSame) bothKept += 1;
      for (const { name, section } of taken) expect(stored[section]?.text).toBe(`${name} ${round}`);
      for (const { result, other } of results) {
        if (result.status === 'fulfilled') continue;
        lost += 1;
        expect(result.reason).toBeInstanceOf(CommandError);
        expect(result.reason).toMatchObject({ code: 'CHANGED_SINCE_SHOWN', data: { by: other } });
        expect((result.reason as CommandError).data['atMs']).toEqual(expect.any(Number));
      }
    }
    expect(lost).toBeGreaterThan(ROUNDS / 2);
    expect(bothKept).toBeGreaterThan(ROUNDS / 4);
    expect((await ana.records.verifyAudit()).firstBad).toBeNull();
  }, 300_000);

  it('30 rounds on a second wave: two steps are both kept, of two on one step one is told who and when', async () => {
    const url = await emptyDatabase(server.url);
    const ana = await author(url);
    const bo = await author(url);
    const desk = ({ changes, incidents }: typeof ana) =>
      createWave2Desk(
        { clock: createClock(), workspace: workspaceDesk(), evidence: emptyEvidence() },
        changes,
        incidents,
      );
    const { id: incidentId } = await ana.incidents.declare({
      ...by('ana'),
      promptId: 'support',
      reason: 'parser fails',
      severity: null,
    });
    await desk(ana).open({ ...by('ana'), incidentId, reason: 'the queue grows' });
    await desk(ana).choose({
      ...by('ana'),
      incidentId,
      revisionShown: 0,
      playbook: 'parser',
      isChosen: true,
    });
    let lost = 0;
    for (let round = 0; round < 30; round += 1) {
      const now = (await ana.records.incident(incidentId))?.wave2;
      // Both look at the same before they press.
      await expect
        .poll(async () => (await bo.incidents.get(incidentId)).wave2, { timeout: 20_000, interval: 5 })
        .toEqual(now);
      const isSame = round % 2 === 0;
      const set = (at: typeof ana, name: string, step: string) =>
        desk(at).setStep({
          ...by(name),
          incidentId,
          step,
          state: 'doing',
          owner: `${name} ${round}`,
          reason: null,
          revisionShown: now?.steps[step]?.revision ?? 0,
        });
      const other = isSame ? 'parser/hold' : 'parser/find';
      const [hers, his] = await Promise.allSettled([set(ana, 'ana', 'parser/hold'), set(bo, 'bo', other)]);
      const steps = (await ana.records.incident(incidentId))?.wave2?.steps ?? {};
      const taken = [hers, his].filter(({ status }) => status === 'fulfilled').length;
      expect(taken, `round ${round}`).toBe(isSame ? 1 : 2);
      if (hers.status === 'fulfilled') expect(steps['parser/hold']?.owner).toBe(`ana ${round}`);
      if (his.status === 'fulfilled') expect(steps[other]?.owner).toBe(`bo ${round}`);
      for (const [result, by_] of [
        [hers, 'bo'],
        [his, 'ana'],
      ] as const) {
        if (result.status === 'fulfilled') continue;
        lost += 1;
        expect(result.reason).toMatchObject({ code: 'CHANGED_SINCE_SHOWN', data: { by: by_ } });
      }
    }
    expect(lost).toBe(15);
  }, 120_000);
});
