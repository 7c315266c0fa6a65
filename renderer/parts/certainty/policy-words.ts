import { assertNever } from '#shared/lib/assert-never.ts';
import type { PolicyAction } from '#shared/model/detection.ts';
import { clockWords } from '../age-words.ts';

export const POLICY_TITLES: Record<PolicyAction['kind'], string> = {
  'freeze-ramp': 'Hold the ramp',
  killswitch: 'Roll back',
};

/** What became of it, in a few words. */
export function policyOutcomeWords(action: PolicyAction): string {
  switch (action.state) {
    case 'announced':
      return 'announced, not done yet.';
    case 'vetoed':
      return `stopped by ${action.vetoedBy ?? 'somebody'}, nothing was changed.`;
    case 'acting':
      return 'under way.';
    case 'cancelled':
      return action.outcome ?? 'cancelled, nothing was changed.';
    case 'done':
      return action.outcome ?? 'done.';
    case 'failed':
      return `failed: ${action.outcome ?? 'no reason was given'}.`;
    default:
      return assertNever(action.state);
  }
}

const DONE_SHOWN_MS = 2 * 60_000;
const FAILED_SHOWN_MS = 30 * 60_000;

/** Announced and acting policies; what became of one for a while after, a failure longer, because then a person must act. */
export function isPolicyShown(action: PolicyAction, nowMs: number): boolean {
  const sinceMs = nowMs - action.actsAtMs;
  switch (action.state) {
    case 'announced':
    case 'acting':
      return true;
    case 'vetoed':
    case 'cancelled':
    case 'done':
      return sinceMs < DONE_SHOWN_MS;
    case 'failed':
      return sinceMs < FAILED_SHOWN_MS;
    default:
      return assertNever(action.state);
  }
}

/** "rolls back customer_support_agent in 0:42": the second of the announcement that matters. */
export function policyAnnouncement(action: PolicyAction, promptTitle: string, nowMs: number): string {
  const what =
    action.kind === 'killswitch'
      ? `rolls ${promptTitle} back`
      : `holds the ramp of ${promptTitle} where it is`;
  const leftMs = action.actsAtMs - nowMs;
  if (action.state === 'acting' || leftMs <= 0) return `${what} now`;
  return `${what} in ${clockWords(leftMs + 999)}`;
}
