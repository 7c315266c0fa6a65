/** Holds the lock of a data directory until it is killed: the second process of the lock's test. Says "held" or who holds it. */
import { acquireLock } from './lock.ts';

const [dataDir = ''] = process.argv.slice(2);
const attempt = acquireLock(dataDir, {
  pid: process.pid,
  host: 'web',
  startedAtMs: Date.UTC(2026, 4, 9, 14, 0, 0),
  address: 'http://127.0.0.1:4100',
});
process.stdout.write(`${attempt.ok ? 'held' : attempt.message}\n`);
if (attempt.ok) process.stdin.resume();
