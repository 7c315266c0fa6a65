import { describe, expect, it } from 'vitest';
import { teamSchema, type Role } from '#shared/model/team.ts';
import { may, refusalFor } from './may.ts';
import { PERMISSIONS } from './permissions.ts';
import { personOf } from './person.ts';

const prompts = [{ id: 'support', owner: 'Mira Okafor' }, { id: 'planner', owner: 'mira' }, { id: 'other' }];
const team = teamSchema.parse({
  people: [
    { name: 'Mira Okafor', actor: 'mira', roles: ['prompt-owner', 'prompt-owner'] },
    { name: 'Jo', roles: ['responder', 'facilitator'] },
  ],
});

describe('who somebody is', () => {
  it('goes by the account, whatever its case; prompts are owned by name or account', () => {
    expect(personOf(' MIRA ', { team, prompts })).toMatchObject({
      name: 'Mira Okafor',
      roles: ['prompt-owner'],
      owns: ['support', 'planner'],
    });
    expect(personOf('jo', { team, prompts }).roles).toEqual(['responder', 'facilitator']);
  });

  it('an account that only calls itself like somebody is somebody else', () => {
    expect(personOf('Mira Okafor', { team, prompts }).roles).toEqual(['viewer']);
  });

  it('without a team everybody is admin, and nothing is refused', () => {
    const person = personOf('anybody', { prompts });
    expect(person).toEqual({ name: 'anybody', roles: ['admin'], owns: [], team: [] });
    for (const procedure of Object.keys(PERMISSIONS)) expect(refusalFor(person, procedure, [])).toBeNull();
  });
});

describe('what somebody may', () => {
  it('is the sum of their roles, never more than admin and never less than viewer', () => {
    const roles: Role[] = ['viewer', 'responder', 'prompt-owner', 'facilitator', 'admin'];
    const holder = (...some: Role[]) => ({ name: 'x', roles: some, owns: ['support'] });
    for (const procedure of Object.keys(PERMISSIONS)) {
      for (const promptIds of [[], ['support'], ['other'], ['support', 'other']]) {
        for (const one of roles) {
          const alone = may(holder(one), procedure, promptIds);
          if (may(holder('viewer'), procedure, promptIds)) expect(alone).toBe(true);
          if (alone) expect(may(holder('admin'), procedure, promptIds)).toBe(true);
          for (const another of roles) {
            expect(may(holder(one, another), procedure, promptIds)).toBe(
              alone || may(holder(another), procedure, promptIds),
            );
          }
        }
      }
    }
    expect(may(holder(), 'rollback.press', ['support'])).toBe(false);
    expect(may(holder('admin'), 'rollback.toggle', ['support'])).toBe(false);
  });

  it('says what to do where nobody may', () => {
    const helpless = teamSchema.parse({ people: [{ name: 'Vera', roles: ['viewer'] }] });
    expect(refusalFor(personOf('vera', { team: helpless, prompts }), 'rollback.press', ['support'])).toEqual({
      reason: 'Vera (viewer) may not move the levers of support.',
      who: [],
      fix: 'Nobody under `team:` in the workspace file may: give somebody the role.',
    });
  });
});
