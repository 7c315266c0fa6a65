import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server on loopback for tests: it speaks a vendor's shapes, and misbehaves on demand. */
export type FakeRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

export type FakeReply = {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
};

/**
 * `hang`: takes the request and never answers; `reset`: breaks the connection instead of answering; `cut`: promises a longer body
 * than it sends; `drip`: one byte every 20 ms without end. `after: true` = the request was carried out before.
 */
export type Fault =
  | { readonly kind: 'hang' | 'reset' | 'cut' | 'drip'; readonly after: boolean }
  | { readonly kind: 'answer'; readonly reply: FakeReply; readonly after: boolean };

export type FakeServer = {
  readonly url: string;
  readonly requests: FakeRequest[];
  /** The next request that fits (all by default) meets this instead; used once. */
  faultNext(fault: Fault, fits?: (request: FakeRequest) => boolean): void;
  close(): Promise<void>;
};

export async function startFakeServer(
  handle: (request: FakeRequest) => FakeReply | Promise<FakeReply>,
): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  const faults: { fault: Fault; fits: (request: FakeRequest) => boolean }[] = [];
  const timers = new Set<NodeJS.Timeout>();

  const send = (response: ServerResponse, reply: FakeReply) => {
    const text = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    response.end(text);
  };

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const url = new URL(incoming.url ?? '/', 'http://fake');
    const request: FakeRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    requests.push(request);
    const index = faults.findIndex(({ fits }) => fits(request));
    const found = index === -1 ? null : (faults.splice(index, 1)[0]?.fault ?? null);
    if (!found) {
      send(response, await handle(request));
      return;
    }
    if (found.after) await handle(request);
    switch (found.kind) {
      case 'answer':
        send(response, found.reply);
        return;
      case 'hang':
        return;
      case 'reset':
        incoming.socket.resetAndDestroy();
        return;
      case 'cut':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"half":');
        timers.add(setTimeout(() => incoming.socket.destroy(), 20));
        return;
      case 'drip': {
        response.writeHead(200, { 'content-type': 'application/json' });
        timers.add(setInterval(() => response.write(' '), 20));
        return;
      }
    }
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    faultNext(fault, fits = () => true) {
      faults.push({ fault, fits });
    },
    async close() {
      for (const timer of timers) clearTimeout(timer);
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
