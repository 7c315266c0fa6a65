import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createClock } from '#engine/clock.ts';
import { faultLever, startFaultProvider } from '#engine/incidents/fault-provider.ts';
import { quietLog, sourceDesk, workspaceDesk } from '#engine/incidents/test-bench.ts';
import { createPolicies } from '#engine/policies/create-policies.ts';
import { alarm } from '#engine/policies/policy-bench.ts';
import type { PolicyDesk } from '#engine/ports.ts';
import { promptPoliciesSchema } from '#shared/model/workspace.ts';
import { missingPostgresReason, startPostgres, type PostgresServer } from '../support/servers/postgres.ts';
import { by, startIncidents, type TestEngine } from './engines.ts';
import { createShelf, emptyDatabase } from './stores.ts';

const missing = await missingPostgresReason();
const shelf = createShelf();
let server: PostgresServer;
let provider: Awaited<ReturnType<typeof startFaultProvider>>;
const desks: { stop(): Promise<void> }[] = [];

const VETO_SECONDS = 3;
/** Limits catch hangs. */
const SOON = { timeout: 30_000, interval: 50 };

type Cockpit = TestEngine & { readonly policies: PolicyDesk };

/** A cockpit whose killswitch is on. */
async function cockpit(url: string): Promise<Cockpit> {
  const records = await shelf.open(url);
  const lever = { flags: faultLever(provider.url) };
  const engine = await startIncidents(records, lever);
  const policies = createPolicies({
    ...engine,
    clock: createClock(),
    sources: sourceDesk(lever),
    log: quietLog,
    workspace: {
      prompt: (id) => {
        const prompt = workspaceDesk().prompt(id);
        const on = promptPoliciesSchema.parse({ killswitchOnPage: true, vetoSeconds: VETO_SECONDS });
        return prompt && { ...prompt, policies: on };
      },
    },
    onChange: () => undefined,
  });
  policies.start();
  desks.push(policies, engine.rollbacks);
  return { ...engine, policies };
}

const newest = ({ policies }: Cockpit) => policies.actions('support')[0] ?? null;
const stateIn = (one: Cockpit) => expect.poll(() => newest(one)?.state, SOON);

/** A page, its incident, and what each of these cockpits does about it. */
async function page(first: Cockpit, ...others: readonly Cockpit[]): Promise<void> {
  const { id } = await first.incidents.declare({
    ...by('fusebox'),
    promptId: 'support',
    reason: 'complaints',
    severity: null,
  });
  const raised = alarm(createClock());
  const about = { promptId: 'support', alarm: raised, candidate: 'v18', incidentId: id };
  for (const other of others) await expect.poll(() => other.incidents.openFor('support')?.id, SOON).toBe(id);
  await Promise.all([first, ...others].map(({ policies }) => policies.onAlarm(about)));
}

describe.skipIf(missing)(`the killswitch of a team${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    provider = await startFaultProvider();
  });
  afterEach(async () => {
    for (const desk of desks.splice(0)) await desk.stop();
    await shelf.clean();
    await provider.close();
  });
  async function two(): Promise<{ ana: Cockpit; bo: Cockpit }> {
    const url = await emptyDatabase(server.url);
    return { ana: await cockpit(url), bo: await cockpit(url) };
  }

  it('is seen in the other cockpit, and a veto there stops it', async () => {
    const { ana, bo } = await two();
    await page(ana);
    await stateIn(bo).toBe('announced');
    const policyActionId = newest(bo)?.id ?? '';
    await bo.policies.veto({ ...by('bo'), policyActionId });
    await stateIn(ana).toBe('vetoed');
    expect(newest(ana)).toMatchObject({ id: policyActionId, vetoedBy: 'bo' });
    // Past its time, and past the time at which the other one would take over.
    await new Promise((resolve) => setTimeout(resolve, (VETO_SECONDS + 12) * 1_000));
    expect(provider.writes).toBe(0);
    expect((await ana.records.verifyAudit()).firstBad).toBeNull();
  });

  it('that both call for at once flips once', async () => {
    const { ana, bo } = await two();
    await page(ana, bo);
    await stateIn(ana).toBe('done');
    await stateIn(bo).toBe('done');
    expect(provider.writes).toBe(1);
    expect(await ana.records.policyActions({ sinceMs: 0 })).toHaveLength(1);
  });

  it('of a cockpit that died is carried out by the other', async () => {
    const { ana, bo } = await two();
    await page(ana);
    await stateIn(bo).toBe('announced');
    await ana.policies.stop();
    await shelf.close(ana.records);
    await stateIn(bo).toBe('done');
    expect(provider.writes).toBe(1);
  });
});
