import type { PolicyAction } from '#shared/model/detection.ts';
import type { Clock } from '../clock.ts';
import type { Actor } from '../ports.ts';
import { RecordConflictError } from '../records/conflicts.ts';
import type { PolicyActionRecord, RecordEntry, Records } from '../records/kind.ts';
import { POLICY_ACTOR, nameOf } from './words.ts';

/** What is over is shown and remembered this long; what is not over is never forgotten. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;

/** How far an action has come. Steps go forward, but for one that is announced again after a restart. */
const STEP: Readonly<Record<PolicyAction['state'], number>> = {
  announced: 0,
  acting: 1,
  vetoed: 2,
  cancelled: 2,
  done: 2,
  failed: 2,
};
const OVER = 2;

/** Actions as this engine knows them, and their way to the record and to the feed. */
export type ActionBook = {
  /** Once; whoever asks first waits for the record. */
  load(): Promise<void>;
  /** What other engines of the team have written since; gives those that are announced, or announced again, since. */
  refresh(): Promise<PolicyActionRecord[]>;
  get(id: string): PolicyActionRecord | undefined;
  all(): PolicyActionRecord[];
  /**
   * Visible at once, on disk when it resolves. `says` goes into the audit trail. False = another engine was first, a veto for one: nothing
   * was written, and the book has what that one wrote.
   */
  commit(
    record: PolicyActionRecord,
    says: string | null,
    by?: { readonly actor: Actor; readonly operationId: string },
  ): Promise<boolean>;
};

export function createActionBook(deps: {
  readonly records: Records;
  readonly clock: Clock;
  readonly onChange: (promptId: string) => void;
}): ActionBook {
  const { records, clock, onChange } = deps;
  const known = new Map<string, PolicyActionRecord>();
  let loading: Promise<void> | null = null;

  const stored = () => records.policyActions({ sinceMs: clock.nowMs() - REMEMBERED_MS });

  function take(record: PolicyActionRecord): void {
    known.set(record.action.id, record);
    onChange(record.action.promptId);
  }

  return {
    load() {
      loading ??= stored().then((found) => {
        for (const record of found) known.set(record.action.id, record);
      });
      return loading;
    },
    async refresh() {
      if (records.engineId === null) return [];
      const added: PolicyActionRecord[] = [];
      for (const record of await stored()) {
        const mine = known.get(record.action.id);
        if (mine && !isNewer(record.action, mine.action)) continue;
        take(record);
        if (record.action.state === 'announced' && mine?.action.state !== 'announced') added.push(record);
      }
      return added;
    },
    get: (id) => known.get(id),
    all: () => [...known.values()],
    async commit(record, says, by = { actor: POLICY_ACTOR, operationId: record.action.id }) {
      const { action } = record;
      known.set(action.id, record);
      const audit = (what: string): RecordEntry => ({
        kind: 'audit',
        value: {
          atMs: clock.nowMs(),
          monotonicMs: clock.monotonicMs(),
          actor: by.actor.name,
          via: by.actor.via,
          operationId: by.operationId,
          phase: 'fact',
          what: `${nameOf(action.kind)} ${action.promptId}: ${what}`,
          before: null,
          after: action,
        },
      });
      try {
        await records.write([
          { kind: 'policy-action', value: record },
          ...(says === null ? [] : [audit(says)]),
        ]);
      } catch (error) {
        if (!(error instanceof RecordConflictError)) throw error;
        const theirs = (await stored()).find((one) => one.action.id === action.id);
        if (theirs) take(theirs);
        return false;
      }
      onChange(action.promptId);
      return true;
    },
  };
}

/** Whether what is stored is news. What is over here is over: the record has refused it otherwise. */
function isNewer(theirs: PolicyAction, mine: PolicyAction): boolean {
  if (STEP[mine.state] === OVER) return false;
  return STEP[theirs.state] > STEP[mine.state] || theirs.actsAtMs > mine.actsAtMs;
}
