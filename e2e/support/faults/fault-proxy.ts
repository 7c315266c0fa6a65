import { createServer, request as requestUpstream } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the proxy does with one request. "Applied" means: the upstream has received it and has answered in full. */
export type Fault =
  | { kind: 'pass' }
  /** Waits, then passes the request on. */
  | { kind: 'delay'; delayMs: number }
  /** Applied, and then the caller never hears of it. */
  | { kind: 'hang after applying' }
  /** Never reaches the upstream, never answered. */
  | { kind: 'hang before' }
  /** Applied, and then the connection is reset without an answer. */
  | { kind: 'reset after applying' }
  /** Never reaches the upstream: the connection is reset. */
  | { kind: 'reset before' }
  /** Answered by the proxy; never reaches the upstream. */
  | { kind: 'refuse'; status: number; body?: unknown; headers?: Record<string, string> }
  /** Applied; the answer's body comes `bytesPerStep` bytes at a time. */
  | { kind: 'slow drip'; bytesPerStep: number; stepMs: number }
  /** Applied; the connection ends in the middle of the answer's body. */
  | { kind: 'cut'; afterBytes: number };

/** Which requests a fault is for; a field left out matches everything. */
export type RequestMatch = { method?: string; path?: string | RegExp };

export type SeenRequest = {
  method: string;
  /** Path with its query. */
  path: string;
  fault: Fault['kind'];
  /** Status the upstream gave; null when it was never reached, or not yet. */
  upstreamStatus: number | null;
};

export type FaultProxy = {
  url: string;
  port: number;
  /** Every request so far, oldest first. */
  seen: readonly SeenRequest[];
  /** Each matching request gets the fault, until `clear`. Rules are tried newest first. */
  always: (match: RequestMatch, fault: Fault) => void;
  /** Only the next `times` matching requests get it (1 by default). */
  next: (match: RequestMatch, fault: Fault, times?: number) => void;
  /** Removes every rule. Requests that hang already stay so. */
  clear: () => void;
  /** Drops the listener and every connection: nothing answers on the port any more. */
  goDown: () => Promise<void>;
  /** Listens again on the same port. */
  comeBack: () => Promise<void>;
  stop: () => Promise<void>;
};

type Rule = { match: RequestMatch; fault: Fault; left: number };

/**
 * An HTTP server on a free loopback port that passes every request to `upstream` (scheme, host and port; plain HTTP) and does to
 * chosen requests what networks and servers do on a bad day. Requests and answers are held in memory: for tests, not for bulk.
 */
export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const target = new URL(upstream);
  const seen: SeenRequest[] = [];
  let rules: Rule[] = [];
  const sockets = new Set<Socket>();

  const faultFor = (method: string, path: string): Fault => {
    const rule = rules.findLast((one) => one.left > 0 && matches(one.match, method, path));
    if (rule === undefined) return { kind: 'pass' };
    rule.left -= 1;
    return rule.fault;
  };

  const server = createServer((request, response) => {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const fault = faultFor(method, path);
    const entry: SeenRequest = { method, path, fault: fault.kind, upstreamStatus: null };
    seen.push(entry);
    serve({ request, response, fault, target, entry }).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' });
      response.end(`the upstream failed: ${String(error)}`);
    });
  });
  // The proxy must not give up before its caller does.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A reset that the test asked for.
    socket.on('error', () => undefined);
  });

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    always: (match, fault) => void rules.push({ match, fault, left: Infinity }),
    next: (match, fault, times = 1) => void rules.push({ match, fault, left: times }),
    clear: () => {
      rules = [];
    },
    goDown: close,
    comeBack: () => listen(port),
    stop: close,
  };
}

function matches(match: RequestMatch, method: string, path: string): boolean {
  if (match.method !== undefined && match.method !== method) return false;
  if (match.path === undefined) return true;
  return typeof match.path === 'string' ? path.includes(match.path) : match.path.test(path);
}

type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  fault: Fault;
  target: URL;
  entry: SeenRequest;
};

async function serve(exchange: Exchange): Promise<void> {
  const { request, response, fault } = exchange;
  const body = await readAll(request);
  switch (fault.kind) {
    case 'pass':
      return sendWhole(response, await forward(exchange, body));
    case 'delay':
      await sleep(fault.delayMs, undefined, { ref: false });
      return sendWhole(response, await forward(exchange, body));
    case 'hang after applying':
      await forward(exchange, body);
      return;
    case 'hang before':
      return;
    case 'reset after applying':
      await forward(exchange, body);
      request.socket.resetAndDestroy();
      return;
    case 'reset before':
      request.socket.resetAndDestroy();
      return;
    case 'refuse': {
      const message = fault.body ?? { name: 'Refused', message: `refused with ${fault.status}` };
      response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
      response.end(JSON.stringify(message));
      return;
    }
    case 'slow drip':
      return drip(response, await forward(exchange, body), fault);
    case 'cut': {
      const answer = await forward(exchange, body);
      response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
      response.write(answer.body.subarray(0, fault.afterBytes), () => request.socket.destroy());
    }
  }
}

type UpstreamAnswer = { status: number; headers: Record<string, string | string[]>; body: Buffer };

/** Headers that belong to one connection, not to the message (RFC 9110, 7.6.1), and the length, which is set anew. */
const PER_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function forward({ request, target, entry }: Exchange, body: Buffer): Promise<UpstreamAnswer> {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).filter(([name]) => !PER_CONNECTION.has(name)),
    );
    const outgoing = requestUpstream(
      new URL(request.url ?? '/', target),
      { method: request.method, headers: { ...headers, host: target.host, 'content-length': body.length } },
      (incoming) => {
        readAll(incoming).then((answerBody) => {
          entry.upstreamStatus = incoming.statusCode ?? 0;
          const kept = Object.entries(incoming.headers).flatMap(([name, value]) =>
            value === undefined || PER_CONNECTION.has(name) ? [] : [[name, value] as const],
          );
          resolve({
            status: incoming.statusCode ?? 502,
            headers: Object.fromEntries(kept),
            body: answerBody,
          });
        }, reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function sendWhole(response: ServerResponse, answer: UpstreamAnswer): void {
  // A 204 or 304 must not carry a length of its own.
  const length = answer.body.length === 0 ? {} : { 'content-length': String(answer.body.length) };
  response.writeHead(answer.status, { ...answer.headers, ...length });
  response.end(answer.body);
}

async function drip(
  response: ServerResponse,
  answer: UpstreamAnswer,
  pace: { bytesPerStep: number; stepMs: number },
): Promise<void> {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
  for (let at = 0; at < answer.body.length && !response.destroyed; at += pace.bytesPerStep) {
    response.write(answer.body.subarray(at, at + pace.bytesPerStep));
    await sleep(pace.stepMs);
  }
  response.end();
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
