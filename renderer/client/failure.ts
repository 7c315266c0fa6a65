import { NoAnswerError, NotSentError } from './call-errors.ts';

/** What a person reads about a failed call: what failed, what it means, what to press next. */
export type Trouble = {
  readonly title: string;
  readonly detail: string;
  readonly next: string;
  /** Sent without an answer: never shown as failed. */
  readonly isUnknown: boolean;
};

const UNEXPECTED_NEXT = 'Try again. If it stays, copy the details and look at Connections.';

/** Puts any failure of a call into words. `what` names the action: "Declare incident". */
export function describeTrouble(error: unknown, what: string): Trouble {
  if (error instanceof NotSentError) {
    return {
      title: `${what}: not sent`,
      detail: error.message,
      next: 'Wait for the connection, then press again.',
      isUnknown: false,
    };
  }
  if (error instanceof NoAnswerError) {
    return {
      title: `${what}: no answer yet`,
      detail: `${error.message} It may or may not have been applied.`,
      next: 'The page shows what was recorded as soon as the engine answers. Do not press again before.',
      isUnknown: true,
    };
  }
  const typed = typedErrorOf(error);
  if (typed !== null) return describeTyped(typed, what);
  const detail = error instanceof Error ? error.message : String(error);
  return { title: `${what}: failed`, detail, next: UNEXPECTED_NEXT, isUnknown: false };
}

type TypedError = { readonly code: string; readonly message: string; readonly data: Record<string, unknown> };

/** An oRPC error by shape: an instance check would miss one that crossed a bundle's border. */
function typedErrorOf(error: unknown): TypedError | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const data = 'data' in error && typeof error.data === 'object' && error.data !== null ? error.data : {};
  return { code: error.code, message: error.message, data: data as Record<string, unknown> };
}

function describeTyped(error: TypedError, what: string): Trouble {
  const text = (key: string) => (typeof error.data[key] === 'string' ? error.data[key] : null);
  switch (error.code) {
    case 'NOT_FOUND':
      return {
        title: `${what}: not found`,
        detail: error.message,
        next: 'Go back to the Board and open it again.',
        isUnknown: false,
      };
    case 'CHANGED_SINCE_SHOWN':
      return {
        title: `${what}: stopped, it has changed meanwhile`,
        detail: error.message,
        next: 'Look at the new state, then press again.',
        isUnknown: false,
      };
    case 'REFUSED':
      return {
        title: `${what}: refused by Fusebox`,
        detail: text('reason') ?? error.message,
        next: text('fix') ?? 'Change what it names, then press again.',
        isUnknown: false,
      };
    case 'SOURCE_UNAVAILABLE':
      return {
        title: `${what}: ${text('source') ?? 'the source'} does not answer`,
        detail: text('detail') ?? error.message,
        next: 'Open Connections and press Test on it.',
        isUnknown: false,
      };
    case 'BAD_REQUEST':
      return {
        title: `${what}: not accepted`,
        detail: error.message,
        next: 'Check what was entered.',
        isUnknown: false,
      };
    default:
      return {
        title: `${what}: the engine failed`,
        detail: [error.message, text('id') === null ? null : `Log entry ${text('id')}.`]
          .filter(Boolean)
          .join(' '),
        next: UNEXPECTED_NEXT,
        isUnknown: false,
      };
  }
}

/** Why a question has no answer, in one line, for small places. A question changes nothing, so nothing is in doubt. */
export function describeFailure(error: unknown): string {
  if (error instanceof NoAnswerError) return `${error.message} Asking again.`;
  const { detail, next } = describeTrouble(error, 'The call');
  return `${detail} ${next}`;
}
