import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../clock.ts';

export type ReceivedCall = { readonly path: string; readonly atMs: number; readonly body: string };
export type WebhookSink = {
  /** Where the demonstration's chat posts and pages go. */
  readonly chatUrl: string;
  readonly pageUrl: string;
  /** Newest last; at most the last 100. */
  received(): readonly ReceivedCall[];
  close(): Promise<void>;
};

const MAX_BODY_BYTES = 64 * 1024;
const KEPT = 100;

/** A loopback stand-in for a chat channel and a pager, so that posts and pages of the demonstration are really sent and really answered. */
export async function startWebhookSink(clock: Pick<Clock, 'nowMs'>, port = 0): Promise<WebhookSink> {
  const calls: ReceivedCall[] = [];
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    const path = new URL(request.url ?? '/', 'http://sink').pathname;
    if (
      request.method !== 'POST' ||
      (path !== '/chat' && path !== '/page') ||
      request.headers.origin !== undefined
    ) {
      response.writeHead(404).end();
      return;
    }
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      body += chunk;
      if (body.length > MAX_BODY_BYTES) request.destroy();
    });
    request.on('end', () => {
      calls.push({ path, atMs: clock.nowMs(), body });
      if (calls.length > KEPT) calls.shift();
      if (path === '/chat') response.writeHead(200, { 'content-type': 'text/plain' }).end('ok');
      else response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"success"}');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    chatUrl: `${base}/chat`,
    pageUrl: `${base}/page`,
    received: () => calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
