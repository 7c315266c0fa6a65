/**
 * A process that rolls back and kills itself (SIGKILL, as kill -9) around its n-th record write after the press: the crash test of
 * the rollback machine. Arguments: data directory, flag server, "before" or "after", n, operation id.
 */
import { createClock } from '../clock.ts';
import type { Records } from '../records/kind.ts';
import { openRecords } from '../records/open-records.ts';
import { createIncidents } from './create-incidents.ts';
import { faultLever } from './fault-provider.ts';
import { actor, emptyEvidence, leverDesk, quietLog, sourceDesk, workspaceDesk } from './test-bench.ts';

const [dataDir = '', url = '', moment = 'after', count = '0', operationId = ''] = process.argv.slice(2);
const clock = createClock();
const stored = await openRecords({ dataDir, clock, log: quietLog });
let writes = 0;
let isPressed = false;

const die = () => process.kill(process.pid, 'SIGKILL');
const records: Records = {
  ...stored,
  get pendingWrites() {
    return stored.pendingWrites;
  },
  async write(entries) {
    if (isPressed) writes += 1;
    const isTheOne = isPressed && writes === Number(count);
    if (isTheOne && moment === 'before') die();
    await stored.write(entries);
    if (isTheOne && moment === 'after') die();
  },
};

const { incidents, rollbacks } = await createIncidents({
  records,
  clock,
  workspace: workspaceDesk(),
  sources: sourceDesk({ flags: faultLever(url) }),
  levers: leverDesk(),
  evidence: emptyEvidence(),
  live: { publish: () => undefined },
  log: quietLog,
});
await incidents.declare({
  operationId: `${operationId}-declare`,
  actor: actor(),
  promptId: 'support',
  reason: 'crash test',
  severity: null,
});
isPressed = true;
await rollbacks.press({
  operationId,
  actor: actor(),
  promptId: 'support',
  incidentId: null,
  lever: 'flag',
  toVersion: 'v17',
  revisionShown: null,
  reason: null,
  held: false,
  waitMs: 30_000,
});
// What is left over: the notices' own records.
await rollbacks.stop();
process.stdout.write(`finished after ${writes} writes\n`);
process.exit(0);
