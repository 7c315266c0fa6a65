import { afterEach, describe, expect, it } from 'vitest';
import { NOTHING_EARLIER } from '#shared/model/incident.ts';
import { createFakeClock } from '../fake-clock.ts';
import { openRecords } from '../records/open-records.ts';
import { createIncidents } from './create-incidents.ts';
import { createScriptedProvider } from './scripted-provider.ts';
import {
  actor,
  emptyEvidence,
  leverDesk,
  operationId,
  quietLog,
  sourceDesk,
  temporaryFolder,
  workspaceDesk,
} from './test-bench.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function bench(
  sights: readonly { version: string; firstSeenMs: number; lastStartedMs: number }[] = [],
) {
  const clock = createFakeClock();
  const records = await openRecords({ dataDir: temporaryFolder(), clock, log: quietLog });
  const provider = createScriptedProvider(clock);
  const { incidents, rollbacks } = await createIncidents({
    records,
    clock,
    workspace: workspaceDesk(),
    sources: sourceDesk({ flags: provider.instance }),
    levers: leverDesk(),
    evidence: emptyEvidence({
      versionTimes: async () =>
        sights.map((sight) => ({ ...sight, sha: null, lastEndedMs: sight.lastStartedMs })),
    }),
    live: { publish: () => undefined },
    log: quietLog,
  });
  cleanups.push(async () => {
    await rollbacks.stop();
    await records.close();
  });
  const command = () => ({ operationId: operationId(), actor: actor() });
  const declared = async (promptId: string, version: string) => {
    const { id } = await incidents.declare({ ...command(), promptId, reason: 'rude', severity: null });
    return incidents.identify({ ...command(), incidentId: id, version });
  };
  return { incidents, rollbacks, command, declared };
}

describe('a bad version that everybody gets', () => {
  it('gets no advice to roll back where nothing earlier is known, and no plan that could be pressed', async () => {
    const at = await bench();
    const incident = await at.declared('bare', 'v1');
    expect(incident).toMatchObject({
      badVersion: 'v1',
      goodVersion: NOTHING_EARLIER,
      noWayBack: expect.stringContaining('Nothing earlier is known to serve'),
      decision: { advice: 'undecided' },
    });
    const triaged = await at.incidents.triage({ ...at.command(), incidentId: incident.id, triage: 'prompt' });
    expect(triaged.decision).toMatchObject({ advice: 'forward-fix' });
    const plan = await at.rollbacks.plan({ promptId: 'bare', lever: null, toVersion: null });
    expect(plan.blocked).toContain('Nothing earlier is known to serve');
  });

  it('goes back to what served before, as far as a lever reaches it', async () => {
    const at = await bench([
      { version: 'v16', firstSeenMs: 1, lastStartedMs: 5 },
      { version: 'v17', firstSeenMs: 4, lastStartedMs: 9 },
    ]);
    const incident = await at.declared('support', 'v17');
    expect(incident).toMatchObject({
      goodVersion: 'v16',
      noWayBack: expect.stringContaining("the flag's off state serves v17"),
    });
  });

  it('an ordinary candidate goes back to the control', async () => {
    const at = await bench();
    const incident = await at.declared('support', 'v18');
    expect(incident).toMatchObject({ goodVersion: 'v17', noWayBack: null });
  });
});
