import { setImmediate as breathe } from 'node:timers/promises';
import type { Machine, MachineEvent, Reading, When, WriteAnswer } from '#shared/domain/rollback/machine.ts';
import { isSettled, transition } from '#shared/domain/rollback/machine.ts';
import { nextStep } from '#shared/domain/rollback/next-step.ts';
import type { LeverRead, ReadScope, WriteOutcome, WriteRequest } from '../connectors/kind.ts';
import type { RecordEntry } from '../records/kind.ts';
import type { Book, BookChange } from './book.ts';
import type { BoundLever } from './bound-lever.ts';
import type { IncidentDeps } from './deps.ts';
import { machineLines } from './timeline-text.ts';

/** A connector has its own, shorter deadlines; these hold even when one forgets. Real time, not engine time. */
const WRITE_DEADLINE_MS = 8_000;
const READ_DEADLINE_MS = 5_000;

/** Everything a running operation holds besides its record. */
export type Operation = {
  readonly operationId: string;
  readonly lever: BoundLever;
  /** What was read before the write; null after a restart, when nothing is sent any more. */
  readonly expected: LeverRead | null;
  /** For an undo: the snapshot to put back. */
  readonly restore: unknown;
  readonly comment: string;
  readonly via: string;
  /** Monotonic time of the press. */
  readonly pressedMonotonicMs: number;
};

export type DriveHooks = {
  /** The first write is on its way. */
  readonly onSending?: () => void;
  /** The first write has ended, however it did. */
  readonly onWritten?: () => void;
};

export type Executor = {
  /** Reads the lever under a deadline; throws SourceError. */
  read(lever: BoundLever, scope?: ReadScope): Promise<LeverRead>;
  /** Steps of the machine in one transaction, on disk when it resolves. Returns the machine after them. */
  apply(
    operation: Operation,
    events: MachineEvent | readonly MachineEvent[],
    also?: BookChange & { readonly armed?: Machine },
  ): Promise<Machine>;
  /** Runs an operation until it is settled or the engine stops. */
  drive(operation: Operation, hooks?: DriveHooks): Promise<void>;
  /** Resolves when the operation is settled, or after `waitMs`. */
  settled(operationId: string, waitMs: number): Promise<void>;
  /** The newest operation on this lever: older ones stop sending. */
  claim(lever: BoundLever, operationId: string): void;
  stop(): Promise<void>;
};

/** The machine's hands: reads and writes levers, one persisted step at a time. */
export function createExecutor(deps: IncidentDeps, book: Book): Executor {
  const { clock, levers, log } = deps;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  const newest = new Map<string, string>();
  const waiters = new Map<string, Set<() => void>>();
  const leverKey = (lever: BoundLever) => `${lever.source}/${lever.key}/${lever.environment}`;

  const when = (operation: Operation): When => ({
    atMs: clock.nowMs(),
    elapsedMs: clock.monotonicMs() - operation.pressedMonotonicMs,
  });

  async function apply(
    operation: Operation,
    events: MachineEvent | readonly MachineEvent[],
    also: BookChange & { readonly armed?: Machine } = {},
  ): Promise<Machine> {
    const before = also.armed ?? book.machine(operation.operationId);
    if (!before) throw new Error(`operation ${operation.operationId} is not armed`);
    const at = when(operation);
    const after = [events].flat().reduce((machine, event) => transition(machine, event, at), before);
    if (after === before && also.also === undefined && also.incident === undefined) return after;
    const change: BookChange = {
      incident: also.incident,
      yields: also.yields,
      machines: [...changedMachines(after), ...(also.machines ?? [])],
      timeline: [...machineLines(before, after, clock.nowMs()), ...(also.timeline ?? [])],
      also: [...auditFor(operation, before, after), ...(also.also ?? [])],
    };
    await book.commit(change);
    if (isSettled(after.rollback.state) && !isSettled(before.rollback.state)) {
      for (const wake of waiters.get(operation.operationId) ?? []) wake();
      // Behind the answer to whoever waits for it.
      breathe()
        .then(() => levers.refresh(after.rollback.promptId))
        .catch((error: unknown) => log.warn({ error: String(error) }, 'lever not read after the change'));
    }
    return after;
  }

  /** The machine itself and, when an undo has come into effect, the operation it takes back. */
  function changedMachines(after: Machine): Machine[] {
    const { undoes, operationId, state } = after.rollback;
    const undone = undoes === null || state !== 'in-effect' ? null : book.machine(undoes);
    if (!undone) return [after];
    return [after, { ...undone, facts: { ...undone.facts, undoneBy: operationId } }];
  }

  function auditFor(operation: Operation, before: Machine, after: Machine): RecordEntry[] {
    const steps = after.rollback.history.slice(before.rollback.history.length);
    return steps.flatMap((step): RecordEntry[] => {
      // Intent before, outcome after, and what was out of the ordinary in between; the rest is in the rollback's own history.
      const isOrdinary = step.state === 'reading-back' || step.state === 'accepted' || step.state === 'armed';
      if (isOrdinary || (step.state === 'sent' && before.facts.sends === 0)) return [];
      const phase =
        step.state === 'intent-recorded'
          ? 'intent'
          : isSettled(step.state) && step.state !== 'seen-in-traffic'
            ? 'outcome'
            : 'fact';
      return [
        {
          kind: 'audit',
          value: {
            atMs: step.atMs,
            monotonicMs: clock.monotonicMs(),
            actor: phase === 'intent' ? after.rollback.actor : 'fusebox',
            via: operation.via,
            operationId: operation.operationId,
            phase,
            what: `${after.rollback.operation.kind} ${after.rollback.key} (${after.rollback.environment}): ${step.state}, ${step.detail}`,
            before: phase === 'intent' ? after.rollback.before : null,
            after: phase === 'outcome' ? after.rollback.after : null,
          },
        },
      ];
    });
  }

  async function read(lever: BoundLever, scope: ReadScope = 'everything'): Promise<LeverRead> {
    const deadline = clock.deadline(READ_DEADLINE_MS);
    return Promise.race([lever.read(deadline, scope), aborted(deadline, 'no answer within 5 s')]);
  }

  async function reading(operation: Operation, machine: Machine): Promise<Reading> {
    const { lever, restore } = operation;
    try {
      const now = await read(lever);
      if (lever.isInEffect(now, machine.rollback.operation, restore)) {
        return { kind: 'wanted', state: now.state };
      }
      const isOld = now.state.revision === machine.facts.revisionBefore;
      return { kind: isOld ? 'old' : 'other', state: now.state };
    } catch (error) {
      return { kind: 'unreadable', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Never throws: whatever goes wrong after sending may have been applied. */
  async function send(operation: Operation, machine: Machine): Promise<WriteAnswer> {
    const { expected, lever } = operation;
    if (!expected) return { kind: 'unknown', detail: 'not sent after a restart' };
    const request: WriteRequest = {
      operation: machine.rollback.operation,
      expected,
      snapshot: operation.restore,
      comment: operation.comment,
      operationId: operation.operationId,
    };
    try {
      const deadline = clock.deadline(WRITE_DEADLINE_MS);
      return answer(
        await Promise.race([
          lever.write(request),
          aborted(deadline, 'the provider did not answer within 8 s'),
        ]),
      );
    } catch (error) {
      return { kind: 'unknown', detail: error instanceof Error ? error.message : String(error) };
    }
  }

  async function run(operation: Operation, { onSending, onWritten }: DriveHooks): Promise<void> {
    let reads = 0;
    let last: Reading | null = null;
    let sentAtMs = clock.monotonicMs();
    for (;;) {
      const machine = book.machine(operation.operationId);
      if (!machine || stopping.signal.aborted) return;
      const step = nextStep(
        machine,
        {
          reads,
          last: last?.kind ?? null,
          lastRevision: last && last.kind !== 'unreadable' ? last.state.revision : null,
          sinceSendMs: clock.monotonicMs() - sentAtMs,
          isSuperseded: newest.get(leverKey(operation.lever)) !== operation.operationId,
        },
        when(operation),
      );
      switch (step.do) {
        case 'rest':
          return;
        case 'send': {
          const sent = await apply(operation, { kind: 'sending' });
          const sending = send(operation, sent);
          onSending?.();
          const outcome = await sending;
          sentAtMs = clock.monotonicMs();
          // Reading changes nothing, so it starts before the answer is written down, and is on its way by then: writing down
          // holds this thread until the disk has it.
          const answered: MachineEvent = { kind: 'answered', answer: outcome };
          const isOver = isSettled(transition(sent, answered, when(operation)).rollback.state);
          const firstRead = isOver ? null : reading(operation, sent);
          await breathe();
          const noted = apply(operation, [answered, { kind: 'reading-back' }]);
          const [, first] = await Promise.all([noted, firstRead]);
          onWritten?.();
          reads = first ? 1 : 0;
          last = first;
          if (first) await apply(operation, { kind: 'read', reading: first });
          break;
        }
        case 'read': {
          if (step.afterMs > 0) await clock.sleep(step.afterMs, stopping.signal);
          last = await reading(operation, machine);
          reads += 1;
          await apply(operation, { kind: 'read', reading: last });
          break;
        }
      }
    }
  }

  return {
    read,
    apply,
    drive(operation, hooks = {}) {
      const work = run(operation, hooks)
        .catch((error: unknown) => {
          if (stopping.signal.aborted) return;
          log.warn({ operationId: operation.operationId, error: String(error) }, 'rollback machine stopped');
        })
        .finally(() => {
          hooks.onWritten?.();
          running.delete(work);
        });
      running.add(work);
      return work;
    },
    async settled(operationId, waitMs) {
      const machine = book.machine(operationId);
      if (waitMs <= 0 || !machine || isSettled(machine.rollback.state)) return;
      const given = new AbortController();
      const wake = () => given.abort();
      const waiting = waiters.get(operationId) ?? new Set();
      waiters.set(operationId, waiting.add(wake));
      const stopWaiting = AbortSignal.any([given.signal, stopping.signal]);
      await clock.sleep(waitMs, stopWaiting).catch(() => undefined);
      waiting.delete(wake);
      if (waiting.size === 0) waiters.delete(operationId);
    },
    claim: (lever, operationId) => void newest.set(leverKey(lever), operationId),
    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}

function answer(outcome: WriteOutcome): WriteAnswer {
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'accepted', detail: outcome.detail };
    case 'unknown':
      return { kind: 'unknown', detail: outcome.detail };
    case 'refused':
      return {
        kind: 'refused',
        isConflict: outcome.reason === 'conflict',
        message: outcome.message,
        fix: outcome.fix,
      };
  }
}

/** Rejects when the deadline passes, with words for the person. */
function aborted(deadline: AbortSignal, message: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    deadline.addEventListener('abort', () => reject(new Error(message)), { once: true });
  });
}
