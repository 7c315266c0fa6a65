import { assertNever } from '#shared/lib/assert-never.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { LeverOperation } from '#shared/model/rollback.ts';
import type { Clock } from '../clock.ts';
import {
  type Lever,
  type LeverPlan,
  type LeverRead,
  type LeverVersions,
  type Pointer,
  SourceError,
  type WriteOutcome,
} from './kind.ts';
import { type PointerStore, type StoredPointer, storedPointerSchema, WHOLE } from './pointer-store.ts';

/** How a connector's targets name a pointer. */
export type PointerNames<T> = {
  readonly lever: 'registry' | 'config';
  readonly connector: string;
  readonly sourceId: string;
  /** "the label production of travel_planner". */
  words(target: T): string;
  nameOf(target: T): string;
  placeOf(target: T): string;
};

const percent = (share01: number) => `${Math.round(share01 * 1000) / 10} %`;
const SHARE_TOLERANCE = 0.5 / WHOLE;

/** The pointer as the operation would leave it, or why it cannot. */
function pointerAfter(
  versions: LeverVersions,
  pointer: Pointer,
  operation: LeverOperation,
  snapshot: unknown,
): Pointer | string {
  switch (operation.kind) {
    case 'point-label':
      return versions.all.includes(operation.version) || operation.version === versions.control
        ? { ...pointer, versions: [{ version: operation.version, weight: WHOLE }] }
        : `There is no version ${operation.version} to point to.`;
    case 'set-share': {
      const { version, share01 } = operation;
      if (!versions.all.includes(version)) return `There is no version ${version}.`;
      if (version === versions.control) return `${version} is the control: set the share of the candidate.`;
      const weight = Math.round(share01 * WHOLE);
      const both = [
        { version: versions.control, weight: WHOLE - weight },
        { version, weight },
      ];
      return { ...pointer, versions: both.filter((one) => one.weight > 0) };
    }
    case 'restore': {
      const parsed = storedPointerSchema.safeParse(snapshot);
      if (!parsed.success) return 'The snapshot does not come from here.';
      const earlier = parsed.data.pointer;
      return earlier.name === pointer.name && earlier.place === pointer.place
        ? earlier
        : `The snapshot is of ${earlier.name} in ${earlier.place}.`;
    }
    case 'serve-control':
      return 'Nothing can be turned off here: point it to the control.';
    default:
      return assertNever(operation, 'operation');
  }
}

function refused(reason: 'invalid' | 'conflict' | 'not-supported', message: string): WriteOutcome {
  return {
    kind: 'refused',
    reason,
    status: null,
    message,
    fix: reason === 'conflict' ? 'Look at the present state, then press again.' : 'Read it again.',
  };
}

/** A label or a pin of a built-in store as a lever: in this process, with a real compare-and-set. */
export function createPointerLever<T>(deps: {
  readonly store: PointerStore;
  readonly clock: Clock;
  readonly names: PointerNames<T>;
}): Lever<T> {
  const { store, names } = deps;

  const stateOf = (target: T, stored: StoredPointer): LeverState => ({
    lever: names.lever,
    source: names.sourceId,
    connector: names.connector,
    key: names.nameOf(target),
    environment: names.placeOf(target),
    isOn: null,
    intended: stored.pointer.versions.map(({ version, weight }) => ({ version, share01: weight / WHOLE })),
    offVersion: null,
    revision: String(stored.revision),
    lastChangedBy: stored.changedBy,
    lastChangedAtMs: stored.changedAtMs,
    needsApproval: false,
    consoleUrl: null,
    readAtMs: deps.clock.nowMs(),
  });

  function planOf(target: T, versions: LeverVersions, read: LeverRead, operation: LeverOperation): LeverPlan {
    const where = names.words(target);
    const plan = (effect: string, refusal: string | null): LeverPlan => ({
      effect,
      refused: refusal,
      warnings: [],
      needsApproval: false,
    });
    const stored = storedPointerSchema.safeParse(read.snapshot);
    if (!stored.success)
      return plan(`changes nothing on ${where}`, 'The state shown does not come from here.');
    if (operation.kind === 'restore') return plan(`puts ${where} back as it was before the rollback`, null);
    const after = pointerAfter(versions, stored.data.pointer, operation, null);
    if (typeof after === 'string') return plan(`changes nothing on ${where}`, after);
    return operation.kind === 'set-share'
      ? plan(`sets ${operation.version} to ${percent(operation.share01)} on ${where}`, null)
      : plan(`points ${where} to ${operation.version}; all traffic gets it`, null);
  }

  return {
    capabilities: {
      killStyle: names.lever === 'registry' ? 'label' : 'value',
      canSetShare: true,
      compareAndSet: 'conditional',
      keepsComment: true,
      blastRadius: null,
      propagation: { typicalMs: 10_000, worstMs: 60_000, text: 'with the next poll of each worker' },
    },
    async read(target) {
      const stored = store.get(names.nameOf(target), names.placeOf(target));
      if (!stored)
        throw new SourceError(`There is no ${names.words(target)}.`, {
          status: 404,
          fix: 'Correct its name in the workspace.',
        });
      return { state: stateOf(target, stored), snapshot: stored };
    },
    plan: planOf,
    async write(target, versions, request) {
      const present = storedPointerSchema.safeParse(request.expected.snapshot);
      if (!present.success) return refused('invalid', 'The state shown does not come from here.');
      const wanted = pointerAfter(versions, present.data.pointer, request.operation, request.snapshot);
      if (typeof wanted === 'string') return refused('not-supported', wanted);
      try {
        const outcome = await store.change({
          pointer: wanted,
          by: 'fusebox',
          comment: request.comment,
          operationId: request.operationId,
          expectedRevision: Number(request.expected.state.revision),
        });
        if (outcome.kind === 'conflict')
          return refused(
            'conflict',
            outcome.stored ? `${outcome.stored.changedBy} changed it meanwhile.` : 'It is gone.',
          );
        return {
          kind: 'accepted',
          requestId: request.operationId,
          detail: `revision ${outcome.stored.revision} of ${names.words(target)} is stored`,
        };
      } catch {
        return { kind: 'unknown', detail: 'its file could not be written (disk full?)' };
      }
    },
    isInEffect(_target, versions, read, operation, restored) {
      const stored = storedPointerSchema.safeParse(read.snapshot);
      if (!stored.success) return false;
      const { pointer } = stored.data;
      const share01 = (version: string) =>
        (pointer.versions.find((one) => one.version === version)?.weight ?? 0) / WHOLE;
      switch (operation.kind) {
        case 'point-label':
          return share01(operation.version) === 1;
        case 'set-share':
          return (
            versions.all.includes(operation.version) &&
            Math.abs(share01(operation.version) - operation.share01) <= SHARE_TOLERANCE
          );
        case 'restore': {
          const wanted = storedPointerSchema.safeParse(restored);
          return wanted.success && JSON.stringify(wanted.data.pointer) === JSON.stringify(pointer);
        }
        case 'serve-control':
          return false;
        default:
          return assertNever(operation, 'operation');
      }
    },
    async events(target, window) {
      return store
        .events(names.nameOf(target), names.placeOf(target))
        .filter(({ atMs }) => atMs >= window.fromMs && atMs < window.toMs)
        .map((event) => ({
          atMs: event.atMs,
          // What is met for the first time has changed nothing: it is told, but suspected of nothing.
          kind: event.isFirst ? ('other' as const) : ('config' as const),
          source: names.sourceId,
          by: event.by,
          text: `${event.name}: ${event.text}${event.comment === '' ? '' : ` (${event.comment})`}`,
        }));
    },
    consoleUrl: () => null,
  };
}
