import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { BodyRefused, type BodyBudget, withBody } from './body.ts';
import type { TelemetryLog } from './database.ts';
import type { ReceiverCounters } from './kind.ts';
import { type AcceptedTimes, createMapper, type MappingSettings, wantedAttributes } from './mapping.ts';
import {
  CONTENT_TYPES,
  encodeAccepted,
  encodeStatus,
  type OtlpEncoding,
  type OtlpSignal,
} from './otlp/answer.ts';
import { logsOfJson, pointsOfJson, spansOfJson } from './otlp/json.ts';
import { logsOfProtobuf, pointsOfProtobuf, spansOfProtobuf } from './otlp/protobuf.ts';
import { MalformedBody } from './otlp/types.ts';
import { emptyMapped, type Mapped } from './rows.ts';
import { StoreUnavailable, type TelemetryStore } from './store.ts';

export type Receiver = {
  /** Starts listening; rejects with a message that names the port when it is taken. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Base URL for OTEL_EXPORTER_OTLP_ENDPOINT; null while it does not listen. */
  url(): string | null;
  counters(): ReceiverCounters;
  /** Why it does not listen, in words for the person; null when it does or was never started. */
  problem(): string | null;
};

export type ReceiverLimits = {
  /** Unpacked bytes of one request; OTLP recommends 64 MiB. */
  readonly bodyBytes: number;
  /** Bytes of all bodies in work. */
  readonly heldBytes: number;
  /** Rows waiting for a commit above which requests are asked to come back. */
  readonly queuedRows: number;
  readonly connections: number;
  readonly headersMs: number;
  readonly requestMs: number;
};

export const DEFAULT_LIMITS: ReceiverLimits = {
  bodyBytes: 64 * 1024 * 1024,
  heldBytes: 256 * 1024 * 1024,
  queuedRows: 100_000,
  connections: 256,
  headersMs: 10_000,
  requestMs: 30_000,
};

const PATHS: Readonly<Record<string, OtlpSignal>> = {
  '/v1/traces': 'traces',
  '/v1/logs': 'logs',
  '/v1/metrics': 'metrics',
};

/** Codes of google.rpc.Status. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  429: 8,
  503: 14,
};

const FUTURE_MS = 24 * 3600_000;
/** Items of a request between two looks at the event loop. */
const ITEMS_PER_TURN = 1000;

type Answer = {
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
};

function encodingOf(request: IncomingMessage): OtlpEncoding | null {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === CONTENT_TYPES.protobuf) return 'protobuf';
  return type === CONTENT_TYPES.json ? 'json' : null;
}

function isTokenRight(request: IncomingMessage, token: string): boolean {
  const header = request.headers['x-fusebox-token'];
  const bearer = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const sent = Buffer.from((Array.isArray(header) ? header[0] : header) ?? bearer ?? '');
  const expected = Buffer.from(token);
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

/**
 * The OTLP/HTTP receiver on its own loopback port. It can only append. A request is answered 200 after its rows are committed to
 * disk, so what was acknowledged survives kill -9; requests that wait together share a commit.
 */
export function createReceiver(input: {
  readonly store: Pick<TelemetryStore, 'submit' | 'queuedRows'>;
  readonly settings: MappingSettings & {
    readonly host: string;
    readonly port: number;
    readonly retentionHours: number;
  };
  readonly token: string | null;
  readonly clock: Clock;
  readonly log: TelemetryLog;
  readonly limits?: Partial<ReceiverLimits>;
}): Receiver {
  const { store, settings, token, clock, log } = input;
  const limits = { ...DEFAULT_LIMITS, ...input.limits };
  const mapper = createMapper(settings);
  const wanted = wantedAttributes(settings.attributes);
  const budget: BodyBudget = { held: 0, limit: limits.heldBytes };
  const counters = { spans: 0, feedback: 0, duplicates: 0, rejected: 0, unattributed: 0, requests: 0 };
  let lastReceivedMs: number | null = null;
  let problem: string | null = null;

  async function decode(signal: OtlpSignal, encoding: OtlpEncoding, body: Buffer): Promise<Mapped> {
    const mapped = emptyMapped();
    const nowMs = clock.nowMs();
    const times: AcceptedTimes = {
      fromMs: nowMs - settings.retentionHours * 3600_000,
      toMs: nowMs + FUTURE_MS,
    };
    const isJson = encoding === 'json';
    let done = 0;
    const rest = async () => {
      done += 1;
      if (done % ITEMS_PER_TURN === 0) await breathe();
    };
    if (signal === 'traces') {
      for (const group of isJson ? spansOfJson(body, wanted) : spansOfProtobuf(body, wanted)) {
        for (const item of group.items) {
          mapper.span(item, group.resource, times, mapped);
          await rest();
        }
      }
    } else if (signal === 'logs') {
      for (const group of isJson ? logsOfJson(body, wanted) : logsOfProtobuf(body, wanted)) {
        for (const item of group.items) {
          mapper.log(item, group.resource, nowMs, times, mapped);
          await rest();
        }
      }
    } else {
      for (const group of isJson ? pointsOfJson(body) : pointsOfProtobuf(body)) {
        for (const item of group.items) {
          mapper.point(item, group.resource, times, mapped);
          await rest();
        }
      }
    }
    return mapped;
  }

  /** The rules of the door, before a byte of the body is read. */
  function refusal(request: IncomingMessage, signal: OtlpSignal | null): Answer | null {
    if (request.headers.origin !== undefined) {
      return { status: 403, message: 'requests from web pages are refused' };
    }
    if (signal === null) return { status: 404, message: 'send OTLP to /v1/traces, /v1/logs or /v1/metrics' };
    if (request.method !== 'POST') return { status: 405, message: 'only POST is understood' };
    if (token !== null && !isTokenRight(request, token)) {
      return { status: 401, message: 'the ingest token is missing or wrong' };
    }
    if (encodingOf(request) === null) {
      return { status: 415, message: 'send application/x-protobuf or application/json' };
    }
    if (store.queuedRows() > limits.queuedRows) {
      return { status: 429, message: 'the writer is behind', retryAfterSeconds: 1 };
    }
    return null;
  }

  function answerOf(error: unknown): Answer {
    if (error instanceof BodyRefused) {
      const { status, message } = error;
      return status === 429 ? { status, message, retryAfterSeconds: 1 } : { status, message };
    }
    if (error instanceof MalformedBody) return { status: 400, message: error.message };
    if (error instanceof StoreUnavailable) {
      return { status: 503, message: 'the telemetry store cannot write at the moment', retryAfterSeconds: 5 };
    }
    log.error({ err: error }, 'telemetry receiver');
    return { status: 503, message: 'the receiver failed', retryAfterSeconds: 5 };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    counters.requests += 1;
    const signal = PATHS[(request.url ?? '').split('?')[0] ?? ''] ?? null;
    const encoding = encodingOf(request) ?? 'json';
    const send = (status: number, body: Buffer, headers: Record<string, string> = {}) => {
      response.writeHead(status, {
        'content-type': CONTENT_TYPES[encoding],
        'content-length': String(body.length),
        'x-content-type-options': 'nosniff',
        ...headers,
      });
      response.end(body);
    };
    const refuse = ({ status, message, retryAfterSeconds }: Answer) => {
      const headers: Record<string, string> = {};
      if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
      if (status === 405) headers.allow = 'POST';
      // An unread rest of the body must not be taken for the next request.
      if (!request.complete) headers.connection = 'close';
      send(status, encodeStatus(encoding, RPC_CODES[status] ?? 13, message), headers);
    };

    const refused = refusal(request, signal);
    if (refused || signal === null) {
      counters.rejected += 1;
      refuse(refused ?? { status: 404, message: 'not found' });
      return;
    }
    try {
      await withBody(request, limits.bodyBytes, budget, async (body) => {
        const mapped = await decode(signal, encoding, body);
        const rows = mapped.spans.length + mapped.feedback.length + mapped.points.length;
        if (rows > 0) await store.submit(mapped);
        counters.rejected += mapped.rejected;
        counters.unattributed += mapped.unattributed;
        lastReceivedMs = clock.nowMs();
        send(200, encodeAccepted(signal, encoding, mapped.rejected, mapped.rejectedWhy));
      });
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      counters.rejected += 1;
      refuse(answerOf(error));
    }
  }

  let active = 0;
  let isStopping = false;
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(5000, limits.headersMs),
      keepAliveTimeout: 60_000,
    },
    (request, response) => {
      active += 1;
      void handle(request, response).finally(() => {
        active -= 1;
        if (active === 0 && isStopping) server.closeAllConnections();
      });
    },
  );
  server.maxConnections = limits.connections;
  let url: string | null = null;

  return {
    start: () =>
      new Promise((resolve, reject) => {
        isStopping = false;
        const onError = (error: NodeJS.ErrnoException) => {
          problem =
            error.code === 'EADDRINUSE'
              ? `Port ${settings.port} on ${settings.host} is taken by another program: telemetry cannot arrive. ` +
                'Set telemetry.port in the workspace file to a free port, or stop the other program.'
              : `The telemetry receiver cannot listen on ${settings.host}:${settings.port}: ${error.message}`;
          reject(new Error(problem, { cause: error }));
        };
        server.once('error', onError);
        server.listen({ host: settings.host, port: settings.port, exclusive: true }, () => {
          server.off('error', onError);
          const address = server.address();
          const port = typeof address === 'object' && address ? address.port : settings.port;
          url = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${port}`;
          problem = null;
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        url = null;
        if (!server.listening) {
          resolve();
          return;
        }
        // Requests in work are answered; connections that only wait (or dawdle over their headers) are cut.
        isStopping = true;
        server.close(() => resolve());
        if (active === 0) server.closeAllConnections();
        else server.closeIdleConnections();
      }),
    url: () => url,
    counters: () => ({ ...counters, lastReceivedMs }),
    problem: () => problem,
  };
}
