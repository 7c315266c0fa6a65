import type { RefusalReason, WriteOutcome } from './kind.ts';
import { messageInBody, quotable } from './response-text.ts';
import type { SendAnswer } from './send.ts';

const APPROVAL = /SKIP_CHANGE_REQUEST|change[ -]request|approval/i;

type Refusal = { readonly reason: RefusalReason; readonly message: string; readonly fix: string };

/**
 * Settles what an answer to a write means, for every provider alike: 2xx accepted, 4xx refused with a reason, everything after
 * which the change may have happened all the same (5xx, 408, time-out, reset) unknown.
 */
export function outcomeOf(
  answer: SendAnswer,
  system: string,
  acceptedDetail: string,
  secrets: readonly string[],
): WriteOutcome {
  if (answer.kind === 'not-sent')
    return {
      kind: 'refused',
      reason: 'unreachable',
      status: null,
      message: `${system} was not reached: ${answer.message}. Nothing was sent.`,
      fix: answer.fix,
    };
  if (answer.kind === 'no-answer')
    return { kind: 'unknown', detail: `${system} may or may not have applied it: ${answer.detail}` };
  const { status } = answer;
  if (status >= 200 && status < 300)
    return { kind: 'accepted', requestId: answer.requestId, detail: acceptedDetail };
  const said = messageInBody(answer.body);
  const quoted = said === null ? '' : ` It says: "${quotable(said, secrets)}"`;
  if (status >= 500 || status === 408)
    return {
      kind: 'unknown',
      detail: `${system} may or may not have applied it: it answered ${status}.${quoted}`,
    };
  const refusal = refusalOf(status, said ?? '');
  return {
    kind: 'refused',
    reason: refusal.reason,
    status,
    message: `${system} refused: ${refusal.message} (${status}).${quoted}`,
    fix: refusal.fix,
  };
}

/** Reason, words and advice for a status below 500 that is no success (connectors/flags.md 0.5). */
export function refusalOf(status: number, said: string): Refusal {
  if (status === 401)
    return {
      reason: 'unauthorized',
      message: 'the token is not accepted',
      fix: 'Put a valid token where the workspace says it is (env or keychain), then test the source on Connections.',
    };
  if (status === 403 && APPROVAL.test(said))
    return {
      reason: 'approval-required',
      message: 'the change needs an approval there; nothing is live',
      fix: 'Open the flag console and ask for the approval, or use another lever.',
    };
  if (status === 403)
    return {
      reason: 'forbidden',
      message: 'the token may not do this',
      fix: 'Give the token the right to toggle flags and update strategies in this environment.',
    };
  if (status === 404)
    return {
      reason: 'not-found',
      message: 'there is no such flag, project or environment, or the token cannot see it',
      fix: 'Check flag.key, flag.project and flag.environment in the workspace.',
    };
  if (status === 405)
    return {
      reason: 'not-supported',
      message: 'this call is not offered there',
      fix: 'Check baseUrl and the version of the server.',
    };
  if (status === 409 || status === 412)
    return {
      reason: 'conflict',
      message: 'someone else changed it meanwhile',
      fix: 'Look at the present state, then press again.',
    };
  if (status === 429)
    return { reason: 'rate-limited', message: 'too many calls', fix: 'Wait a moment, then press again.' };
  if (status >= 300 && status < 400)
    return {
      reason: 'invalid',
      message: 'it answered with a redirect, which is never followed with a token',
      fix: 'Write the address it redirects to as baseUrl.',
    };
  return {
    reason: 'invalid',
    message: 'the change is not valid there',
    fix: 'Check the flag in its console.',
  };
}
