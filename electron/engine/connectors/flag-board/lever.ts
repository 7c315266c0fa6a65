import { assertNever } from '#shared/lib/assert-never.ts';
import type { LeverState } from '#shared/model/prompt.ts';
import type { LeverOperation } from '#shared/model/rollback.ts';
import type { FlagTarget } from '#shared/model/workspace.ts';
import type { Clock } from '#engine/clock.ts';
import { SourceError } from '../kind.ts';
import type { BoardFlag, FlagLever, LeverPlan, LeverRead, LeverVersions, WriteOutcome } from '../kind.ts';
import { storedFlagSchema, WHOLE } from './flags.ts';
import type { StoredFlag } from './flags.ts';
import { FIRST_SEEN } from './store.ts';
import type { FlagStore } from './store.ts';

const variantOf = (target: FlagTarget, version: string) => target.variations[version] ?? version;
const versionOf = (target: FlagTarget, variant: string) =>
  Object.entries(target.variations).find(([, name]) => name === variant)?.[0] ?? variant;
const percent = (share01: number) => `${Math.round(share01 * 1000) / 10} %`;
const SHARE_TOLERANCE = 0.5 / WHOLE;

/** The built-in flag board as a lever: in this process, with a real compare-and-set. */
export function createBoardLever(deps: {
  readonly sourceId: string;
  readonly store: FlagStore;
  readonly clock: Clock;
}): FlagLever {
  const { store } = deps;
  const stateOf = (target: FlagTarget, versions: LeverVersions, stored: StoredFlag): LeverState => ({
    lever: 'flag',
    source: deps.sourceId,
    connector: 'flag-board',
    key: target.key,
    environment: target.environment,
    isOn: stored.flag.enabled,
    intended: intendedOf(target, versions, stored.flag),
    offVersion: stored.flag.offVariant === null ? null : versionOf(target, stored.flag.offVariant),
    revision: String(stored.revision),
    lastChangedBy: stored.changedBy,
    lastChangedAtMs: stored.changedAtMs,
    needsApproval: false,
    consoleUrl: null,
    readAtMs: deps.clock.nowMs(),
  });

  return {
    capabilities: {
      killStyle: 'whole-flag',
      canSetShare: true,
      compareAndSet: 'conditional',
      keepsComment: true,
      blastRadius: null,
      propagation: {
        typicalMs: 500,
        worstMs: 5000,
        text: 'at once to services that listen to the event stream, else with their next poll',
      },
    },
    async read(target, versions) {
      const stored = store.get(target.key, target.environment);
      if (!stored)
        throw new SourceError(`The flag board has no flag ${target.key} in ${target.environment}.`, {
          status: 404,
          fix: 'Add it under sources → settings.flags in the workspace, or correct flag.key.',
        });
      return { state: stateOf(target, versions, stored), snapshot: stored };
    },
    plan: planOf,
    async write(target, versions, request) {
      const present = storedFlagSchema.safeParse(request.expected.snapshot);
      if (!present.success) return refused('invalid', 'The state shown does not come from the flag board.');
      const wanted = flagAfter(target, versions, present.data.flag, request.operation, request.snapshot);
      if (typeof wanted === 'string') return refused('not-supported', wanted);
      try {
        const outcome = await store.change({
          flag: wanted,
          by: 'fusebox',
          comment: request.comment,
          operationId: request.operationId,
          expectedRevision: Number(request.expected.state.revision),
        });
        if (outcome.kind === 'conflict')
          return refused(
            'conflict',
            outcome.stored
              ? `${outcome.stored.changedBy} changed the flag meanwhile.`
              : 'The flag is gone from the board.',
          );
        return {
          kind: 'accepted',
          requestId: request.operationId,
          detail: `revision ${outcome.stored.revision} of ${target.key} is stored`,
        };
      } catch {
        // The file is replaced in one step, so the board serves either the old or the new rules; reading back tells which.
        return { kind: 'unknown', detail: 'the flag board could not write its file (disk full?)' };
      }
    },
    isInEffect,
    async events(target, window) {
      return store
        .events(target.key, target.environment)
        .filter((event) => event.atMs >= window.fromMs && event.atMs < window.toMs)
        .map((event) => ({
          atMs: event.atMs,
          // A flag met for the first time has changed nothing: it is told, but suspected of nothing.
          kind: event.comment === FIRST_SEEN ? ('other' as const) : ('flag' as const),
          source: deps.sourceId,
          by: event.by,
          text: `${event.key}: ${event.text}${event.comment === '' ? '' : ` (${event.comment})`}`,
        }));
    },
    consoleUrl: () => null,
  };
}

function refused(reason: 'invalid' | 'conflict' | 'not-supported', message: string): WriteOutcome {
  return {
    kind: 'refused',
    reason,
    status: null,
    message,
    fix: reason === 'conflict' ? 'Look at the present state, then press again.' : 'Read the flag again.',
  };
}

function intendedOf(target: FlagTarget, versions: LeverVersions, flag: BoardFlag): LeverState['intended'] {
  if (!flag.enabled) {
    const version = flag.offVariant === null ? versions.control : versionOf(target, flag.offVariant);
    return [{ version, share01: 1 }];
  }
  return flag.variants.map((variant) => ({
    version: versionOf(target, variant.name),
    share01: variant.weight / WHOLE,
  }));
}

/** The flag as the operation would leave it, or why it cannot. */
function flagAfter(
  target: FlagTarget,
  versions: LeverVersions,
  flag: BoardFlag,
  operation: LeverOperation,
  snapshot: unknown,
): BoardFlag | string {
  switch (operation.kind) {
    case 'serve-control': {
      const off = flag.offVariant === null ? versions.control : versionOf(target, flag.offVariant);
      return off === operation.version
        ? { ...flag, enabled: false }
        : `Off serves ${off}, not ${operation.version}; correct offVariant of the flag.`;
    }
    case 'restore': {
      const parsed = storedFlagSchema.safeParse(snapshot);
      if (!parsed.success) return 'The snapshot does not come from the flag board.';
      const { flag: earlier } = parsed.data;
      return earlier.key === flag.key && earlier.environment === flag.environment
        ? earlier
        : `The snapshot is of ${earlier.key} in ${earlier.environment}, not of this flag.`;
    }
    case 'set-share':
      return withShare(target, versions, flag, operation.version, operation.share01);
    case 'point-label':
      return 'A flag has no label to point; use the registry lever.';
    default:
      return assertNever(operation, 'operation');
  }
}

/** The candidate gets its share, the control gives or takes the difference, other variants stay. */
function withShare(
  target: FlagTarget,
  versions: LeverVersions,
  flag: BoardFlag,
  version: string,
  share01: number,
): BoardFlag | string {
  const name = variantOf(target, version);
  const controlName = variantOf(target, versions.control);
  const variant = flag.variants.find((one) => one.name === name);
  const control = flag.variants.find((one) => one.name === controlName);
  if (!variant) return `The flag has no variant for ${version}; add one, or name it in flag.variations.`;
  if (!control || control === variant) return `The flag has no variant for the control ${versions.control}.`;
  const weight = Math.round(share01 * WHOLE);
  const controlWeight = control.weight + variant.weight - weight;
  if (controlWeight < 0) return `Other variants hold too much for ${version} to get ${percent(share01)}.`;
  return {
    ...flag,
    variants: flag.variants.map((one) =>
      one === variant ? { ...one, weight } : one === control ? { ...one, weight: controlWeight } : one,
    ),
  };
}

function planOf(
  target: FlagTarget,
  versions: LeverVersions,
  read: LeverRead,
  operation: LeverOperation,
): LeverPlan {
  const where = `${target.key} in ${target.environment}`;
  const plan = (effect: string, refusal: string | null, ...warnings: string[]): LeverPlan => ({
    effect,
    refused: refusal,
    warnings,
    needsApproval: false,
  });
  const stored = storedFlagSchema.safeParse(read.snapshot);
  if (!stored.success)
    return plan(`changes nothing on ${where}`, 'The state shown does not come from the flag board.');
  const { flag } = stored.data;
  // What restore puts back is not known here, so it is planned without it.
  if (operation.kind === 'restore') return plan(`puts ${where} back as it was before the rollback`, null);
  const after = flagAfter(target, versions, flag, operation, null);
  if (typeof after === 'string') return plan(`changes nothing on ${where}`, after);
  switch (operation.kind) {
    case 'serve-control':
      return flag.enabled
        ? plan(
            `turns off ${where}; all traffic gets ${versions.control}`,
            null,
            ...(flag.offVariant === null
              ? [`Off names no version: the service itself must then serve ${versions.control}.`]
              : []),
          )
        : plan(`changes nothing: ${where} is off already, all traffic gets ${versions.control}`, null);
    case 'set-share':
      return plan(
        `sets ${operation.version} to ${percent(operation.share01)} on ${where}; ${versions.control} takes the rest`,
        null,
        ...(flag.enabled ? [] : ['The flag is off: the share counts once it is on again.']),
      );
    case 'point-label':
      return plan(`changes nothing on ${where}`, 'A flag has no label to point; use the registry lever.');
    default:
      return assertNever(operation, 'operation');
  }
}

function isInEffect(
  target: FlagTarget,
  _versions: LeverVersions,
  read: LeverRead,
  operation: LeverOperation,
  restored?: unknown,
): boolean {
  const stored = storedFlagSchema.safeParse(read.snapshot);
  if (!stored.success) return false;
  const { flag } = stored.data;
  switch (operation.kind) {
    case 'serve-control':
      return !flag.enabled;
    case 'restore': {
      const wanted = storedFlagSchema.safeParse(restored);
      return wanted.success && JSON.stringify(wanted.data.flag) === JSON.stringify(flag);
    }
    case 'set-share': {
      const variant = flag.variants.find((one) => one.name === variantOf(target, operation.version));
      return variant !== undefined && Math.abs(variant.weight / WHOLE - operation.share01) <= SHARE_TOLERANCE;
    }
    case 'point-label':
      return false;
    default:
      return assertNever(operation, 'operation');
  }
}
