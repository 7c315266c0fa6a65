/**
 * A process that brings a store forward and kills itself (SIGKILL) in the given migration, before its first statement or after its
 * last. Arguments: data directory, connection string (empty for a file), migration id, "before" or "after".
 */
import { join } from 'node:path';
import { createClock } from '#engine/clock.ts';
import { MIGRATIONS } from '#engine/records/migrations.ts';
import { RECORD_FILE } from '#engine/records/open-records.ts';
import { upgradeStore } from './stores.ts';

const [dataDir = '', url = '', id = '', moment = ''] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');
const migrations = MIGRATIONS.map((migration) => ({
  ...migration,
  async up(trx: Parameters<(typeof MIGRATIONS)[number]['up']>[0]) {
    const isTheOne = migration.id === Number(id);
    if (isTheOne && moment === 'before') die();
    await migration.up(trx);
    if (isTheOne && moment === 'after') die();
  },
}));
await upgradeStore({ path: join(dataDir, RECORD_FILE), url, clock: createClock(), migrations });
