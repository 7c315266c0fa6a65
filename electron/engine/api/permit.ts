import type { Contract } from '#shared/contract/contract.ts';
import { may, refusalFor } from '#shared/domain/team/may.ts';
import { PERMISSIONS, type Permission } from '#shared/domain/team/permissions.ts';
import { personOf } from '#shared/domain/team/person.ts';
import { type Actor, CommandError } from '../ports.ts';
import type { ApiDesks } from './desks.ts';
import { promptsOf } from './prompts-of.ts';

type ProcedureOf<N extends keyof Contract> = `${N}.${Extract<keyof Contract[N], string>}`;
type ContractProcedure = { [N in keyof Contract]: ProcedureOf<N> }[keyof Contract];

/** Does not compile while a procedure of the contract has no permission of its own. */
const DECLARED: Readonly<Record<string, Permission>> = PERMISSIONS satisfies Readonly<
  Record<ContractProcedure, Permission>
>;

/**
 * The one place where roles are enforced: every call over every transport comes through here before its handler. Answers with the
 * caller as the record shall name them. Throws CommandError REFUSED with who may instead, and writes that down where something
 * would have been changed. What the engine does by itself is its own doing and has no role.
 */
export function createPermit(desks: Pick<ApiDesks, 'workspace' | 'records' | 'clock'>) {
  const { workspace, records, clock } = desks;

  return async function permit(path: readonly string[], actor: Actor, input: unknown): Promise<Actor> {
    if (actor.via === 'engine') return actor;
    const procedure = path.join('.');
    const person = personOf(actor.name, workspace.current());
    const named = { ...actor, name: person.name };
    // Whose prompt it is matters only to those who may do it to their own alone.
    if (may(person, procedure, [])) return named;
    const promptIds = await promptsOf(input, records);
    const refusal = refusalFor(person, procedure, promptIds);
    if (refusal === null) return named;
    if (DECLARED[procedure] !== 'look') {
      await records.write([
        {
          kind: 'audit',
          value: {
            atMs: clock.nowMs(),
            monotonicMs: clock.monotonicMs(),
            actor: person.name,
            via: actor.via,
            operationId: operationIdOf(input),
            phase: 'fact',
            what: `${procedure} ${promptIds.join(' ')}: not permitted, ${refusal.reason}`,
            before: null,
            after: { roles: person.roles },
          },
        },
      ]);
    }
    throw new CommandError('REFUSED', `${refusal.reason} ${refusal.fix}`, {
      reason: refusal.reason,
      fix: refusal.fix,
      who: [...refusal.who],
    });
  };
}

function operationIdOf(input: unknown): string | null {
  const id = typeof input === 'object' && input !== null && 'operationId' in input ? input.operationId : null;
  return typeof id === 'string' ? id.slice(0, 64) : null;
}
