import type { LeverState } from '#shared/model/prompt.ts';
import type { LeverOperation } from '#shared/model/rollback.ts';
import type { FlagTarget } from '#shared/model/workspace.ts';
import { assertNever } from '#shared/lib/assert-never.ts';
import type { Clock } from '#engine/clock.ts';
import type { HttpClient } from '../http.ts';
import type { FlagLever, LeverPlan, LeverRead, LeverVersions, WriteOutcome } from '../kind.ts';
import { isSameStrategy, readEvents, readSnapshot, revisionOf } from './admin-api.ts';
import { changeOf } from './events.ts';
import { activeStrategies, intendedOf, shareSlotOf } from './intended.ts';
import type { UnleashSettings } from './settings.ts';
import { createSideFacts } from './side-facts.ts';
import { snapshotSchema } from './shapes.ts';
import type { UnleashSnapshot } from './shapes.ts';
import { restore, setShare, switchFlag } from './write.ts';

/** Server ticks once a second (measured 0.4-1.1 s until an SDK's poll sees a change). */
const SERVER_TICK_MS = 1000;
/** Weights move in thousandths; reads are compared with half a step of tolerance. */
const SHARE_TOLERANCE = 0.0006;

/** Unleash as a flag lever: `off` is the killswitch, the candidate's fixed weight is the ramp. */
export function createUnleashLever(deps: {
  readonly sourceId: string;
  readonly http: HttpClient;
  readonly settings: UnleashSettings;
  readonly clock: Clock;
}): FlagLever {
  const { http, settings } = deps;
  const facts = createSideFacts(http, deps.clock);
  const consoleUrl = (target: FlagTarget) =>
    `${http.baseUrl}/projects/${encodeURIComponent(target.project)}/features/${encodeURIComponent(target.key)}`;

  return {
    capabilities: {
      killStyle: 'whole-flag',
      canSetShare: true,
      compareAndSet: 'read-compare',
      keepsComment: false,
      blastRadius: null,
      propagation: {
        typicalMs: SERVER_TICK_MS + settings.sdkRefreshMs / 2,
        worstMs: SERVER_TICK_MS + settings.sdkRefreshMs,
        text: `the server shows it within ${SERVER_TICK_MS / 1000} s; SDKs ask every ${settings.sdkRefreshMs / 1000} s`,
      },
    },
    async read(target, versions, signal, scope = 'everything') {
      facts.prepare(target);
      const snapshot = await readSnapshot(http, target, signal);
      const revision = revisionOf(snapshot);
      const side = await facts.of(target, revision, scope, signal);
      const state: LeverState = {
        lever: 'flag',
        source: deps.sourceId,
        connector: 'unleash',
        key: target.key,
        environment: target.environment,
        isOn: snapshot.enabled,
        intended: [...intendedOf(target, versions, snapshot).shares],
        offVersion: null,
        revision,
        lastChangedBy: side.changedBy,
        lastChangedAtMs: side.changedAtMs,
        needsApproval: side.needsApproval,
        consoleUrl: consoleUrl(target),
        readAtMs: deps.clock.nowMs(),
      };
      return { state, snapshot };
    },
    plan: planOf,
    async write(target, _versions, request) {
      const { operation } = request;
      const noted = async (writing: Promise<WriteOutcome>) => {
        const outcome = await writing;
        if (outcome.kind !== 'refused') facts.wroteTo(target);
        return outcome;
      };
      switch (operation.kind) {
        case 'serve-control':
          return noted(switchFlag(http, target, 'off'));
        case 'restore':
          return noted(restore(http, target, request));
        case 'set-share':
          return noted(setShare(http, target, request, operation));
        case 'point-label':
          return {
            kind: 'refused',
            reason: 'not-supported',
            status: null,
            message: 'A flag has no label to point.',
            fix: 'Use the registry lever.',
          };
        default:
          return assertNever(operation, 'operation');
      }
    },
    isInEffect,
    async events(target, window) {
      const events = await readEvents(http, target, { window, limit: 200 });
      return events.map((event) => changeOf(event, target, deps.sourceId));
    },
    consoleUrl,
  };
}

const percent = (share01: number) => `${Math.round(share01 * 1000) / 10} %`;

function planOf(
  target: FlagTarget,
  versions: LeverVersions,
  read: LeverRead,
  operation: LeverOperation,
): LeverPlan {
  const parsed = snapshotSchema.safeParse(read.snapshot);
  const where = `${target.key} in ${target.environment}`;
  const refuse = (refused: string): LeverPlan => ({
    effect: `changes nothing on ${where}`,
    refused,
    warnings: [],
    needsApproval: read.state.needsApproval,
  });
  if (!parsed.success) return refuse('The state shown does not come from Unleash; read it again.');
  const snapshot = parsed.data;
  const { reason } = intendedOf(target, versions, snapshot);
  const warnings = [
    ...(read.state.needsApproval
      ? ['Unleash asks for an approval in this environment: the press may only open a change request.']
      : []),
    ...(reason === null ? [] : [`The present share is not known: ${reason}.`]),
  ];
  const plan = (effect: string, ...more: string[]): LeverPlan => ({
    effect,
    refused: null,
    warnings: [...warnings, ...more],
    needsApproval: read.state.needsApproval,
  });
  switch (operation.kind) {
    case 'serve-control':
      if (operation.version !== versions.control)
        return refuse(
          `Off serves the control ${versions.control}, not ${operation.version}. Set a share instead, or change the control in the workspace.`,
        );
      if (!snapshot.enabled)
        return plan(`changes nothing: ${where} is off already, all traffic gets ${versions.control}`);
      return plan(
        `turns off ${where}; all traffic gets ${versions.control}`,
        `Off makes Unleash answer "disabled": the service itself must then serve ${versions.control}.`,
      );
    case 'restore':
      return plan(`puts ${where} back as it was before the rollback`);
    case 'set-share': {
      const found = shareSlotOf(target, operation.version, snapshot);
      if (!found.ok) return refuse(`The share of ${operation.version} cannot be set: ${found.reason}.`);
      if (operation.share01 > found.slot.rollout)
        return refuse(
          `The strategy lets in ${percent(found.slot.rollout)} of the traffic, less than ${percent(operation.share01)}.`,
        );
      return plan(
        `sets ${operation.version} to ${percent(operation.share01)} on ${where}; ${versions.control} takes the rest`,
        ...(snapshot.enabled ? [] : ['The flag is off: the share counts once it is on again.']),
      );
    }
    case 'point-label':
      return refuse('A flag has no label to point; use the registry lever.');
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
  const parsed = snapshotSchema.safeParse(read.snapshot);
  if (!parsed.success) return false;
  const snapshot = parsed.data;
  switch (operation.kind) {
    case 'serve-control':
      return !snapshot.enabled;
    case 'restore': {
      const wanted = snapshotSchema.safeParse(restored);
      return (
        wanted.success && wanted.data.enabled === snapshot.enabled && haveSameRules(wanted.data, snapshot)
      );
    }
    case 'set-share': {
      const found = shareSlotOf(target, operation.version, snapshot);
      if (!found.ok) return false;
      const { variant, rollout } = found.slot;
      return Math.abs((variant.weight / 1000) * rollout - operation.share01) < SHARE_TOLERANCE;
    }
    case 'point-label':
      return false;
    default:
      return assertNever(operation, 'operation');
  }
}

/** Ids are left out: a strategy that had to be added again has a new one. */
function haveSameRules(wanted: UnleashSnapshot, present: UnleashSnapshot): boolean {
  const left = activeStrategies(present);
  const right = activeStrategies(wanted);
  return (
    left.length === right.length && right.every((one) => left.some((other) => isSameStrategy(one, other)))
  );
}
