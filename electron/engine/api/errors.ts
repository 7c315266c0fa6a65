import { randomUUID } from 'node:crypto';
import { ORPCError, ValidationError } from '@orpc/server';
import { ERRORS } from '#shared/contract/errors.ts';
import { type ConnectorLog, SourceError } from '../connectors/kind.ts';
import { CommandError } from '../ports.ts';

/**
 * What the caller gets to see of an error. Expected refusals keep their code, words and data; input that does not fit
 * the contract stays BAD_REQUEST; everything else becomes INTERNAL_SERVER_ERROR with an id that is found in the log,
 * because the message of an unknown error may hold anything.
 */
export function toApiError(error: unknown, log: ConnectorLog, path: readonly string[]): Error {
  if (error instanceof CommandError) {
    return new ORPCError(error.code, {
      defined: true,
      status: ERRORS[error.code].status,
      message: error.message,
      data: error.data,
    });
  }
  if (error instanceof SourceError) {
    const detail = error.fix ? `${error.message} ${error.fix}` : error.message;
    return new ORPCError('SOURCE_UNAVAILABLE', {
      defined: true,
      status: ERRORS.SOURCE_UNAVAILABLE.status,
      message: detail,
      data: { source: '', detail },
    });
  }
  if (error instanceof ORPCError && error.status < 500) return error;
  // The caller went away: nobody reads the answer, and it is no fault.
  if (error instanceof DOMException && error.name === 'AbortError') return error;
  const id = randomUUID();
  log.warn({ id, call: path.join('.'), error: describe(error) }, 'call failed unexpectedly');
  return new ORPCError('INTERNAL_SERVER_ERROR', {
    message: `Something unexpected went wrong in the engine. The log has it under ${id}.`,
    data: { id },
  });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause;
  if (cause instanceof ValidationError)
    return `${error.message}: ${JSON.stringify(cause.issues.slice(0, 5))}`;
  return `${error.stack ?? error.message}${cause === undefined ? '' : `\ncaused by ${describe(cause)}`}`;
}
