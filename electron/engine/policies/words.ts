import type { Alarm, PolicyAction } from '#shared/model/detection.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { PolicyActionRecord } from '../records/kind.ts';

/** The name under which policies act, in timelines, status lines and the audit trail. */
export const POLICY_ACTOR = { name: 'fusebox policy', via: 'engine' } as const;

const NAMES: Record<PolicyAction['kind'], string> = {
  killswitch: 'automatic rollback',
  'freeze-ramp': 'automatic hold of the ramp',
};

export const nameOf = (kind: PolicyAction['kind']) => NAMES[kind];

/** "14:11:08Z" */
const clockTime = (atMs: number) => `${new Date(atMs).toISOString().slice(11, 19)}Z`;

/** What is about to happen, when, why, and what stops it. */
export function announcement(
  { action, candidate }: PolicyActionRecord,
  prompt: WorkspacePrompt,
  nowMs: number,
): string {
  const title = prompt.title ?? prompt.id;
  if (action.kind === 'freeze-ramp') {
    return `${title}: policy holds the ramp of ${candidate} at its present share. Why: ${action.because}`;
  }
  const seconds = Math.max(0, Math.round((action.actsAtMs - nowMs) / 1_000));
  const when =
    seconds === 0 ? 'now' : `at ${clockTime(action.actsAtMs)}, in ${seconds} s, unless somebody vetoes it`;
  return `${title}: policy rolls ${candidate} back to ${prompt.control} ${when}. Why: ${action.because}`;
}

/** A soft trigger, for the channel: no incident is open, nobody is paged. */
export function softTrigger(
  prompt: WorkspacePrompt,
  version: string,
  alarm: Pick<Alarm, 'sentence'>,
): string {
  return `${prompt.title ?? prompt.id}: soft trigger, ${version} is probably worse; no incident is open. ${alarm.sentence}`;
}

/** How it ended, for timeline and channel. */
export function endLine(action: PolicyAction): string {
  const what = NAMES[action.kind];
  const detail = action.outcome ?? '';
  switch (action.state) {
    case 'done':
      return `${what}: done. ${detail}`;
    case 'failed':
      return `${what}: NOT done. ${detail} It is not tried again by itself: act by hand.`;
    case 'cancelled':
      return `${what}: cancelled, ${detail}. Nothing was sent.`;
    case 'vetoed':
      return `${what}: vetoed by ${action.vetoedBy ?? 'somebody'}. Nothing was sent.`;
    case 'announced':
    case 'acting':
      return `${what}: ${action.state}`;
  }
}

/** What the provider's log and the status line say about why. */
export function reasonOf({ because }: PolicyAction): string {
  const reason = `policy killswitchOnPage: ${because}`;
  return reason.length <= 400 ? reason : `${reason.slice(0, 399)}…`;
}
