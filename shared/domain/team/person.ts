import type { Person, Role, Team } from '#shared/model/team.ts';

type OwnedPrompt = { readonly id: string; readonly owner?: string };

/** A name as it is compared: account names differ in case between systems. */
const plain = (name: string) => name.trim().toLowerCase();

const ownedBy = (names: readonly string[], prompts: readonly OwnedPrompt[]): string[] =>
  prompts
    .filter(({ owner }) => owner !== undefined && names.some((name) => plain(name) === plain(owner)))
    .map(({ id }) => id);

/**
 * Who an account name stands for, and what they are here for. Without a team section everybody is admin, so that one person on
 * one machine never meets a refusal.
 */
export function personOf(
  account: string,
  { team, prompts }: { readonly team?: Team; readonly prompts: readonly OwnedPrompt[] },
): Person {
  const everybody = (team?.people ?? []).map(({ name, actor, roles }) => ({
    name,
    roles: unique(roles),
    owns: ownedBy([name, actor ?? name], prompts),
  }));
  if (!team) return { name: account, roles: ['admin'], owns: ownedBy([account], prompts), team: everybody };
  const index = team.people.findIndex(({ name, actor }) => plain(actor ?? name) === plain(account));
  const listed = everybody[index];
  if (listed) return { ...listed, team: everybody };
  return { name: account, roles: [team.others], owns: ownedBy([account], prompts), team: everybody };
}

const unique = (roles: readonly Role[]): Role[] => [...new Set(roles)];
