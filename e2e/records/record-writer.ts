/**
 * A process that writes records as fast as they are acknowledged, and says each on its standard output, until it is killed.
 * Arguments: data directory, connection string (empty for a file), a prefix for its ids.
 */
import { createClock } from '#engine/clock.ts';
import { openRecords } from '#engine/records/open-records.ts';
import { fact, line } from './stores.ts';

const [dataDir = '', url = '', prefix = ''] = process.argv.slice(2);
const log = { info: () => undefined, warn: () => undefined };
const team = url === '' ? null : { url: () => Promise.resolve(url) };
const records = await openRecords({ dataDir, clock: createClock(), log, team });
for (let count = 0; ; count += 1) {
  const id = `${prefix}-${count}`;
  await records.write([line(id, 'INC-1', id), fact(id)]);
  process.stdout.write(`${id}\n`);
}
