import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { faultLever, startFaultProvider } from '#engine/incidents/fault-provider.ts';
import { CommandError } from '#engine/ports.ts';
import type { Incident } from '#shared/model/incident.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { by, startIncidents, type TestEngine } from './engines.ts';
import { createShelf, emptyDatabase, sqlOn } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
let server: PostgresServer;

/** Rounds of two people at two cockpits; a few seconds. */
const ROUNDS = 200;

describe.skipIf(missing)(`two engines on one record${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  afterEach(() => shelf.clean());

  async function two(): Promise<{ url: string; ana: TestEngine; bo: TestEngine }> {
    const url = await emptyDatabase(server.url);
    const ana = await startIncidents(await shelf.open(url));
    const bo = await startIncidents(await shelf.open(url));
    return { url, ana, bo };
  }
  const declare = (engine: TestEngine, name: string) =>
    engine.incidents.declare({ ...by(name), promptId: 'support', reason: `${name} saw it`, severity: null });
  /** Until an engine shows it; limits catch hangs. */
  const shows = (engine: TestEngine, id: string, check: (incident: Incident) => boolean) =>
    expect
      .poll(async () => check(await engine.incidents.get(id)), { timeout: 20_000, interval: 5 })
      .toBe(true);

  let versions = 0;
  const SEVERITIES = ['P1', 'P2', 'P3'] as const;
  const TRIAGES = ['prompt', 'provider', 'upstream-data', 'unknown'] as const;

  /** A command on one thing of the incident, unlike what is shown. */
  function commandFor(round: number, shown: Incident, salt: number) {
    switch (round % 4) {
      case 0: {
        const others = SEVERITIES.filter((one) => one !== shown.severity);
        const severity = others[salt % others.length] ?? 'P1';
        return {
          path: 'severity' as const,
          value: severity,
          run: (engine: TestEngine, name: string) =>
            engine.incidents.setSeverity({ ...by(name), incidentId: shown.id, severity }),
        };
      }
      case 1: {
        const others = TRIAGES.filter((one) => one !== shown.triage);
        const triage = others[salt % others.length] ?? 'prompt';
        return {
          path: 'triage' as const,
          value: triage,
          run: (engine: TestEngine, name: string) =>
            engine.incidents.triage({ ...by(name), incidentId: shown.id, triage }),
        };
      }
      default: {
        versions += 1;
        const version = `v${100 + versions}`;
        return {
          path: 'badVersion' as const,
          value: version,
          run: (engine: TestEngine, name: string) =>
            engine.incidents.identify({ ...by(name), incidentId: shown.id, version }),
        };
      }
    }
  }

  it(`${ROUNDS} rounds of conflicting commands: nothing is overwritten silently, every loser is told who and when`, async () => {
    const { ana, bo } = await two();
    const { id } = await declare(ana, 'ana');
    await shows(bo, id, () => true);
    let refusals = 0;
    let bothTaken = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const shownToAna = await ana.incidents.get(id);
      const shownToBo = await bo.incidents.get(id);
      // Every fifth round on different things: both must be kept.
      const hers = commandFor(round, shownToAna, 0);
      const his = commandFor(round % 5 === 4 ? round + 1 : round, shownToBo, 1);
      const startedMs = Date.now();
      const [a, b] = await Promise.allSettled([hers.run(ana, 'ana'), his.run(bo, 'bo')]);
      const stored = (await ana.records.incident(id))!;
      const sides = [
        { name: 'ana', other: 'bo', command: hers, result: a },
        { name: 'bo', other: 'ana', command: his, result: b },
      ];
      const taken = sides.filter(({ result }) => result.status === 'fulfilled');
      expect(taken.length, `round ${round}`).toBeGreaterThan(0);
      if (hers.path === his.path && hers.value !== his.value) {
        expect(taken.length, `round ${round}: both say it worked, one was overwritten`).toBe(1);
      } else if (taken.length === 2) bothTaken += 1;
      for (const { command } of taken) expect(stored[command.path]).toBe(command.value);
      for (const { result, other, command } of sides) {
        if (result.status === 'fulfilled') continue;
        refusals += 1;
        expect(result.reason).toBeInstanceOf(CommandError);
        const { code, data, message } = result.reason as CommandError;
        expect(code).toBe('CHANGED_SINCE_SHOWN');
        expect(data).toMatchObject({ by: other, now: stored[command.path] });
        expect(data['atMs']).toBeGreaterThanOrEqual(startedMs - 1);
        expect(message).toContain(`changed by ${other}`);
      }
      // Both see the same before they act again.
      for (const engine of [ana, bo]) {
        await shows(engine, id, (seen) =>
          (['severity', 'triage', 'badVersion'] as const).every((path) => seen[path] === stored[path]),
        );
      }
    }
    expect(refusals).toBeGreaterThan(ROUNDS / 2);
    expect(bothTaken).toBeGreaterThan(0);
    const verdict = await ana.records.verifyAudit();
    expect(verdict.firstBad).toBeNull();
    // Every acknowledged command once, every refusal once, and the declaration.
    expect(verdict.entries).toBe(2 * ROUNDS + 1);
  }, 300_000);

  it('an incident that both declare at once is one incident, with what both said', async () => {
    const { ana, bo } = await two();
    const [hers, his] = await Promise.all([declare(ana, 'ana'), declare(bo, 'bo')]);
    expect(his.id).toBe(hers.id);
    expect(await ana.records.incidents({ status: 'any', limit: 10 })).toHaveLength(1);
    const lines = (await ana.records.timeline(hers.id)).map(({ text }) => text).join('\n');
    expect(lines).toContain('ana saw it');
    expect(lines).toContain('bo saw it');
  });

  it('one operation id given to both engines at once is applied once', async () => {
    const { ana, bo } = await two();
    const { id } = await declare(ana, 'ana');
    await shows(bo, id, () => true);
    for (let round = 0; round < 20; round += 1) {
      const command = { ...by('ana'), incidentId: id, text: `note ${round}`, atMs: null };
      await Promise.all([ana.incidents.note(command), bo.incidents.note(command)]);
    }
    const notes = (await ana.records.timeline(id)).filter(({ kind }) => kind === 'note');
    expect(notes.map(({ text }) => text).toSorted()).toEqual(
      Array.from({ length: 20 }, (_, round) => `note ${round}`).toSorted(),
    );
  });

  it('what one writes the other shows and publishes by itself', async () => {
    const { ana, bo } = await two();
    const { id } = await declare(ana, 'ana');
    await shows(bo, id, ({ severity }) => severity === 'P2');
    expect(bo.incidents.openFor('support')?.id).toBe(id);
    await ana.incidents.note({ ...by('ana'), incidentId: id, text: 'looking', atMs: null });
    await shows(bo, id, ({ timeline }) => timeline.some(({ text }) => text === 'looking'));
    expect(bo.published.some((change) => change.entity === 'incident' && change.id === id)).toBe(true);
  });

  it('a connection that was cut misses nothing: it is made up for as soon as there is one again', async () => {
    const { url, ana, bo } = await two();
    const { id } = await declare(ana, 'ana');
    await shows(bo, id, () => true);
    for (let round = 0; round < 5; round += 1) {
      const severity = SEVERITIES[round % 3] ?? 'P1';
      // Everybody's listener is cut; the change is told while nobody listens.
      await sqlOn(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'fusebox listener' and datname = current_database()",
      );
      await ana.incidents.setSeverity({ ...by('ana'), incidentId: id, severity });
      await shows(bo, id, (seen) => seen.severity === severity);
      expect(bo.incidents.openFor('support')?.severity).toBe(severity);
    }
  }, 120_000);

  it('a flip is verified by the engine that made it, and shown by both', async () => {
    const provider = await startFaultProvider();
    try {
      const url = await emptyDatabase(server.url);
      const flags = { flags: faultLever(provider.url) };
      const ana = await startIncidents(await shelf.open(url), flags);
      const bo = await startIncidents(await shelf.open(url), flags);
      const { id } = await declare(ana, 'ana');
      await ana.incidents.identify({ ...by('ana'), incidentId: id, version: 'v18' });
      const command = by('ana');
      await ana.rollbacks.press({
        ...command,
        promptId: 'support',
        incidentId: id,
        lever: 'flag',
        toVersion: 'v17',
        revisionShown: null,
        reason: null,
        held: false,
        waitMs: 20_000,
      });
      await shows(bo, id, ({ rollbacks }) => rollbacks.some(({ state }) => state === 'in-effect'));
      // A second engine that starts now reads nothing back either: this is in other hands.
      await bo.rollbacks.recover();
      await bo.verificationLoop.tick();
      expect((await bo.incidents.get(id)).verification).toBeNull();
      await ana.verificationLoop.tick();
      await shows(bo, id, ({ verification }) => verification !== null);
      expect(
        (await bo.rollbacks.get(command.operationId)).history.some(({ detail }) =>
          detail.includes('restarted'),
        ),
      ).toBe(false);
      expect(provider.writes).toBe(1);
      await Promise.all([ana.rollbacks.stop(), bo.rollbacks.stop()]);
    } finally {
      await provider.close();
    }
  });
});
