import { may } from '#shared/domain/team/may.ts';
import { personOf } from '#shared/domain/team/person.ts';
import type { Actor } from '../ports.ts';
import type { ApiDesks } from './desks.ts';

/** Who may run game days sees what is wrong in the one under way; as the team says now. */
export function runsDrills(actor: Actor, { workspace }: Pick<ApiDesks, 'workspace'>): boolean {
  return actor.via === 'engine' || may(personOf(actor.name, workspace.current()), 'drill.begin', []);
}
