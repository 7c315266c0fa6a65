import type { FlagTarget } from '#shared/model/workspace.ts';
import type { Clock } from '#engine/clock.ts';
import type { HttpClient } from '../http.ts';
import type { ReadScope } from '../kind.ts';
import { needsApproval, readEvents } from './admin-api.ts';

/** What a read shows beside the rules themselves. */
export type SideFacts = {
  readonly needsApproval: boolean;
  readonly changedBy: string | null;
  readonly changedAtMs: number | null;
};

export type SideFactsReader = {
  /** Begins what will be wanted, so that it runs beside the read of the rules. */
  prepare(target: FlagTarget): void;
  of(target: FlagTarget, revision: string, scope: ReadScope, signal?: AbortSignal): Promise<SideFacts>;
  /** The next read follows a write of ours: it is a read-back, and waits for nothing but the rules. */
  wroteTo(target: FlagTarget): void;
};

type LastChange = { readonly revision: string; readonly by: string | null; readonly atMs: number | null };

const APPROVAL_GOOD_FOR_MS = 60_000;

/**
 * Who changed a flag last, and whether a change needs an approval: good to know, no reason to fail or delay a read. The last change
 * is asked for only when the rules have become others; the rules of approval once a minute, the old answer serving meanwhile.
 */
export function createSideFacts(http: HttpClient, clock: Clock): SideFactsReader {
  const changes = new Map<string, LastChange>();
  const approvals = new Map<string, { value: boolean; askedMs: number }>();
  const asking = new Map<string, Promise<boolean>>();
  const justWritten = new Set<string>();
  const nameOf = (target: FlagTarget) => `${target.project}/${target.environment}/${target.key}`;

  /** Asks once at a time. An answer that could not be had is not kept: the old one stands, else no. */
  const askApproval = (name: string, target: FlagTarget): Promise<boolean> => {
    const present = asking.get(name);
    if (present) return present;
    const asked = needsApproval(http, target).then((value) => {
      asking.delete(name);
      if (value !== null) approvals.set(name, { value, askedMs: clock.monotonicMs() });
      return value ?? approvals.get(name)?.value ?? false;
    });
    asking.set(name, asked);
    return asked;
  };
  const approvalOf = async (target: FlagTarget): Promise<boolean> => {
    const name = `${target.project}/${target.environment}`;
    const known = approvals.get(name);
    const isOld = !known || clock.monotonicMs() - known.askedMs >= APPROVAL_GOOD_FOR_MS;
    const asked = isOld ? askApproval(name, target) : null;
    return known ? known.value : (asked ?? false);
  };

  const askLastChange = async (target: FlagTarget, revision: string, signal?: AbortSignal) => {
    try {
      const event = (await readEvents(http, target, { limit: 5, signal }))[0];
      const change: LastChange = {
        revision,
        by: event?.createdBy ?? null,
        atMs: event ? Date.parse(event.createdAt) : null,
      };
      changes.set(nameOf(target), change);
      return change;
    } catch {
      return null;
    }
  };

  return {
    prepare(target) {
      void approvalOf(target);
    },
    async of(target, revision, scope, signal) {
      const name = nameOf(target);
      const known = changes.get(name);
      let change = known?.revision === revision ? known : null;
      const isReadBack = justWritten.delete(name);
      if (!change && scope === 'everything') {
        const asked = askLastChange(target, revision, isReadBack ? undefined : signal);
        if (!isReadBack) change = await asked;
      }
      return {
        needsApproval: await approvalOf(target),
        changedBy: change?.by ?? null,
        changedAtMs: change?.atMs ?? null,
      };
    },
    wroteTo(target) {
      justWritten.add(nameOf(target));
    },
  };
}
