import { rmSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { workspaceSchema } from '#shared/model/workspace.ts';
import { createClock } from '../clock.ts';
import { startFakeUnleash } from '../connectors/unleash/fake-unleash.ts';
import { unleashSettingsSchema } from '../connectors/unleash/settings.ts';
import { unleashConnector } from '../connectors/unleash/unleash.ts';
import { createIncidents } from '../incidents/create-incidents.ts';
import { emptyEvidence, leverDesk, quietLog, sourceDesk, temporaryFolder } from '../incidents/test-bench.ts';
import { openRecords } from '../records/open-records.ts';
import { createPolicies } from './create-policies.ts';
import { alarm } from './policy-bench.ts';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

it('a WATCH holds the share that Unleash gives, a page turns its flag off, over HTTP and in real time', async () => {
  const clock = createClock();
  const server = await startFakeUnleash();
  const dataDir = temporaryFolder();
  const instance = await unleashConnector.create(
    {
      id: 'unleash',
      settings: unleashSettingsSchema.parse({ baseUrl: `${server.url}/base`, token: { env: 'TOKEN' } }),
    },
    {
      clock,
      fetch: globalThis.fetch,
      readSecret: () => Promise.resolve(server.token),
      log: quietLog,
      dataDir,
    },
  );
  const workspace = workspaceSchema.parse({
    version: 1,
    name: 'test',
    prompts: [
      {
        id: 'support',
        service: 'support-api',
        control: 'v17',
        candidate: 'v18',
        versions: [{ id: 'v17' }, { id: 'v18' }],
        flag: { source: 'unleash', key: 'support_prompt' },
        policies: { freezeRampOnWatch: true, killswitchOnPage: true, vetoSeconds: 1 },
      },
    ],
  });
  const records = await openRecords({ dataDir, clock, log: quietLog });
  const base = {
    records,
    clock,
    workspace: {
      current: () => workspace,
      prompt: (id: string) => workspace.prompts.find((prompt) => prompt.id === id) ?? null,
      versions: async () => [],
      problems: () => [],
      path: null,
    },
    sources: sourceDesk({ unleash: instance }),
    log: quietLog,
  };
  const { incidents, rollbacks } = await createIncidents({
    ...base,
    levers: leverDesk(),
    evidence: emptyEvidence(),
    live: { publish: () => undefined },
  });
  let changed: () => void = () => undefined;
  const policies = createPolicies({ ...base, incidents, rollbacks, onChange: () => changed() });
  policies.start();
  cleanups.push(async () => {
    await policies.stop();
    await rollbacks.stop();
    await records.close();
    await instance.close();
    await server.close();
    rmSync(dataDir, { recursive: true });
  });
  const ended = (kind: string) =>
    new Promise((resolve) => {
      changed = () => {
        const action = policies.actions('support').find((each) => each.kind === kind);
        if (action?.state === 'done' || action?.state === 'failed') resolve(action);
      };
    });
  const raise = (over: Parameters<typeof alarm>[1]) =>
    policies.onAlarm({ promptId: 'support', alarm: alarm(clock, over), candidate: 'v18', incidentId: null });

  const held = ended('freeze-ramp');
  await raise({ class: 'watch', rule: 'one-at-watch' });
  expect(await held).toMatchObject({ state: 'done', outcome: expect.stringContaining('v18 is held at 5 %') });
  expect(server.environment.strategies[0]?.variants.map(({ weight }) => weight)).toEqual([950, 50]);
  expect(server.events).toEqual([]);

  const rolledBack = ended('killswitch');
  await raise({});
  expect(await rolledBack).toMatchObject({ state: 'done' });
  expect(server.environment.enabled).toBe(false);
  expect(server.events.map(({ type }) => type)).toEqual(['feature-environment-disabled']);
});
