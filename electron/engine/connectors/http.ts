import ky, { HTTPError } from 'ky';
import { Agent, fetch as undiciFetch } from 'undici';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import { trimmedBaseUrl } from './base-url.ts';
import { SourceError } from './kind.ts';
import { describeNetworkError, isTimeout } from './network-error.ts';
import { messageInBody, parseJson, quotable, retryAfterMs } from './response-text.ts';
import { guardedLookup, sendOnce } from './send.ts';
import type { SendAnswer, SendRequest } from './send.ts';
import { refusalOf } from './write-outcome.ts';

export type Credentials = {
  readonly headers: Readonly<Record<string, string>>;
  /** Values to keep out of every message. */
  readonly secrets: readonly string[];
};

export type HttpOptions = {
  /** The system's name in messages: "Unleash". */
  readonly system: string;
  readonly baseUrl: string;
  readonly allowInsecure: boolean;
  readonly clock: Clock;
  /** One total deadline per read, retries and body included. */
  readonly readTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly maxBodyBytes?: number;
  /** Asked at each call, so that a secret lives no longer than the call. May throw SourceError. */
  credentials(use: 'read' | 'write'): Promise<Credentials>;
};

export type ReadRequest = {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as a form in a POST: for reads whose question is too long for an address. */
  readonly form?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

export type HttpClient = {
  /** Without trailing slash, with its path. */
  readonly baseUrl: string;
  /** Reads and checks an answer. Retried once within the deadline. Throws SourceError in plain words. */
  read<T>(request: ReadRequest, schema: z.ZodType<T>): Promise<T>;
  /** Sends a change once (see sendOnce). Never throws; `secrets` are what must not appear in a message made from the answer. */
  write(
    request: Pick<SendRequest, 'method'> & { readonly path: string; readonly json?: unknown },
  ): Promise<{ readonly answer: SendAnswer; readonly secrets: readonly string[] }>;
  close(): Promise<void>;
};

const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024;
/** A longer wait than this is not worth blocking a read for; the source is shown as throttled instead. */
const MAX_WAIT_IN_READ_MS = 1000;

class TooLargeError extends Error {}

/** The one way connectors speak HTTP. Redirects are never followed: a token belongs to the origin it was given for. */
export function createHttpClient(options: HttpOptions): HttpClient {
  const { system, clock } = options;
  const baseUrl = trimmedBaseUrl(options.baseUrl, options.allowInsecure);
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  // Longer than the usual pause between two background reads, so that they need no new connection each.
  const agent = new Agent({
    keepAliveTimeout: 15_000,
    connect: { timeout: options.readTimeoutMs, lookup: guardedLookup },
  });

  /** Node's own fetch takes no dispatcher of the undici package, so ky is given undici's; bodies are read whole and capped here. */
  const fetchWhole = async (input: Request | string | URL): Promise<Response> => {
    const request = input as Request;
    const body = request.method === 'GET' ? null : await request.text();
    const answer = await undiciFetch(request.url, {
      method: request.method,
      headers: [...request.headers],
      body,
      signal: request.signal,
      redirect: 'manual',
      dispatcher: agent,
    });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of answer.body ?? []) {
      bytes += (chunk as Uint8Array).byteLength;
      if (bytes > maxBodyBytes) throw new TooLargeError();
      chunks.push(chunk as Uint8Array);
    }
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : Buffer.concat(chunks), {
      status: answer.status,
      headers: [...answer.headers],
    });
  };

  const urlOf = (path: string, query?: Readonly<Record<string, string>>) => {
    const url = new URL(baseUrl + path);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.append(name, value);
    // The token is bound to the configured origin, whatever a path was made of.
    if (url.origin !== new URL(baseUrl).origin)
      throw new SourceError('A path led away from the configured address.');
    return url.href;
  };

  return {
    baseUrl,
    async read(request, schema) {
      const { headers, secrets } = await options.credentials('read');
      const deadline = clock.deadline(options.readTimeoutMs);
      const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
      let text: string;
      try {
        const response = await ky(urlOf(request.path, request.query), {
          method: request.form ? 'post' : 'get',
          body: request.form ? new URLSearchParams(request.form) : undefined,
          headers: { accept: 'application/json', ...headers },
          signal,
          timeout: false,
          redirect: 'manual',
          fetch: fetchWhole,
          retry: {
            limit: 1,
            methods: ['get', 'post'],
            statusCodes: [429, 500, 502, 503, 504],
            delay: () => 100 + Math.random() * 100,
            shouldRetry: ({ error }) => {
              if (!(error instanceof HTTPError)) return undefined;
              const waitMs = retryAfterMs(error.response.headers.get('retry-after'), clock.nowMs());
              return waitMs !== null && waitMs > MAX_WAIT_IN_READ_MS ? false : undefined;
            },
          },
        });
        text = await response.text();
      } catch (error) {
        throw readFailure(error, deadline, secrets);
      }
      const parsed = schema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      const where = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
      throw new SourceError(`${system} answered something that is not understood${where}.`, {
        fix: `Check that baseUrl leads to ${system} itself, and its version.`,
      });
    },
    async write(request) {
      let credentials: Credentials;
      let url: string;
      try {
        credentials = await options.credentials('write');
        url = urlOf(request.path);
      } catch (error) {
        const failure = error instanceof SourceError ? error : null;
        return {
          secrets: [],
          answer: {
            kind: 'not-sent',
            message: failure?.message ?? 'the credential could not be read',
            fix: failure?.fix ?? 'Check the secret of this source in the workspace.',
          },
        };
      }
      const answer = await sendOnce(clock, {
        url,
        method: request.method,
        headers: {
          accept: 'application/json',
          ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
          ...credentials.headers,
        },
        body: request.json === undefined ? undefined : JSON.stringify(request.json),
        deadlineMs: options.writeTimeoutMs,
      });
      return { answer, secrets: credentials.secrets };
    },
    async close() {
      await agent.destroy().catch(() => undefined);
    },
  };

  function readFailure(error: unknown, deadline: AbortSignal, secrets: readonly string[]): SourceError {
    if (error instanceof SourceError) return error;
    if (error instanceof TooLargeError)
      return new SourceError(`${system} answered more than ${Math.round(maxBodyBytes / 1024 / 1024)} MiB.`, {
        fix: 'Ask for less: a shorter window or fewer series.',
      });
    if (error instanceof HTTPError) return statusFailure(error, secrets);
    if (isTimeout(deadline))
      return new SourceError(`${system} did not answer within ${options.readTimeoutMs} ms.`, {
        fix: 'Check the server and its database; a health page may say "good" all the same.',
      });
    const { message, fix } = describeNetworkError(error);
    return new SourceError(`${system} was not reached: ${message}.`, { fix });
  }

  function statusFailure(error: HTTPError, secrets: readonly string[]): SourceError {
    const { status, headers } = error.response;
    const body: unknown = typeof error.data === 'string' ? parseJson(error.data) : error.data;
    const said = messageInBody(body);
    const quoted = said === null ? '' : ` It says: "${quotable(said, secrets)}"`;
    const waitMs = retryAfterMs(headers.get('retry-after'), clock.nowMs());
    if (status >= 500)
      return new SourceError(`${system} answered ${status}: it has a problem of its own.${quoted}`, {
        status,
        fix: `Look at the log of ${system}.`,
        retryAfterMs: waitMs,
      });
    const refusal = refusalOf(status, said ?? '');
    return new SourceError(`${system} refused to answer: ${refusal.message} (${status}).${quoted}`, {
      status,
      fix: refusal.fix,
      retryAfterMs: waitMs,
    });
  }
}
