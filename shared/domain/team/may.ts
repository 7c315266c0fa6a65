import type { Person, Role } from '#shared/model/team.ts';
import { permissionOf, type Permission } from './permissions.ts';

/** Somebody with their roles and the ids of the prompts they own. */
type Holder = Pick<Person, 'name' | 'roles' | 'owns'>;

/** Why somebody may not, who may, and what to do about it. */
export type Refusal = { readonly reason: string; readonly who: readonly string[]; readonly fix: string };

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  viewer: 'viewer',
  responder: 'responder',
  'prompt-owner': 'prompt owner',
  facilitator: 'facilitator',
  admin: 'admin',
};

/**
 * The one decision: may this person call this procedure? `promptIds` are the prompts that the call is about; a prompt owner needs
 * to own each of them. A procedure that was never declared is refused to everybody.
 */
export function may(person: Holder, procedure: string, promptIds: readonly string[]): boolean {
  const permission = permissionOf(procedure);
  return permission !== null && person.roles.some((role) => allows(role, permission, person, promptIds));
}

function allows(role: Role, permission: Permission, { owns }: Holder, promptIds: readonly string[]): boolean {
  if (role === 'admin' || permission === 'look') return true;
  if (permission === 'administer') return false;
  if (permission === 'exercise') return role === 'facilitator';
  if (role === 'responder') return true;
  return role === 'prompt-owner' && promptIds.length > 0 && promptIds.every((id) => owns.includes(id));
}

/** Null = they may. Names those of the team who may instead. */
export function refusalFor(person: Person, procedure: string, promptIds: readonly string[]): Refusal | null {
  if (may(person, procedure, promptIds)) return null;
  if (permissionOf(procedure) === null) {
    return {
      reason: `Nobody may call ${procedure}: it has no declared permission.`,
      who: [],
      fix: 'This is a mistake in Fusebox. Report it.',
    };
  }
  const who = person.team
    .filter((one) => may(one, procedure, promptIds))
    .map(({ name, roles }) => `${name} (${roleWords(roles)})`);
  const own = person.roles.includes('prompt-owner') ? ' Prompt owners act on their own prompts.' : '';
  return {
    reason: `${person.name} (${roleWords(person.roles)}) may not ${deedOf(procedure, promptIds)}.${own}`,
    who,
    fix:
      who.length === 0
        ? 'Nobody under `team:` in the workspace file may: give somebody the role.'
        : `Ask ${listed(who)}. Roles are set under \`team:\` in the workspace file.`,
  };
}

/** "responder, facilitator" */
export function roleWords(roles: readonly Role[]): string {
  return roles.map((role) => ROLE_WORDS[role]).join(', ');
}

function deedOf(procedure: string, promptIds: readonly string[]): string {
  const prompts = promptIds.length === 0 ? 'this prompt' : promptIds.join(' and ');
  switch (permissionOf(procedure)) {
    case 'exercise':
      return procedure.startsWith('demo.') ? 'run the demonstration' : 'run game days';
    case 'administer':
      return 'act for the whole team';
    default:
      return procedure.startsWith('rollback.')
        ? `move the levers of ${prompts}`
        : `work on incidents of ${prompts}`;
  }
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}
