import { openWave2 } from '#shared/domain/wave2/clock.ts';
import { plannedChecklists, PLAYBOOKS } from '#shared/domain/wave2/playbooks.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Wave2, Wave2StepState } from '#shared/model/wave2.ts';
import type { IncidentChange, IncidentEdit } from '../incidents/change-incident.ts';
import type { IncidentDeps } from '../incidents/deps.ts';
import type { Command, IncidentDesk } from '../ports.ts';
import { refused, requireRevision } from '../postmortem/conflict.ts';
import type { Wave2Desk } from './kind.ts';
import { createWave2Look } from './look.ts';

const STATE_WORDS: Record<Wave2StepState, string> = {
  open: 'open again',
  doing: 'begun',
  done: 'done',
  'not-needed': 'not needed',
};
const UNTOUCHED = { revision: 0, by: null, atMs: null };
/** Enough for every tenant of a large customer base; a name more is a mistake of the caller. */
const MAX_TENANTS = 5_000;

/** What people do about a second wave. It stands with the incident, each step, playbook and tenant with a revision of its own. */
export function createWave2Desk(
  deps: Pick<IncidentDeps, 'clock' | 'evidence' | 'workspace'>,
  changes: IncidentChange,
  incidents: Pick<IncidentDesk, 'get'>,
): Wave2Desk {
  const { clock } = deps;

  /** One change of a second wave that is there. */
  function edit(
    command: Command & { readonly incidentId: string },
    what: string,
    kind: 'wave-2' | 'repair',
    work: (
      wave2: Wave2,
    ) => { readonly next: Wave2; readonly text: string } & Pick<IncidentEdit, 'before' | 'after'>,
  ): Promise<Incident> {
    return changes.amend(command, what, (record) => {
      if (!record.wave2) {
        throw refused('This incident has no second wave.', 'Open wave 2 first, with the reason.');
      }
      const { next, text, ...values } = work(record.wave2);
      return {
        record: { ...record, wave2: next },
        lines: [{ kind, by: command.actor.name, text }],
        says: text,
        ...values,
      };
    });
  }

  /** Who changes it now, counted up from what it was. */
  const changedBy = (command: Command, before: { readonly revision: number } | undefined) => ({
    revision: (before?.revision ?? 0) + 1,
    by: command.actor.name,
    atMs: clock.nowMs(),
  });

  return {
    ...createWave2Look(deps, incidents),

    open: (input) =>
      changes.amend(input, 'wave2.open', (record) => {
        const before = record.wave2 ?? null;
        if (before !== null && before.life.end === null) {
          throw refused(
            `Wave 2 is open already, since ${new Date(before.life.openedAtMs).toISOString().slice(0, 19)}Z.`,
            'Look at its checklists.',
          );
        }
        const nowMs = clock.nowMs();
        const wave2 = openWave2(before, {
          openedAtMs: nowMs,
          openedBy: input.actor.name,
          openedHow: 'person',
          reason: input.reason,
          errorsSeenAtMs: record.verification?.wave2.suspected ? nowMs : null,
        });
        const text = `wave 2 opened by hand: ${input.reason}`;
        return {
          record: { ...record, wave2 },
          lines: [{ kind: 'wave-2', by: input.actor.name, text }],
          says: text,
          before: before?.life ?? null,
          after: wave2.life,
        };
      }),

    close: (input) =>
      edit(input, 'wave2.close', 'wave-2', (wave2) => {
        const { life } = wave2;
        requireRevision(
          input.revisionShown,
          {
            revision: life.revision,
            by: life.end?.by ?? life.openedBy,
            atMs: life.end?.atMs ?? life.openedAtMs,
          },
          'Wave 2',
        );
        if (life.end?.how === 'person') {
          throw refused(`Wave 2 was ended by ${life.end.by} already.`, 'Open it again if it is back.');
        }
        const end = {
          how: 'person' as const,
          atMs: clock.nowMs(),
          by: input.actor.name,
          reason: input.reason,
          backSinceMs: life.end?.backSinceMs ?? null,
        };
        const next = { ...wave2, life: { ...life, revision: life.revision + 1, end } };
        return { next, text: `wave 2 ended by hand: ${input.reason}`, before: life, after: next.life };
      }),

    choose: (input) =>
      edit(input, 'wave2.choose', 'repair', (wave2) => {
        const { playbook, isChosen } = input;
        const before = wave2.playbooks[playbook];
        const title = PLAYBOOKS[playbook].title.toLowerCase();
        requireRevision(input.revisionShown, before ?? UNTOUCHED, `The playbook "${title}"`);
        const after = { isChosen, ...changedBy(input, before) };
        return {
          next: { ...wave2, playbooks: { ...wave2.playbooks, [playbook]: after } },
          text: `wave 2, playbook ${isChosen ? 'chosen' : 'taken out'}: ${title}`,
          before: before ?? null,
          after,
        };
      }),

    setStep: (input) =>
      edit(input, 'wave2.setStep', 'repair', (wave2) => {
        const { state, reason } = input;
        const step = plannedChecklists(wave2)
          .flatMap(({ steps }) => steps)
          .find(({ key }) => key === input.step);
        if (!step) {
          throw refused(
            'That step is in no checklist of this incident.',
            'Its playbook was taken out: choose it again, or look at the checklists anew.',
          );
        }
        requireRevision(input.revisionShown, step.now ?? UNTOUCHED, `The step "${step.title}"`);
        requireReason(state === 'not-needed', reason, 'A step');
        const isWorkedOn = state === 'doing' || state === 'done';
        const owner = input.owner ?? (isWorkedOn ? input.actor.name : null);
        const after = { state, owner, reason, ...changedBy(input, step.now ?? undefined) };
        const list = step.key.split('/', 1)[0] ?? '';
        return {
          next: { ...wave2, steps: { ...wave2.steps, [step.key]: after } },
          text: `wave 2, ${list}: "${step.title}" ${stepWords(step.now?.state ?? 'open', after)}`,
          before: step.now,
          after,
        };
      }),

    tell: (input) =>
      edit(input, 'wave2.tell', 'repair', (wave2) => {
        const { cohort, state, reason } = input;
        const before = Object.hasOwn(wave2.tenants, cohort) ? wave2.tenants[cohort] : undefined;
        requireRevision(input.revisionShown, before ?? UNTOUCHED, `What ${cohort} was told`);
        requireReason(state === 'not-needed', reason, 'Telling a customer');
        if (!before && Object.keys(wave2.tenants).length >= MAX_TENANTS) {
          throw refused(
            'There are too many tenants for one list.',
            'Export the records and tell them from there.',
          );
        }
        const after = { state, reason, ...changedBy(input, before) };
        const words = {
          told: `${cohort} was told`,
          'not-told': `${cohort} was not told after all`,
          'not-needed': `${cohort} need not be told (${reason ?? ''})`,
        };
        return {
          next: { ...wave2, tenants: { ...wave2.tenants, [cohort]: after } },
          text: `wave 2: ${words[state]}`,
          before: before ?? null,
          after,
        };
      }),
  };
}

function stepWords(
  before: Wave2StepState,
  { state, owner, reason }: { state: Wave2StepState; owner: string | null; reason: string | null },
): string {
  const by = owner === null ? '' : `, ${owner}`;
  if (state === before) return `${owner === null ? 'has no owner' : `is ${owner}'s`} now`;
  return `${STATE_WORDS[state]}${reason === null ? by : ` (${reason})`}`;
}

/** "Not needed" is said with a reason, everything else without one. Throws REFUSED. */
function requireReason(isNeeded: boolean, reason: string | null, what: string): void {
  if (isNeeded === (reason !== null)) return;
  throw isNeeded
    ? refused(`${what} is left out with a reason only.`, 'Say why it is not needed, then save.')
    : refused('Only what is not needed has a reason for it.', 'Take the reason out.');
}
