import { CommandError, type Command } from '../ports.ts';
import { OperationDoneError } from '../records/conflicts.ts';
import type { OperationRecord } from '../records/kind.ts';
import type { IncidentDeps } from './deps.ts';

const CODES = ['NOT_FOUND', 'CHANGED_SINCE_SHOWN', 'REFUSED', 'SOURCE_UNAVAILABLE'] as const;

/**
 * Applies a command once per operation id (browsers re-send writes by themselves, people double-click). A repeat, at the same time or
 * days later, gets the first answer: `again` reads it anew, a refusal is thrown again.
 */
export function createOnce({ records, clock }: Pick<IncidentDeps, 'records' | 'clock'>) {
  const inFlight = new Map<string, Promise<unknown>>();

  return async function once<T>(
    command: Command,
    what: { kind: string; subject: string },
    run: (done: OperationRecord) => Promise<T>,
    again: (done: OperationRecord) => Promise<T>,
  ): Promise<T> {
    const { operationId, actor } = command;
    const earlier = inFlight.get(operationId);
    if (earlier) {
      await earlier;
      const done = await records.operation(operationId);
      if (done) return again(done);
    }
    const applied = await records.operation(operationId);
    if (applied) {
      if (applied.result.ok) return again(applied);
      const { code, message, data } = applied.result;
      throw new CommandError(CODES.find((known) => known === code) ?? 'REFUSED', message, data);
    }
    // Asked again: two repeats may have passed the first look together while the store was being read.
    const racing = inFlight.get(operationId);
    if (racing) {
      await racing;
      const done = await records.operation(operationId);
      if (done) return again(done);
    }
    const done: OperationRecord = {
      operationId,
      ...what,
      actor: actor.name,
      atMs: clock.nowMs(),
      result: { ok: true },
    };
    const work = run(done);
    inFlight.set(operationId, work);
    try {
      return await work;
    } catch (error) {
      // Another engine on the same record has applied it.
      if (error instanceof OperationDoneError) return await again(done);
      if (error instanceof CommandError) await writeRefusal(done, command, error);
      throw error;
    } finally {
      inFlight.delete(operationId);
    }
  };

  async function writeRefusal(done: OperationRecord, { actor }: Command, error: CommandError) {
    const { code, message, data } = error;
    await records.write([
      { kind: 'operation', value: { ...done, result: { ok: false, code, message, data } } },
      {
        kind: 'audit',
        value: {
          atMs: clock.nowMs(),
          monotonicMs: clock.monotonicMs(),
          actor: actor.name,
          via: actor.via,
          operationId: done.operationId,
          phase: 'fact',
          what: `${done.kind} ${done.subject}: not done, ${message}`,
          before: null,
          after: null,
        },
      },
    ]);
  }
}
