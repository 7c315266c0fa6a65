import type { FlagTarget } from '#shared/model/workspace.ts';
import type { Clock } from '#engine/clock.ts';
import type { HttpClient } from '../http.ts';
import { needsApproval, readEvents } from './admin-api.ts';

/** What a read shows beside the rules themselves. */
export type SideFacts = {
  readonly needsApproval: boolean;
  readonly changedBy: string | null;
  readonly changedAtMs: number | null;
};

export type SideFactsReader = {
  /** Begins what will be wanted, so that it runs beside the read of the rules. */
  prepare(target: FlagTarget, signal?: AbortSignal): void;
  of(target: FlagTarget, revision: string, signal?: AbortSignal): Promise<SideFacts>;
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
  const approvals = new Map<string, { value: Promise<boolean>; askedMs: number }>();
  const justWritten = new Set<string>();
  const nameOf = (target: FlagTarget) => `${target.project}/${target.environment}/${target.key}`;

  const approvalOf = (target: FlagTarget, signal?: AbortSignal): Promise<boolean> => {
    const name = `${target.project}/${target.environment}`;
    const known = approvals.get(name);
    const nowMs = clock.monotonicMs();
    if (known && nowMs - known.askedMs < APPROVAL_GOOD_FOR_MS) return known.value;
    const asked = needsApproval(http, target, known ? undefined : signal);
    if (!known) {
      approvals.set(name, { value: asked, askedMs: nowMs });
      return asked;
    }
    known.askedMs = nowMs;
    void asked.then((value) => approvals.set(name, { value: Promise.resolve(value), askedMs: nowMs }));
    return known.value;
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
    prepare(target, signal) {
      void approvalOf(target, signal);
    },
    async of(target, revision, signal) {
      const name = nameOf(target);
      const known = changes.get(name);
      let change = known?.revision === revision ? known : null;
      const isReadBack = justWritten.delete(name);
      if (!change) {
        const asked = askLastChange(target, revision, isReadBack ? undefined : signal);
        if (!isReadBack) change = await asked;
      }
      return {
        needsApproval: await approvalOf(target, signal),
        changedBy: change?.by ?? null,
        changedAtMs: change?.atMs ?? null,
      };
    },
    wroteTo(target) {
      justWritten.add(nameOf(target));
    },
  };
}
