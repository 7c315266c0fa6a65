import { createHash } from 'node:crypto';
import type { Alarm, PolicyAction } from '#shared/model/detection.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { PolicyActionRecord } from '../records/kind.ts';

type Kind = PolicyAction['kind'];

/** An alarm older than this is no longer acted on by itself: the engine was down, or replayed what it had missed. */
export const STALE_MS = 15 * 60_000;
/** Alarms of one candidate that follow each other within this are one episode, as those of one incident are. */
const EPISODE_GAP_MS = 60 * 60_000;
/** After a restart people get at least this long again, whatever was left. */
export const MIN_AFTER_RESTART_MS = 15_000;

/**
 * What an alarm calls for, were the policies on; the first that is on is enough. A page is a WATCH as well: a ramp is held on both. The killswitch acts on the comparison
 * alone: against history a shared outage looks the same as a bad prompt, and rolling back would do nothing but take a remedy away.
 * A wrong split is a finding about data and calls for nothing.
 */
export function calledFor(alarm: Pick<Alarm, 'class' | 'basis' | 'signal'>): Kind[] {
  if (alarm.signal === 'split') return [];
  return alarm.class === 'page' && alarm.basis === 'comparison'
    ? ['killswitch', 'freeze-ramp']
    : ['freeze-ramp'];
}

export function isSwitchedOn(prompt: WorkspacePrompt, kind: Kind): boolean {
  return kind === 'killswitch' ? prompt.policies.killswitchOnPage : prompt.policies.freezeRampOnWatch;
}

/** A WATCH goes to the prompt's channel where its team wants that. A wrong split is a finding about data, a page has its incident. */
export function isTold(prompt: WorkspacePrompt, alarm: Pick<Alarm, 'class' | 'signal'>): boolean {
  return prompt.policies.tellOnWatch && alarm.class === 'watch' && alarm.signal !== 'split';
}

/** The time for a veto, ms. Holding a ramp takes nothing from anybody and is announced as it is done. */
function vetoMsOf(prompt: WorkspacePrompt, kind: Kind): number {
  return kind === 'killswitch' ? prompt.policies.vetoSeconds * 1_000 : 0;
}

/** Stable over restarts, so that the same alarm can never lead to two operations. */
function actionId(input: {
  readonly kind: Kind;
  readonly promptId: string;
  readonly candidate: string;
  readonly alarmAtMs: number;
}): string {
  const parts = [input.kind, input.promptId, input.candidate, String(input.alarmAtMs)];
  return `policy-${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 24)}`;
}

/** A new action as it is announced. */
export function announcedNow(
  kind: Kind,
  prompt: WorkspacePrompt,
  about: {
    readonly alarm: Pick<Alarm, 'atMs' | 'sentence'>;
    readonly candidate: string;
    readonly incidentId: string | null;
    readonly engineId: string | null;
    readonly nowMs: number;
  },
): PolicyActionRecord {
  const { alarm, candidate, incidentId, engineId, nowMs } = about;
  const vetoMs = vetoMsOf(prompt, kind);
  return {
    action: {
      id: actionId({ kind, promptId: prompt.id, candidate, alarmAtMs: alarm.atMs }),
      promptId: prompt.id,
      kind,
      state: 'announced',
      because: alarm.sentence,
      announcedAtMs: nowMs,
      actsAtMs: nowMs + vetoMs,
      vetoedBy: null,
      operationId: null,
      outcome: null,
    },
    engineId,
    candidate,
    incidentId,
    vetoMs,
    lastAlarmAtMs: alarm.atMs,
    revisionShown: null,
  };
}

/** One action per episode: was there one already for this alarm, its incident, or an alarm of the candidate shortly before? */
export function isSameEpisode(
  earlier: PolicyActionRecord,
  alarm: {
    readonly kind: Kind;
    readonly promptId: string;
    readonly candidate: string;
    readonly atMs: number;
    readonly incidentId: string | null;
  },
): boolean {
  if (earlier.action.kind !== alarm.kind || earlier.action.promptId !== alarm.promptId) return false;
  if (earlier.incidentId !== null && alarm.incidentId !== null)
    return earlier.incidentId === alarm.incidentId;
  return earlier.candidate === alarm.candidate && alarm.atMs - earlier.lastAlarmAtMs < EPISODE_GAP_MS;
}

/** The action of the same episode that another engine of the team announced before this one; the first of them counts. */
export function announcedBefore(
  record: PolicyActionRecord,
  all: readonly PolicyActionRecord[],
): PolicyActionRecord | null {
  const { action, candidate, incidentId, lastAlarmAtMs: atMs } = record;
  const { kind, promptId, announcedAtMs, id } = action;
  const isFirst = (other: PolicyAction) =>
    other.announcedAtMs < announcedAtMs || (other.announcedAtMs === announcedAtMs && other.id < id);
  return (
    all.find(
      (other) =>
        other.action.id !== id &&
        isSameEpisode(other, { kind, promptId, candidate, atMs, incidentId }) &&
        isFirst(other.action),
    ) ?? null
  );
}

/** Why an announced action is no longer due, in words; null = it still is. */
export function cancelledBecause(
  record: PolicyActionRecord,
  now: {
    readonly prompt: WorkspacePrompt | null;
    /** The prompt's open incident. */
    readonly incident: Incident | null;
  },
): string | null {
  const { action, candidate, incidentId } = record;
  const { prompt, incident } = now;
  if (!prompt) return `${action.promptId} is no longer in the workspace`;
  if (!isSwitchedOn(prompt, action.kind)) return 'the policy was switched off in the workspace file';
  if (prompt.candidate !== candidate) return `${candidate} is no longer the candidate`;
  if (incidentId !== null && incident?.id !== incidentId) return `${incidentId} was closed`;
  if (action.kind === 'freeze-ramp') return null;
  const press = incident?.rollbacks.find(
    ({ operation, operationId, state, undoes }) =>
      (operation.kind === 'serve-control' || operation.kind === 'point-label') &&
      operationId !== action.id &&
      undoes === null &&
      state !== 'refused' &&
      state !== 'not-in-effect',
  );
  if (press) return `${press.actor} rolled back already`;
  const decided = incident?.decision.recorded ?? null;
  if (decided && decided.outcome !== 'roll-back' && decided.outcome !== 'undecided') {
    return `${decided.by} decided otherwise (${decided.outcome.replaceAll('-', ' ')})`;
  }
  return null;
}
