import { isUnfinished } from '#shared/domain/action-items/audit.ts';
import type { ActionItem } from '#shared/model/action-item.ts';
import type { TimelineEntry } from '#shared/model/incident.ts';
import type { PostmortemRecord } from '#shared/model/postmortem.ts';
import type {
  DrillBundleRecord,
  DrillQuery,
  DrillRecord,
  EvalCaseQuery,
  EvalCaseRecord,
  IncidentRecord,
  OperationRecord,
  PolicyActionRecord,
  RecordEntry,
  RollbackQuery,
  RollbackRecord,
  SnapshotRecord,
} from './kind.ts';
import type { Batch } from './spool.ts';

/** Writes that could not reach the disk yet, in order, readable as if they had. */
export function createPending() {
  const batches: Batch[] = [];

  const newest = function* (): Generator<RecordEntry> {
    for (const batch of batches.toReversed()) yield* batch.entries.toReversed();
  };
  const values = <T>(pick: (entry: RecordEntry) => T | null): T[] =>
    [...newest()].map(pick).filter((value) => value !== null);
  const incidents = () => values((entry) => (entry.kind === 'incident' ? entry.value : null));
  const timeline = () => values((entry) => (entry.kind === 'timeline' ? entry.value : null));
  const rollbacks = () => values((entry) => (entry.kind === 'rollback' ? entry.value : null));
  const snapshots = () => values((entry) => (entry.kind === 'snapshot' ? entry.value : null));
  const policyActions = () => values((entry) => (entry.kind === 'policy-action' ? entry.value : null));
  const postmortems = () => values((entry) => (entry.kind === 'postmortem' ? entry.value : null));
  const actionItems = () => values((entry) => (entry.kind === 'action-item' ? entry.value : null));
  const evalCases = () => values((entry) => (entry.kind === 'eval-case' ? entry.value : null));
  const drills = () => values((entry) => (entry.kind === 'drill' ? entry.value : null));
  const drillBundles = () => values((entry) => (entry.kind === 'drill-bundle' ? entry.value : null));
  const operations = () => values((entry) => (entry.kind === 'operation' ? entry.value : null));

  return {
    get size() {
      return batches.length;
    },
    push: (batch: Batch) => void batches.push(batch),
    first: (): Batch | undefined => batches[0],
    dropFirst: () => void batches.shift(),

    incident: (id: string): IncidentRecord | null => incidents().find((value) => value.id === id) ?? null,
    snapshot: (id: string): SnapshotRecord | null => snapshots().find((value) => value.id === id) ?? null,
    rollback: (id: string): RollbackRecord | null =>
      rollbacks().find((value) => value.rollback.operationId === id) ?? null,
    /** The first result counts, so the oldest wins here. */
    operation: (id: string): OperationRecord | null =>
      operations().findLast((value) => value.operationId === id) ?? null,

    postmortem: (incidentId: string): PostmortemRecord | null =>
      postmortems().find((value) => value.incidentId === incidentId) ?? null,

    mergeActionItems(
      stored: readonly ActionItem[],
      query: { incidentId?: string; unfinished?: boolean },
    ): ActionItem[] {
      return merged(stored, actionItems(), (value) => value.id)
        .filter((value) => query.incidentId === undefined || value.incidentId === query.incidentId)
        .filter((value) => !query.unfinished || isUnfinished(value))
        .toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
    },
    mergeEvalCases(stored: readonly EvalCaseRecord[], query: EvalCaseQuery): EvalCaseRecord[] {
      return merged(stored, evalCases(), (value) => value.case.id)
        .filter(({ case: { id } }) => query.id === undefined || id === query.id)
        .filter(({ case: one }) => query.incidentId === undefined || one.incidentId === query.incidentId)
        .filter(({ case: one }) => query.state === undefined || one.state === query.state)
        .filter(({ case: one }) => query.promptId === undefined || one.promptId === query.promptId)
        .toSorted((a, b) => a.case.createdAtMs - b.case.createdAtMs || (a.case.id < b.case.id ? -1 : 1));
    },
    mergeDrills(stored: readonly DrillRecord[], query: DrillQuery): DrillRecord[] {
      return merged(stored, drills(), ({ report }) => report.drillId)
        .filter(({ report }) => query.drillId === undefined || report.drillId === query.drillId)
        .filter(({ report }) => !query.isCast || report.castPromptId !== null)
        .filter(
          ({ report }) => query.castPromptId === undefined || report.castPromptId === query.castPromptId,
        )
        .filter(({ report }) => query.outcome === undefined || report.outcome === query.outcome)
        .toSorted((a, b) => b.report.startedAtMs - a.report.startedAtMs)
        .slice(0, query.limit);
    },
    mergeDrillBundles(stored: readonly DrillBundleRecord[]): DrillBundleRecord[] {
      return merged(stored, drillBundles(), ({ scenarioId }) => scenarioId).toSorted((a, b) =>
        a.scenarioId < b.scenarioId ? -1 : 1,
      );
    },
    mergeIncidents(
      stored: readonly IncidentRecord[],
      query: { status: 'open' | 'closed' | 'any'; limit: number },
    ): IncidentRecord[] {
      return merged(stored, incidents(), (value) => value.id)
        .filter((value) => query.status === 'any' || value.status === query.status)
        .toSorted((a, b) => b.declaredAtMs - a.declaredAtMs || (a.id < b.id ? 1 : -1))
        .slice(0, query.limit);
    },
    mergeTimeline(stored: readonly TimelineEntry[], incidentId: string): TimelineEntry[] {
      const waiting = timeline().filter((value) => value.incidentId === incidentId);
      return merged(stored, waiting, (value) => value.id).toSorted(
        (a, b) => a.atMs - b.atMs || a.recordedAtMs - b.recordedAtMs || (a.id < b.id ? -1 : 1),
      );
    },
    mergeRollbacks(stored: readonly RollbackRecord[], query: RollbackQuery): RollbackRecord[] {
      return merged(stored, rollbacks(), (value) => value.rollback.operationId)
        .filter(({ rollback }) => matches(rollback, query))
        .toSorted((a, b) => a.rollback.pressedAtMs - b.rollback.pressedAtMs)
        .slice(query.newest === undefined ? 0 : -query.newest);
    },
    mergePolicyActions(stored: readonly PolicyActionRecord[]): PolicyActionRecord[] {
      return merged(stored, policyActions(), (value) => value.action.id).toSorted(
        (a, b) => a.action.announcedAtMs - b.action.announcedAtMs,
      );
    },
  };
}

/** `waiting` is newest first and wins over what is stored. */
function merged<T>(stored: readonly T[], waiting: readonly T[], idOf: (value: T) => string): T[] {
  const byId = new Map(stored.map((value) => [idOf(value), value]));
  for (const value of waiting.toReversed()) byId.set(idOf(value), value);
  return [...byId.values()];
}

function matches(rollback: RollbackRecord['rollback'], query: RollbackQuery): boolean {
  return (
    (query.incidentId === undefined || rollback.incidentId === query.incidentId) &&
    (query.promptId === undefined || rollback.promptId === query.promptId) &&
    (!query.unsettled || rollback.settledAtMs === null) &&
    (query.sinceMs === undefined || rollback.pressedAtMs >= query.sinceMs) &&
    (query.state === undefined || rollback.state === query.state)
  );
}
