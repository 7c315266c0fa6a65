import type { Incident, TimelineEntry } from '#shared/model/incident.ts';
import { CommandError, type Command, type IncidentCommand } from '../ports.ts';
import type { IncidentRecord, RecordEntry } from '../records/kind.ts';
import type { Book } from './book.ts';
import { closedView } from './closed-view.ts';
import type { IncidentDeps } from './deps.ts';
import type { IncidentWriter, Line } from './incident-writer.ts';
import type { createOnce } from './once.ts';
import { refusalOf } from './refusal.ts';

/** What a command does to one incident: written in one transaction with its audit entry. */
export type IncidentEdit = {
  /** Absent = the incident itself stays as it is. */
  readonly record?: IncidentRecord;
  readonly lines: readonly Line[];
  /** For the audit trail. */
  readonly says: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly also?: readonly RecordEntry[];
};

export type IncidentChange = ReturnType<typeof createIncidentChange>;

/** Commands on one incident: applied once, one transaction, one audit entry. */
export function createIncidentChange(
  deps: IncidentDeps,
  book: Book,
  once: ReturnType<typeof createOnce>,
  { toEntries, audit }: IncidentWriter,
) {
  const { records, live } = deps;

  /** Throws NOT_FOUND, or REFUSED when it is closed. */
  async function openRecord(id: string): Promise<IncidentRecord> {
    const record = book.record(id);
    if (record?.status === 'open') return record;
    await book.find(id);
    // Another engine may just have declared it: looking for it has taken it into the book.
    const found = book.record(id);
    if (found?.status === 'open') return found;
    const reason = `${id} is closed.`;
    throw new CommandError('REFUSED', reason, { reason, fix: 'Declare a new incident if it is back.' });
  }

  /** One command on one open incident. `edit` runs without a pause between reading the record and changing it. */
  async function change(
    command: IncidentCommand,
    what: string,
    edit: (record: IncidentRecord) => IncidentEdit,
  ): Promise<Incident> {
    const id = command.incidentId;
    const again = () => book.find(id);
    // As its sender saw it, else as it was when the command came in: what changes from then on was not seen by whoever gave it.
    const { revisionShown } = command;
    const seen = revisionShown === undefined ? null : book.shownAs(id, revisionShown);
    const shown = seen ?? book.record(id) ?? undefined;
    return once(
      command,
      { kind: what, subject: id },
      async (done) => {
        await openRecord(id);
        const before = book.record(id);
        if (!before) return again();
        const found = edit(before);
        await book.commit({
          incident: found.record,
          shown,
          timeline: toEntries(id, found.lines),
          also: [
            ...(found.also ?? []),
            { kind: 'operation', value: done },
            audit(command, `${id}: ${found.says}`, found),
          ],
        });
        return again();
      },
      again,
    );
  }

  /** One command on an incident that may be closed: its aftermath goes on after closing. */
  async function amend(
    command: Command & { incidentId: string },
    what: string,
    edit: (record: IncidentRecord) => IncidentEdit,
  ): Promise<Incident> {
    const id = command.incidentId;
    if (book.record(id)) return change(command, what, edit);
    const again = () => book.find(id);
    return once(
      command,
      { kind: what, subject: id },
      async (done) => {
        const before = await records.incident(id);
        if (!before) return again();
        const found = edit(before);
        return writeClosed(found, before, toEntries(id, found.lines), [
          ...(found.also ?? []),
          { kind: 'operation', value: done },
          audit(command, `${id}: ${found.says}`, found),
        ]);
      },
      again,
    );
  }

  /** The outcome of a command that was applied before: its own audit entry, no operation of its own. */
  async function settle(
    command: Command & { incidentId: string },
    edit: (record: IncidentRecord) => IncidentEdit,
  ): Promise<Incident> {
    const id = command.incidentId;
    const inMemory = book.record(id);
    const before = inMemory ?? (await records.incident(id));
    if (!before) return book.find(id);
    const found = edit(before);
    const timeline = toEntries(id, found.lines);
    const also = [...(found.also ?? []), audit(command, `${id}: ${found.says}`, found)];
    if (inMemory) {
      await book.commit({ incident: found.record, timeline, also });
      return book.find(id);
    }
    return writeClosed(found, before, timeline, also);
  }

  /** An incident that is not in memory: to disk, then to whoever looks at it. */
  async function writeClosed(
    { record }: IncidentEdit,
    before: IncidentRecord,
    timeline: readonly TimelineEntry[],
    also: readonly RecordEntry[],
  ): Promise<Incident> {
    await records
      .write([
        ...(record ? [{ kind: 'incident' as const, value: record, base: before }] : []),
        ...timeline.map((value) => ({ kind: 'timeline' as const, value })),
        ...also,
      ])
      .catch((error: unknown) => {
        throw refusalOf(error);
      });
    const value = await closedView(record ?? before, deps);
    live.publish({ entity: 'incident', id: before.id, value });
    return value;
  }

  return { openRecord, change, amend, settle };
}
