import { lookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { buildConnector, Client } from 'undici';
import type { Clock } from '../clock.ts';
import { isForbiddenAddress } from './base-url.ts';
import { describeNetworkError, isTimeout } from './network-error.ts';
import { parseJson } from './response-text.ts';

/** One request that may change something at a provider. Header values may be secrets and never reach a message. */
export type SendRequest = {
  readonly url: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Connecting, sending, waiting and reading the answer together. */
  readonly deadlineMs: number;
};

/**
 * What is known afterwards. `not-sent`: no connection came about, so nothing can have changed. `no-answer`: a connection stood and
 * then time ran out or it broke; the provider may or may not have applied the change.
 */
export type SendAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: unknown;
      readonly requestId: string | null;
      readonly retryAfter: string | null;
    }
  | { readonly kind: 'not-sent'; readonly message: string; readonly fix: string }
  | { readonly kind: 'no-answer'; readonly detail: string };

const MAX_ANSWER_BYTES = 1024 * 1024;

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** The system's own lookup, refusing link-local addresses: the address that was checked is the one connected to. */
export function guardedLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  lookup(hostname, options, (error, address: string | LookupAddress[], family?: number) => {
    const found = Array.isArray(address) ? address.map((one) => one.address) : [address];
    if (!error && found.some((one) => isForbiddenAddress(one))) {
      const refusal: NodeJS.ErrnoException = new Error('link-local address');
      refusal.code = 'FUSEBOX_FORBIDDEN_ADDRESS';
      callback(refusal, []);
      return;
    }
    callback(error, address, family);
  });
}

/**
 * Sends once: on a connection of its own that is never used again, following no redirect, with one deadline over everything.
 * A kept-alive connection that dies unnoticed would make "was it sent?" undecidable, and a client that re-sends by itself would
 * make it happen twice. Never throws.
 */
export async function sendOnce(clock: Clock, send: SendRequest): Promise<SendAnswer> {
  let isConnected = false;
  const connect = buildConnector({ timeout: send.deadlineMs, lookup: guardedLookup });
  const { origin, pathname, search } = new URL(send.url);
  const client = new Client(origin, {
    pipelining: 0,
    connect(options, callback) {
      connect(options, (...result) => {
        if (result[0] === null) isConnected = true;
        callback(...result);
      });
    },
  });
  const deadline = clock.deadline(send.deadlineMs);
  try {
    const response = await client.request({
      path: pathname + search,
      method: send.method,
      headers: send.headers,
      body: send.body ?? null,
      signal: deadline,
      reset: true,
    });
    const text = await textUpTo(response.body, MAX_ANSWER_BYTES);
    return {
      kind: 'answered',
      status: response.statusCode,
      body: parseJson(text),
      requestId: headerOf(response.headers, 'x-request-id') ?? headerOf(response.headers, 'x-correlation-id'),
      retryAfter: headerOf(response.headers, 'retry-after'),
    };
  } catch (error) {
    if (isTimeout(deadline)) {
      return isConnected
        ? { kind: 'no-answer', detail: `no answer within ${send.deadlineMs} ms` }
        : {
            kind: 'not-sent',
            message: `no connection came about within ${send.deadlineMs} ms`,
            fix: 'Check the network (VPN, firewall).',
          };
    }
    const { message, fix } = describeNetworkError(error);
    return isConnected ? { kind: 'no-answer', detail: message } : { kind: 'not-sent', message, fix };
  } finally {
    // Also gives up a connection attempt still under way: nothing can be sent after this function has answered.
    void client.destroy().catch(() => undefined);
  }
}

async function textUpTo(body: AsyncIterable<Buffer | string>, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > maxBytes) throw new Error('answer too long');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headerOf(headers: Record<string, string | string[] | undefined>, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}
