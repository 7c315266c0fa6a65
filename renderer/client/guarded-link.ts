import type { ClientLink } from '@orpc/client';
import { NoAnswerError, NotSentError } from './call-errors.ts';
import type { CallContext } from './transport.ts';

export const CALL_TIMEOUT_MS = 8_000;
/** For calls that ask the engine to wait (`waitMs`, at most 30 s). */
export const WAIT_TIMEOUT_MS = 35_000;

/** Of this moment: the link in use, or why there is none. */
export type LinkGate = () =>
  | { readonly open: true; readonly link: ClientLink<CallContext>; readonly lost: AbortSignal }
  | { readonly open: false; readonly why: string };

/** How long a call may take: what the caller says, else by whether the engine was asked to wait. */
export function timeoutFor(input: unknown, context: CallContext | undefined): number {
  if (context?.timeoutMs !== undefined) return context.timeoutMs;
  const waits = typeof input === 'object' && input !== null && 'waitMs' in input && Number(input.waitMs) > 0;
  return waits ? WAIT_TIMEOUT_MS : CALL_TIMEOUT_MS;
}

/**
 * Every call of the views goes through here: refused at once when the connection is not live, ended when the time is up
 * or the connection is lost. A call on a dead port would otherwise hang for ever.
 */
export function createGuardedLink(gate: LinkGate): ClientLink<CallContext> {
  return {
    call: async (path, input, options) => {
      const now = gate();
      if (!now.open) throw new NotSentError(now.why);
      const timeoutMs = timeoutFor(input, options.context);
      const ended = new AbortController();
      const timer = setTimeout(
        () => ended.abort(new NoAnswerError('timeout', `No answer within ${timeoutMs / 1000} s.`)),
        timeoutMs,
      );
      const onLost = () =>
        ended.abort(new NoAnswerError('lost', 'The connection was lost before the answer came.'));
      const onCaller = () => ended.abort(options.signal?.reason);
      now.lost.addEventListener('abort', onLost);
      options.signal?.addEventListener('abort', onCaller);
      if (options.signal?.aborted === true) onCaller();
      try {
        return await Promise.race([
          now.link.call(path, input, { ...options, signal: ended.signal }),
          new Promise<never>((_resolve, reject) => {
            const fail = () => reject(ended.signal.reason as Error);
            if (ended.signal.aborted) fail();
            else ended.signal.addEventListener('abort', fail);
          }),
        ]);
      } catch (error) {
        // A link answers an abort with its own error; ours says why.
        throw ended.signal.aborted ? (ended.signal.reason as Error) : error;
      } finally {
        clearTimeout(timer);
        now.lost.removeEventListener('abort', onLost);
        options.signal?.removeEventListener('abort', onCaller);
      }
    },
  };
}
