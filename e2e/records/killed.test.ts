import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClock } from '#engine/clock.ts';
import { MIGRATIONS } from '#engine/records/migrations.ts';
import { RECORD_FILE } from '#engine/records/open-records.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { createShelf, emptyDatabase, incidentRecord, upgradeStore } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
let server: PostgresServer;

/** A round is a process and its death. */
const ROUNDS = 200;
const AT_ONCE = 2;

/** Runs a second process until it dies; what it said. `onFirstWord` is called once. */
async function run(program: string, args: readonly string[], onFirstWord?: (kill: () => void) => void) {
  const child = spawn(process.execPath, [join(import.meta.dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (said === '') onFirstWord?.(() => child.kill('SIGKILL'));
    said += chunk.toString('utf8');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  // A line that the kill cut in two was not heard.
  const words = said.slice(0, said.lastIndexOf('\n') + 1).split('\n');
  return { words: words.filter((word) => word !== ''), isKilled: signal === 'SIGKILL' };
}

describe.skipIf(missing)(`kill -9 of an engine${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  afterEach(() => shelf.clean());

  it.each(['file', 'PostgreSQL'])(
    `${ROUNDS} rounds on a %s: every acknowledged record is there, once, whole, in a trail that fits`,
    async (store) => {
      const url = store === 'file' ? '' : await emptyDatabase(server.url);
      let acknowledged = 0;
      const chain = async (lane: number) => {
        const dataDir = shelf.folder();
        const ids: string[] = [];
        for (let round = lane; round < ROUNDS; round += AT_ONCE) {
          const { words, isKilled } = await run('record-writer.ts', [dataDir, url, `r${round}`], (kill) => {
            // Somewhere in what follows: other moments in every round.
            setTimeout(kill, 5 + ((round * 37) % 60));
          });
          expect(isKilled).toBe(true);
          expect(words.length).toBeGreaterThan(0);
          ids.push(...words);
        }
        const records = await shelf.open(url === '' ? null : url, { dataDir });
        expect(records.problem()).toBeNull();
        const lines = (await records.timeline('INC-1')).map(({ id }) => id);
        const audit = (await records.audit({ fromSeq: 1, limit: 1_000_000 })).map(({ what }) => what);
        const missingIds = ids.filter((id) => !lines.includes(id) || !audit.includes(id));
        expect(missingIds).toEqual([]);
        expect(new Set(audit).size).toBe(audit.length);
        // A line and its audit entry were one write: there are both or neither.
        expect(lines.toSorted()).toEqual(audit.toSorted());
        expect((await records.verifyAudit()).firstBad).toBeNull();
        acknowledged += ids.length;
      };
      if (url === '') await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => chain(lane)));
      else for (let lane = 0; lane < AT_ONCE; lane += 1) await chain(lane);
      expect(acknowledged).toBeGreaterThanOrEqual(ROUNDS);
      process.stdout.write(`${store}: ${acknowledged} acknowledged in ${ROUNDS} rounds, 0 lost\n`);
    },
    1_200_000,
  );

  const steps = MIGRATIONS.slice(1).flatMap(({ id }) =>
    (['before', 'after'] as const).map((moment) => ({ id, moment })),
  );
  it.each(['file', 'PostgreSQL'])(
    `in every step of an upgrade of a %s: the next start goes on from there, with everything kept`,
    async (store) => {
      const clock = createClock();
      for (const { id, moment } of steps) {
        const dataDir = shelf.folder();
        const url = store === 'file' ? '' : await emptyDatabase(server.url);
        const path = join(dataDir, RECORD_FILE);
        // As the first version left it.
        await upgradeStore({ path, url, clock, migrations: MIGRATIONS.slice(0, 1), also: oldIncident });
        const { isKilled } = await run('schema-upgrader.ts', [dataDir, url, String(id), moment]);
        expect(isKilled, `${moment} ${id}`).toBe(true);
        const records = await shelf.open(url === '' ? null : url, { dataDir });
        expect(records.problem()).toBeNull();
        expect(await records.incident('INC-old')).toEqual(incidentRecord('INC-old'));
        await records.write([{ kind: 'incident', value: incidentRecord('INC-new') }]);
        expect(
          (await records.incidents({ status: 'any', limit: 10 })).map((one) => one.id).toSorted(),
        ).toEqual(['INC-new', 'INC-old']);
        await shelf.close(records);
      }
    },
    600_000,
  );
});

/** A row of the first schema. */
const oldIncident = {
  id: 'INC-old',
  prompt_id: 'support',
  status: 'open',
  declared_at_ms: 1_778_335_200_000,
  body: JSON.stringify(incidentRecord('INC-old')),
};
