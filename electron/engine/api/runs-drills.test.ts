import { describe, expect, it } from 'vitest';
import { workspaceSchema } from '#shared/model/workspace.ts';
import type { Actor } from '../ports.ts';
import type { ApiDesks } from './desks.ts';
import { runsDrills } from './runs-drills.ts';
import { TEAM } from './test-team.ts';

function seesAll(name: string, team?: object, via: Actor['via'] = 'page'): boolean {
  const workspace = workspaceSchema.parse({ version: 1, name: 'w', team, prompts: [] });
  const desks = { workspace: { current: () => workspace } as ApiDesks['workspace'] };
  return runsDrills({ name, via }, desks);
}

describe('who sees what is wrong in a drill under way', () => {
  it.each([
    ['Vera', false],
    ['Rita', false],
    ['Mira', false],
    ['somebody else', false],
    ['Finn', true],
    ['Ada', true],
  ])('%s: %s', (name, isAllowed) => {
    expect(seesAll(name, TEAM)).toBe(isAllowed);
    expect(seesAll(name, TEAM, 'cli')).toBe(isAllowed);
  });

  it('everybody where there is no team, and the engine itself', () => {
    expect(seesAll('anybody')).toBe(true);
    expect(seesAll('Vera', TEAM, 'engine')).toBe(true);
  });
});
