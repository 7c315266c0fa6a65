import type { Machine } from '#shared/domain/rollback/machine.ts';
import { isSettled } from '#shared/domain/rollback/machine.ts';
import { ATTENTION_MS } from '#shared/domain/rollback/recovery-window.ts';
import type { Incident, TimelineEntry } from '#shared/model/incident.ts';
import { CommandError } from '../ports.ts';
import { OperationDoneError, RecordConflictError } from '../records/conflicts.ts';
import type { ChangedElsewhere, IncidentRecord, RecordEntry } from '../records/kind.ts';
import { createShownRecords } from './shown-records.ts';
import { closedView, settingsFor } from './closed-view.ts';
import type { IncidentDeps } from './deps.ts';
import { incidentView } from './incident-view.ts';
import { refusalOf } from './refusal.ts';

/** A change of the book: facts that are written together, in one transaction. */
export type BookChange = {
  readonly incident?: IncidentRecord;
  readonly machines?: readonly Machine[];
  readonly timeline?: readonly TimelineEntry[];
  readonly also?: readonly RecordEntry[];
  /** The incident begins with this. */
  readonly isNew?: boolean;
  /** The incident as the person saw who changes it; absent = as it is now. */
  readonly shown?: IncidentRecord;
  /** Where another engine has changed the same of the incident, that stays. */
  readonly yields?: boolean;
  /** Too small to be worth a disk write of its own (figures that come again in seconds): shown, not stored. */
  readonly isVolatile?: boolean;
};

/**
 * Everything that is open, in memory, and its way to disk. A change is visible at once and resolves when it is on disk; the feed
 * hears of it after that.
 */
export type Book = {
  load(): Promise<void>;
  /** Reads again what other engines have changed, and publishes it. */
  refresh(changed: ChangedElsewhere): Promise<void>;
  /**
   * Throws CommandError CHANGED_SINCE_SHOWN where another engine changed the same first, RecordConflictError where it declared the
   * same incident first, OperationDoneError where it applied the same command. The book then shows what that one wrote.
   */
  commit(change: BookChange): Promise<void>;
  record(incidentId: string): IncidentRecord | null;
  /** As it was shown under a revision; null = not known any more. */
  shownAs(incidentId: string, revision: string): IncidentRecord | null;
  /** The view of an open incident; null when closed or unknown. */
  view(incidentId: string): Incident | null;
  open(): Incident[];
  openFor(promptId: string): Incident | null;
  machine(operationId: string): Machine | null;
  /** Whether this engine looks after it: it carried it out, or the engine that did has not been heard of for a while. */
  looksAfter(machine: Machine): boolean;
  /** Those in memory: unsettled, of open incidents, or young enough to matter. Oldest first. */
  machinesOf(promptId: string): Machine[];
  machinesOfIncident(incidentId: string): Machine[];
  /** From memory or disk. Throws NOT_FOUND. */
  find(incidentId: string): Promise<Incident>;
};

/** Whoever follows a flip writes down what it sees every 30 s. */
const SILENT_AFTER_MS = 90_000;

export function createBook(deps: IncidentDeps): Book {
  const { records, live, clock } = deps;
  const incidents = new Map<string, IncidentRecord>();
  const shown = createShownRecords();
  /** Each as the store has it: what a change is compared with. */
  const stored = new Map<string, IncidentRecord>();
  /** Commits on their way to disk, and how many there have been: what is read beside one is not the newest. */
  const underway = new Map<string, Set<Promise<void>>>();
  const begun = new Map<string, number>();
  /** Rollbacks that this engine carried out, and when another was last heard of that carries one out. */
  const carried = new Set<string>();
  const heardAtMs = new Map<string, number>();
  const timelines = new Map<string, TimelineEntry[]>();
  const machines = new Map<string, Machine>();

  const sorted = (filter: (machine: Machine) => boolean) =>
    [...machines.values()].filter(filter).toSorted((a, b) => a.rollback.pressedAtMs - b.rollback.pressedAtMs);
  const machinesOfIncident = (id: string) => sorted(({ rollback }) => rollback.incidentId === id);

  function view(id: string): Incident | null {
    const record = incidents.get(id);
    if (!record) return null;
    return incidentView(record, timelines.get(id) ?? [], machinesOfIncident(id), {
      ...settingsFor(record, deps),
      revision: shown.revisionOf(record),
    });
  }

  /** Forgets what is settled, old and of no open incident, so that memory stays small over weeks. */
  function prune(): void {
    const horizonMs = clock.nowMs() - ATTENTION_MS;
    for (const [id, { rollback }] of machines) {
      const isNeeded =
        !isSettled(rollback.state) ||
        rollback.pressedAtMs > horizonMs ||
        (rollback.incidentId !== null && incidents.has(rollback.incidentId));
      if (isNeeded) continue;
      machines.delete(id);
      carried.delete(id);
      heardAtMs.delete(id);
    }
  }

  function publish(ids: Iterable<string>): void {
    for (const id of ids) {
      const value = view(id);
      if (value) live.publish({ entity: 'incident', id, value });
    }
  }

  function forgetClosed(): void {
    for (const [id, { status }] of incidents) {
      if (status === 'open' || underway.has(id)) continue;
      incidents.delete(id);
      timelines.delete(id);
      stored.delete(id);
      shown.forget(id);
    }
  }

  /** What a change is on disk. */
  function entriesOf(change: BookChange): RecordEntry[] {
    const { incident, isVolatile } = change;
    const entries: RecordEntry[] = [];
    if (incident && !isVolatile) {
      const base = change.isNew ? null : (change.shown ?? stored.get(incident.id));
      const isByEngine = !change.also?.some(({ kind }) => kind === 'operation');
      entries.push({ kind: 'incident', value: incident, base, yields: change.yields ?? isByEngine });
      stored.set(incident.id, incident);
    }
    for (const machine of isVolatile ? [] : (change.machines ?? [])) {
      entries.push({ kind: 'rollback', value: { rollback: machine.rollback, machine: machine.facts } });
    }
    for (const line of change.timeline ?? []) entries.push({ kind: 'timeline', value: line });
    return [...entries, ...(change.also ?? [])];
  }

  async function persist(
    change: BookChange,
    touched: ReadonlySet<string>,
    entries: readonly RecordEntry[],
  ): Promise<void> {
    const writing = records.write(entries);
    for (const id of touched) {
      begun.set(id, (begun.get(id) ?? 0) + 1);
      underway.set(id, (underway.get(id) ?? new Set()).add(writing));
    }
    const error: unknown = await writing.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    for (const id of touched) {
      const beside = underway.get(id);
      beside?.delete(writing);
      if (beside?.size === 0) underway.delete(id);
    }
    if (error === null) return;
    if (error instanceof RecordConflictError || error instanceof OperationDoneError) {
      const rollbacks = (change.machines ?? []).map(({ rollback }) => rollback.operationId);
      await refresh({ incidents: [...touched], rollbacks, all: false });
    }
    throw refusalOf(error);
  }

  /** One after the other: of two that read at the same time, the one that comes home last may have read first. */
  let refreshing: Promise<void> = Promise.resolve();
  function refresh(changed: ChangedElsewhere): Promise<void> {
    const turn = refreshing.then(() => readAgain(changed));
    refreshing = turn.catch(() => undefined);
    return turn;
  }

  async function readAgain(changed: ChangedElsewhere): Promise<void> {
    const ids = new Set(changed.incidents);
    if (changed.all) {
      for (const { id } of await records.incidents({ status: 'open', limit: 1_000 })) ids.add(id);
      for (const id of incidents.keys()) ids.add(id);
      const recent = await records.rollbacks({ sinceMs: clock.nowMs() - ATTENTION_MS });
      for (const { rollback, machine } of recent)
        takeMachine(rollback.operationId, { rollback, facts: machine });
    }
    for (const id of changed.rollbacks) {
      const found = await records.rollback(id);
      takeMachine(id, found ? { rollback: found.rollback, facts: found.machine } : null);
    }
    for (const id of ids) await refreshIncident(id);
    publish(ids);
    forgetClosed();
    prune();
  }

  /** What this engine carries out is known here better than on disk, unless the disk says that it never began. */
  function takeMachine(id: string, found: Machine | null): void {
    const known = machines.get(id);
    heardAtMs.set(id, clock.nowMs());
    if (!found) {
      if (known && known.facts.sends === 0) machines.delete(id);
      return;
    }
    const isOlder = known && known.rollback.history.length > found.rollback.history.length;
    if (isOlder) return;
    machines.set(id, found);
    deps.onRollback?.(found.rollback);
  }

  async function refreshIncident(id: string): Promise<void> {
    for (;;) {
      for (const writing of underway.get(id) ?? []) await writing.catch(() => undefined);
      const mark = begun.get(id);
      const [record, timeline, rollbacks] = await Promise.all([
        records.incident(id),
        records.timeline(id),
        records.rollbacks({ incidentId: id }),
      ]);
      // A commit of our own began while this was read: it is not in it.
      if (begun.get(id) !== mark) continue;
      if (record) {
        incidents.set(id, record);
        stored.set(id, record);
        timelines.set(id, timeline);
      } else if (isReadable()) {
        incidents.delete(id);
        stored.delete(id);
        timelines.delete(id);
      }
      for (const { rollback, machine } of rollbacks) {
        takeMachine(rollback.operationId, { rollback, facts: machine });
      }
      return;
    }
  }

  /** While the record is away nothing is found there: that is no news. */
  const isReadable = () => records.problem() === null;

  return {
    async load() {
      for (const record of await records.incidents({ status: 'open', limit: 1_000 })) {
        incidents.set(record.id, record);
        stored.set(record.id, record);
        timelines.set(record.id, await records.timeline(record.id));
        for (const machine of await records.rollbacks({ incidentId: record.id })) {
          machines.set(machine.rollback.operationId, { rollback: machine.rollback, facts: machine.machine });
        }
      }
      const sinceMs = clock.nowMs() - ATTENTION_MS;
      for (const { rollback } of await records.rollbacks({ sinceMs, carriedBy: 'me' })) {
        carried.add(rollback.operationId);
      }
      const recent = await records.rollbacks({ sinceMs });
      for (const machine of [...(await records.rollbacks({ unsettled: true })), ...recent]) {
        machines.set(machine.rollback.operationId, { rollback: machine.rollback, facts: machine.machine });
      }
    },
    refresh,
    async commit(change) {
      const touched = touchedBy(change);
      const entries = entriesOf(change);
      if (change.incident) incidents.set(change.incident.id, change.incident);
      for (const machine of change.machines ?? []) {
        machines.set(machine.rollback.operationId, machine);
        carried.add(machine.rollback.operationId);
      }
      for (const line of change.timeline ?? []) {
        timelines.set(line.incidentId, [...(timelines.get(line.incidentId) ?? []), line]);
      }
      if (entries.length > 0) await persist(change, touched, entries);
      for (const { rollback } of change.machines ?? []) deps.onRollback?.(rollback);
      publish(touched);
      forgetClosed();
      prune();
    },
    record: (id) => incidents.get(id) ?? null,
    shownAs: shown.at,
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
    looksAfter: ({ rollback }) =>
      carried.has(rollback.operationId) ||
      clock.nowMs() - (heardAtMs.get(rollback.operationId) ?? 0) > SILENT_AFTER_MS,
    machinesOf: (promptId) => sorted(({ rollback }) => rollback.promptId === promptId),
    machinesOfIncident,
    async find(id) {
      const inMemory = view(id);
      if (inMemory) return inMemory;
      const record = await records.incident(id);
      if (!record)
        throw new CommandError('NOT_FOUND', `There is no incident ${id}.`, { what: 'incident', id });
      if (record.status === 'open') {
        // Another engine has just declared it.
        await refresh({ incidents: [id], rollbacks: [], all: false });
        const seen = view(id);
        if (seen) return seen;
      }
      return closedView(record, deps);
    },
  };
}

/** Incidents that a change shows itself in. */
function touchedBy({ incident, machines = [], timeline = [] }: BookChange): Set<string> {
  const ids = [
    incident?.id ?? null,
    ...machines.map(({ rollback }) => rollback.incidentId),
    ...timeline.map(({ incidentId }) => incidentId),
  ];
  return new Set(ids.filter((id) => id !== null));
}
