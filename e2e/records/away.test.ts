import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '#engine/clock.ts';
import { faultLever, startFaultProvider } from '#engine/incidents/fault-provider.ts';
import type { Records } from '#engine/records/kind.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../support/servers/tcp-proxy.ts';
import { by, startIncidents } from './engines.ts';
import { createShelf, emptyDatabase, fact, line } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
let server: PostgresServer;
let proxy: TcpProxy;

/** Until it is so; the limit catches hangs. */
const until = (check: () => Promise<boolean> | boolean) =>
  expect.poll(async () => check(), { timeout: 30_000, interval: 20 }).toBe(true);

describe.skipIf(missing)(`a team's record that is away${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
    proxy = await startTcpProxy(server.port);
  });
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  afterEach(() => shelf.clean());

  const through = (url: string) => url.replace(`:${server.port}/`, `:${proxy.port}/`);
  const isBack = (records: Records) => until(() => records.problem() === null && records.pendingWrites === 0);

  /** Every id once, in the order it was acknowledged, in the timeline and in an audit trail that fits together. */
  async function expectOnce(records: Records, ids: readonly string[]) {
    const lines = (await records.timeline('INC-1')).map(({ id }) => id);
    expect(lines.toSorted()).toEqual([...ids].toSorted());
    const said = (await records.audit({ fromSeq: 1, limit: 100_000 })).map(({ what }) => what);
    expect(said).toEqual(ids);
    expect((await records.verifyAudit()).firstBad).toBeNull();
  }

  it('the answer to the commit lost, 100 times: nothing lost, nothing doubled', async () => {
    const url = await emptyDatabase(server.url);
    // Ten times as fast, so that the second between two tries is a tenth of one.
    const records = await shelf.open(through(url), { clock: createClock(10) });
    const before = proxy.swallowed();
    const ids: string[] = [];
    for (let round = 0; round < 100; round += 1) {
      const id = `round-${round}`;
      ids.push(id);
      proxy.swallowAnswerTo('commit');
      await records.write([line(id, 'INC-1', id), fact(id)]);
      await isBack(records);
    }
    expect(proxy.swallowed() - before).toBe(100);
    await expectOnce(await shelf.open(url), ids);
  }, 300_000);

  it('stopped and started again and again while an engine writes: nothing lost, nothing doubled, all in order', async () => {
    const url = await emptyDatabase(server.url);
    const records = await shelf.open(url);
    const ids: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const stopping = server.shutDown();
      for (let index = 0; index < 10; index += 1) {
        const id = `round-${round}-${index}`;
        ids.push(id);
        await records.write([line(id, 'INC-1', id), fact(id)]);
      }
      await stopping;
      const known = (await records.timeline('INC-1')).map(({ id }) => id);
      // What waits here can be read as if it were there.
      if (records.problem() !== null) expect(known).toContain(ids.at(-1));
      await server.restart();
      await isBack(records);
    }
    await expectOnce(await shelf.open(url), ids);
  }, 300_000);

  it('an incident goes on, a rollback works, and all of it arrives; what others did meanwhile stays and is said', async () => {
    const provider = await startFaultProvider();
    try {
      const url = await emptyDatabase(server.url);
      const ana = await startIncidents(await shelf.open(through(url)), { flags: faultLever(provider.url) });
      const bo = await startIncidents(await shelf.open(url));
      const { id } = await ana.incidents.declare({
        ...by('ana'),
        promptId: 'support',
        reason: 'bad',
        severity: 'P2',
      });
      await until(() => bo.incidents.openFor('support')?.id === id);
      await proxy.goDown();
      await ana.incidents.setSeverity({ ...by('ana'), incidentId: id, severity: 'P1' });
      await ana.incidents.triage({ ...by('ana'), incidentId: id, triage: 'prompt' });
      expect(ana.records.problem()).toContain("The team's record cannot be reached");
      const command = by('ana');
      const pressed = await ana.rollbacks.press({
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
      expect(pressed.state).toBe('in-effect');
      expect(provider.writes).toBe(1);
      // The same press again is answered, not done again, though the record is away.
      expect((await ana.rollbacks.get(command.operationId)).state).toBe('in-effect');
      await bo.incidents.setSeverity({ ...by('bo'), incidentId: id, severity: 'P3' });

      await proxy.comeBack();
      await isBack(ana.records);
      const seen = (await bo.records.incident(id))!;
      expect(seen).toMatchObject({
        severity: 'P3',
        triage: 'prompt',
        decided: { outcome: 'roll-back', by: 'ana' },
      });
      const lines = (await bo.records.timeline(id)).map(({ text }) => text);
      expect(lines).toContain(
        "while the team's record was away, ana's change of severity did not take effect: bo had set it to P3",
      );
      expect((await bo.records.rollback(command.operationId))?.rollback.state).toBe('in-effect');
      await until(async () => (await ana.incidents.get(id)).severity === 'P3');
      await until(async () => (await bo.incidents.get(id)).triage === 'prompt');
      expect(await bo.records.verifyAudit()).toMatchObject({ firstBad: null, openIntents: [] });
      expect(provider.writes).toBe(1);
      await ana.rollbacks.stop();
    } finally {
      await provider.close();
    }
  }, 120_000);

  it('kill -9 while the record is away: what was acknowledged arrives with the next start, once', async () => {
    const url = await emptyDatabase(server.url);
    await shelf.close(await shelf.open(url));
    const dataDir = shelf.folder();
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      await proxy.goDown();
      const writer = spawn(
        process.execPath,
        [join(import.meta.dirname, 'record-writer.ts'), dataDir, through(url), `round-${round}`],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let said = '';
      writer.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8');
        if (said.split('\n').length > 20) writer.kill('SIGKILL');
      });
      await once(writer, 'close');
      ids.push(...said.split('\n').filter((id) => id !== ''));
      await proxy.comeBack();
    }
    const records = await shelf.open(through(url), { dataDir });
    await isBack(records);
    const arrived = (await records.timeline('INC-1')).map(({ id }) => id);
    expect(arrived).toEqual(expect.arrayContaining(ids));
    expect(new Set(arrived).size).toBe(arrived.length);
    const audit = (await records.audit({ fromSeq: 1, limit: 10_000 })).map(({ what }) => what);
    // A write that was killed before it was acknowledged may be there too, whole and once.
    expect(audit.toSorted()).toEqual(arrived.toSorted());
    expect((await records.verifyAudit()).firstBad).toBeNull();
  }, 120_000);
});
