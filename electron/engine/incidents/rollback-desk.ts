import { isInEffect } from '#shared/domain/rollback/machine.ts';
import { holdFor } from '#shared/domain/rollback/recovery-window.ts';
import { NOTHING_EARLIER } from '#shared/model/incident.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { CommandError, type RollbackDesk } from '../ports.ts';
import type { IncidentRecord } from '../records/kind.ts';
import type { Book } from './book.ts';
import { bindLever, serveOperation } from './bound-lever.ts';
import type { IncidentDeps } from './deps.ts';
import type { Executor } from './executor.ts';
import type { createNotifier } from './notices.ts';
import type { createOnce } from './once.ts';
import { planRollback } from './plan.ts';
import { createPresser, isOpen, type PressRequest } from './press.ts';
import { percent } from './timeline-text.ts';
import { createTurns } from './turns.ts';

const REFUSED = (reason: string, fix: string) => new CommandError('REFUSED', reason, { reason, fix });

/** The rollback machine as the rest of the engine sees it. */
export function createRollbackDesk(
  deps: IncidentDeps,
  book: Book,
  executor: Executor,
  parts: {
    readonly notifier: ReturnType<typeof createNotifier>;
    readonly once: ReturnType<typeof createOnce>;
  },
): RollbackDesk {
  const { clock, workspace, sources, records, log } = deps;
  const { notifier, once } = parts;
  const press = createPresser(deps, book, executor, createTurns());

  function promptOf(promptId: string): WorkspacePrompt {
    const prompt = workspace.prompt(promptId);
    if (!prompt) {
      const message = `There is no prompt ${promptId} in the workspace.`;
      throw new CommandError('NOT_FOUND', message, { what: 'prompt', id: promptId });
    }
    return prompt;
  }

  async function get(operationId: string): Promise<Rollback> {
    const machine = book.machine(operationId) ?? (await stored(operationId));
    if (!machine) {
      const message = `There is no rollback with operation ${operationId}.`;
      throw new CommandError('NOT_FOUND', message, { what: 'rollback', id: operationId });
    }
    return machine.rollback;
  }

  async function stored(operationId: string) {
    const record = await records.rollback(operationId);
    return record ? { rollback: record.rollback, facts: record.machine } : null;
  }

  /** The press itself, then on its way in the background; answers when the intent is on disk or `waitMs` later. */
  async function begin(
    kind: string,
    waitMs: number,
    request: PressRequest,
    check: () => void,
  ): Promise<Rollback> {
    const { operationId, prompt } = request;
    const run = await once(
      request,
      { kind, subject: prompt.id },
      async (done) => {
        check();
        const { operation, isAlreadySo, release } = await press(request, done);
        const notify = () => {
          if (request.notifies) notifier.send(prompt, operationId);
        };
        if (isAlreadySo) {
          release();
          notify();
        } else {
          void executor.drive(operation, { onSending: notify, onWritten: release });
        }
        return get(operationId);
      },
      () => get(operationId),
    );
    if (waitMs <= 0) return run;
    await executor.settled(operationId, waitMs);
    return get(operationId);
  }

  /** The given incident, or the prompt's open one. Throws when it is closed or of another prompt. */
  function incidentFor(promptId: string, incidentId: string | null): string | null {
    if (incidentId === null) return book.openFor(promptId)?.id ?? null;
    const record = book.record(incidentId);
    if (record?.promptId === promptId && record.status === 'open') return incidentId;
    throw REFUSED(
      `${incidentId} is not an open incident of ${promptId}.`,
      'Open the current incident and press there.',
    );
  }

  return {
    plan: (input) => planRollback(deps, book, executor, promptOf(input.promptId), input),

    async press(input) {
      const prompt = promptOf(input.promptId);
      if (input.toVersion === NOTHING_EARLIER)
        throw REFUSED('Nothing earlier is known to serve.', 'Find the cause, then fix forward.');
      const incidentId = incidentFor(prompt.id, input.incidentId);
      const incident = incidentId === null ? null : book.record(incidentId);
      const lever = bindLever(prompt, input.lever, sources);
      const bad = incident?.badVersion ?? prompt.candidate ?? null;
      const fromVersion = bad === input.toVersion ? null : bad;
      const settles = (record: IncidentRecord): IncidentRecord => {
        const atMs = clock.nowMs();
        const identified =
          record.identifiedAtMs === null && fromVersion !== null
            ? { badVersion: fromVersion, identifiedAtMs: atMs }
            : {};
        const decided =
          record.decided === null
            ? { decided: { outcome: 'roll-back' as const, by: input.actor.name, atMs } }
            : {};
        return { ...record, ...identified, ...decided };
      };
      return begin(
        'rollback.press',
        input.waitMs,
        {
          ...input,
          prompt,
          lever,
          incidentId,
          operation: serveOperation(input.lever, input.toVersion),
          fromVersion,
          undoes: null,
          restore: undefined,
          settles,
          notifies: true,
        },
        () => {
          const hold = holdFor(book.machinesOf(prompt.id), clock.nowMs());
          if (hold && !input.held) throw REFUSED(hold.reason, 'Hold the button to flip again anyway.');
        },
      );
    },

    async undo(input) {
      const undone = book.machine(input.undoes) ?? (await stored(input.undoes));
      if (!undone) {
        const message = `There is no rollback with operation ${input.undoes}.`;
        throw new CommandError('NOT_FOUND', message, { what: 'rollback', id: input.undoes });
      }
      const { rollback, facts } = undone;
      const prompt = promptOf(rollback.promptId);
      const lever = bindLever(prompt, rollback.lever, sources);
      const snapshot = rollback.snapshotId === null ? null : await records.snapshot(rollback.snapshotId);
      if (!snapshot) throw REFUSED('What was there before is not in the records.', 'Set it in the console.');
      const incidentId =
        rollback.incidentId !== null && book.record(rollback.incidentId)?.status === 'open'
          ? rollback.incidentId
          : (book.openFor(prompt.id)?.id ?? null);
      if (!book.machine(input.undoes)) await book.commit({ machines: [undone], isVolatile: true });
      return begin(
        'rollback.undo',
        input.waitMs,
        {
          ...input,
          prompt,
          lever,
          incidentId,
          operation: { kind: 'restore', snapshotId: snapshot.id },
          fromVersion: rollback.toVersion,
          toVersion: rollback.fromVersion ?? 'as before',
          // What we left behind must still be there: an undo never overwrites a later change.
          revisionShown: rollback.after?.revision ?? null,
          restore: snapshot.body,
          settles: (record) => record,
          notifies: true,
        },
        () => {
          if (facts.undoneBy !== null) throw REFUSED('It was taken back already.', 'Nothing to do.');
          if (isOpen(undone))
            throw REFUSED('It is not confirmed yet.', 'Wait until the flag has been read back.');
          if (!isInEffect(rollback.state))
            throw REFUSED('It never came into effect.', 'There is nothing to undo.');
          if (!input.held) {
            throw REFUSED(
              `Undoing brings back ${describeBefore(snapshot.state, rollback)}: that is the risky direction.`,
              'Hold the button to do it.',
            );
          }
        },
      );
    },

    async pauseRamp(input) {
      const prompt = promptOf(input.promptId);
      const incidentId = incidentFor(prompt.id, input.incidentId);
      const candidate = prompt.candidate ?? null;
      if (candidate === null)
        throw REFUSED(`${prompt.id} has no candidate to hold.`, 'Name it under `candidate:`.');
      const lever = bindLever(prompt, 'flag', sources);
      if (!lever.capabilities.canSetShare) {
        throw REFUSED(`${lever.source} cannot set a share.`, 'Change it in the console, or roll back.');
      }
      return begin(
        'rollback.pauseRamp',
        input.waitMs,
        {
          ...input,
          prompt,
          lever,
          incidentId,
          operation: { kind: 'set-share', version: candidate, share01: input.share01 },
          fromVersion: candidate,
          toVersion: prompt.control,
          reason: null,
          revisionShown: null,
          undoes: null,
          restore: undefined,
          settles: (record) => record,
          notifies: false,
          guard({ state }) {
            const now = state.intended.find(({ version }) => version === candidate)?.share01;
            if (now !== undefined && input.share01 > now + 1e-9) {
              throw REFUSED(
                `${candidate} has ${percent(now)}: ${percent(input.share01)} would be a ramp up, not a pause.`,
                'Raise a share in the flag console.',
              );
            }
          },
        },
        () => undefined,
      );
    },

    get,

    async recover() {
      for (const record of await records.rollbacks({ unsettled: true, carriedBy: 'me-or-nobody' })) {
        const { rollback } = record;
        const machine = { rollback, facts: record.machine };
        await book.commit({ machines: [machine], isVolatile: true });
        await notifier.abandon(rollback.operationId);
        try {
          const prompt = promptOf(rollback.promptId);
          const lever = bindLever(prompt, rollback.lever, sources);
          const restore =
            rollback.operation.kind === 'restore'
              ? (await records.snapshot(rollback.operation.snapshotId))?.body
              : undefined;
          const operation = {
            operationId: rollback.operationId,
            lever,
            expected: null,
            restore,
            comment: '',
            via: 'engine',
            pressedMonotonicMs: clock.monotonicMs() - Math.max(0, clock.nowMs() - rollback.pressedAtMs),
          };
          executor.claim(lever, rollback.operationId);
          await executor.apply(operation, { kind: 'restarted' });
          void executor.drive(operation);
        } catch (error) {
          // Its lever is no longer configured: it stays open and says so, and nothing else is held up.
          log.warn(
            { operationId: rollback.operationId, error: String(error) },
            'rollback cannot be read back',
          );
        }
      }
    },

    async stop() {
      await executor.stop();
      await notifier.stop();
    },
  };
}

function describeBefore(state: LeverState, rollback: Rollback): string {
  const version = rollback.fromVersion ?? 'the version before';
  const share = state.intended.find((entry) => entry.version === rollback.fromVersion)?.share01;
  return share === undefined ? version : `${version} at ${percent(share)}`;
}
