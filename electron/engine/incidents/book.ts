import type { Machine } from '#shared/domain/rollback/machine.ts';
import { isSettled } from '#shared/domain/rollback/machine.ts';
import { ATTENTION_MS } from '#shared/domain/rollback/recovery-window.ts';
import type { Incident, TimelineEntry } from '#shared/model/incident.ts';
import { CommandError } from '../ports.ts';
import type { IncidentRecord, RecordEntry } from '../records/kind.ts';
import { localOffset, type IncidentDeps } from './deps.ts';
import { incidentView, type ViewSettings } from './incident-view.ts';
import { chatTarget } from './timeline-text.ts';

/** A change of the book: facts that are written together, in one transaction. */
export type BookChange = {
  readonly incident?: IncidentRecord;
  readonly machines?: readonly Machine[];
  readonly timeline?: readonly TimelineEntry[];
  readonly also?: readonly RecordEntry[];
  /** Too small to be worth a disk write of its own (figures that come again in seconds): shown, not stored. */
  readonly isVolatile?: boolean;
};

/**
 * Everything that is open, in memory, and its way to disk. A change is visible at once and resolves when it is on disk; the feed
 * hears of it after that.
 */
export type Book = {
  load(): Promise<void>;
  commit(change: BookChange): Promise<void>;
  record(incidentId: string): IncidentRecord | null;
  /** The view of an open incident; null when closed or unknown. */
  view(incidentId: string): Incident | null;
  open(): Incident[];
  openFor(promptId: string): Incident | null;
  machine(operationId: string): Machine | null;
  /** Those in memory: unsettled, of open incidents, or young enough to matter. Oldest first. */
  machinesOf(promptId: string): Machine[];
  machinesOfIncident(incidentId: string): Machine[];
  /** From memory or disk. Throws NOT_FOUND. */
  find(incidentId: string): Promise<Incident>;
};

export function createBook(deps: IncidentDeps): Book {
  const { records, live, clock } = deps;
  const incidents = new Map<string, IncidentRecord>();
  const timelines = new Map<string, TimelineEntry[]>();
  const machines = new Map<string, Machine>();

  const sorted = (filter: (machine: Machine) => boolean) =>
    [...machines.values()].filter(filter).toSorted((a, b) => a.rollback.pressedAtMs - b.rollback.pressedAtMs);
  const machinesOfIncident = (id: string) => sorted(({ rollback }) => rollback.incidentId === id);

  function view(id: string): Incident | null {
    const record = incidents.get(id);
    if (!record) return null;
    return incidentView(record, timelines.get(id) ?? [], machinesOfIncident(id), settingsFor(record, deps));
  }

  /** Forgets what is settled, old and of no open incident, so that memory stays small over weeks. */
  function prune(): void {
    const horizonMs = clock.nowMs() - ATTENTION_MS;
    for (const [id, { rollback }] of machines) {
      const isNeeded =
        !isSettled(rollback.state) ||
        rollback.pressedAtMs > horizonMs ||
        (rollback.incidentId !== null && incidents.has(rollback.incidentId));
      if (!isNeeded) machines.delete(id);
    }
  }

  return {
    async load() {
      for (const record of await records.incidents({ status: 'open', limit: 1_000 })) {
        incidents.set(record.id, record);
        timelines.set(record.id, await records.timeline(record.id));
        for (const machine of await records.rollbacks({ incidentId: record.id })) {
          machines.set(machine.rollback.operationId, { rollback: machine.rollback, facts: machine.machine });
        }
      }
      const recent = await records.rollbacks({ sinceMs: clock.nowMs() - ATTENTION_MS });
      for (const machine of [...(await records.rollbacks({ unsettled: true })), ...recent]) {
        machines.set(machine.rollback.operationId, { rollback: machine.rollback, facts: machine.machine });
      }
    },
    async commit(change) {
      const touched = new Set<string>();
      const entries: RecordEntry[] = [];
      if (change.incident) {
        touched.add(change.incident.id);
        incidents.set(change.incident.id, change.incident);
        if (!change.isVolatile) entries.push({ kind: 'incident', value: change.incident });
      }
      for (const machine of change.machines ?? []) {
        if (machine.rollback.incidentId !== null) touched.add(machine.rollback.incidentId);
        machines.set(machine.rollback.operationId, machine);
        if (!change.isVolatile) {
          entries.push({ kind: 'rollback', value: { rollback: machine.rollback, machine: machine.facts } });
        }
      }
      for (const line of change.timeline ?? []) {
        touched.add(line.incidentId);
        timelines.set(line.incidentId, [...(timelines.get(line.incidentId) ?? []), line]);
        entries.push({ kind: 'timeline', value: line });
      }
      entries.push(...(change.also ?? []));
      if (entries.length > 0) await records.write(entries);
      for (const id of touched) {
        const value = view(id);
        if (value) live.publish({ entity: 'incident', id, value });
      }
      if (change.incident?.status === 'closed') {
        incidents.delete(change.incident.id);
        timelines.delete(change.incident.id);
      }
      prune();
    },
    record: (id) => incidents.get(id) ?? null,
    view,
    open: () =>
      [...incidents.values()]
        .filter((record) => record.status === 'open')
        .map(({ id }) => view(id))
        .filter((value) => value !== null),
    openFor(promptId) {
      const record = [...incidents.values()].find(
        (value) => value.promptId === promptId && value.status === 'open',
      );
      return record ? view(record.id) : null;
    },
    machine: (id) => machines.get(id) ?? null,
    machinesOf: (promptId) => sorted(({ rollback }) => rollback.promptId === promptId),
    machinesOfIncident,
    async find(id) {
      const inMemory = view(id);
      if (inMemory) return inMemory;
      const record = await records.incident(id);
      if (!record)
        throw new CommandError('NOT_FOUND', `There is no incident ${id}.`, { what: 'incident', id });
      return closedView(record, deps);
    },
  };
}

function settingsFor(record: IncidentRecord, deps: IncidentDeps): ViewSettings {
  const prompt = deps.workspace.prompt(record.promptId);
  return {
    noteTarget: prompt?.chat ? chatTarget(prompt) : null,
    offsetMinutes: localOffset(deps, record.declaredAtMs),
  };
}

/** An incident that is no longer held in memory. */
export async function closedView(record: IncidentRecord, deps: IncidentDeps): Promise<Incident> {
  const { records } = deps;
  const [timeline, rollbacks] = await Promise.all([
    records.timeline(record.id),
    records.rollbacks({ incidentId: record.id }),
  ]);
  return incidentView(
    record,
    timeline,
    rollbacks.map(({ rollback, machine }) => ({ rollback, facts: machine })),
    settingsFor(record, deps),
  );
}
