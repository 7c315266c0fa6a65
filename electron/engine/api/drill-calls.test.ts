import { createRouterClient } from '@orpc/server';
import { describe, expect, it } from 'vitest';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { ScenarioSummary } from '#shared/model/drill.ts';
import type { Actor } from '../ports.ts';
import type { ApiDesks } from './desks.ts';
import { drillCalls } from './drill-calls.ts';
import { TEAM } from './test-team.ts';

const SECRET: ScenarioSummary = {
  id: 'leak-05-stale-workers',
  title: 'Half of it is back',
  kind: 'leak',
  leak: 5,
  purpose: 'Half the workers still serve the bad version.',
  brief: 'You are on call.',
  minutes: 40,
  prompts: ['support'],
  source: 'library',
  bundleOf: null,
};
function scenariosFor(name: string, team?: object, via: Actor['via'] = 'page') {
  const workspace = workspaceSchema.parse({ version: 1, name: 'w', team, prompts: [] });
  const desks = {
    workspace: { current: () => workspace },
    drills: { scenarios: async () => [SECRET] },
  } as unknown as ApiDesks;
  const calls = { scenarios: drillCalls(desks).scenarios };
  return createRouterClient(calls, { context: { actor: { name, via } } }).scenarios();
}

describe('the library', () => {
  it.each(['Finn', 'Ada'])('tells %s, who may run game days, everything', async (name) => {
    expect(await scenariosFor(name, TEAM)).toEqual([SECRET]);
  });

  it.each(['Vera', 'Rita', 'Mira', 'somebody else'])('tells %s title, brief and length', async (name) => {
    for (const via of ['page', 'cli'] as const) {
      const [told] = await scenariosFor(name, TEAM, via);
      expect(told).toMatchObject({ title: SECRET.title, brief: SECRET.brief, minutes: 40 });
      expect(told).toMatchObject({ kind: null, leak: null, purpose: '', prompts: [] });
      expect(JSON.stringify(told)).not.toMatch(/stale|workers|leak-05/);
    }
  });

  it('tells everything to everybody where there is no team', async () => {
    expect(await scenariosFor('anybody')).toEqual([SECRET]);
  });
});
