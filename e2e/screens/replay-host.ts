import { createReadStream, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { questionKey, type Recording } from './recording.ts';

const PAGE = fileURLToPath(new URL('../../dist/renderer', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
const HEARTBEAT_MS = 1_000;

export type ReplayHost = { readonly launchUrl: string; stop(): Promise<void> };

/**
 * Serves the built page and plays one recorded moment to it over the browser mode's own protocol. Time stands still, so
 * that a screenshot taken today equals one taken tomorrow. A question the recording does not hold is answered with an
 * error, which the screen then shows.
 */
export async function startReplayHost(recording: Recording): Promise<ReplayHost> {
  const server = createServer((request, response) => {
    void answer(request, response, recording).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    launchUrl: `http://127.0.0.1:${port}/${recording.world === 'drill' ? '?drill' : ''}#code=replay`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  recording: Recording,
): Promise<void> {
  // The calls of a drill's page differ by their prefix alone.
  const path = new URL(request.url ?? '/', 'http://replay').pathname.replace(/^\/drill\/rpc\//, '/rpc/');
  if (path === '/launch') return sendJson(response, 200, { token: 'replay' });
  if (path === '/rpc/live/subscribe') return playFeed(response, recording);
  if (path.startsWith('/rpc/')) {
    const found = recording.answers[questionKey(path, await inputOf(request))];
    if (found !== undefined) return sendJson(response, 200, found);
    return sendJson(response, 503, {
      json: {
        defined: true,
        code: 'SOURCE_UNAVAILABLE',
        status: 503,
        message: 'not in the recording',
        data: { source: 'recording', detail: `${path} was not recorded.` },
      },
    });
  }
  const file = join(PAGE, path === '/' ? 'index.html' : path);
  if (!file.startsWith(PAGE) || !existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** The RPC protocol carries the input as `{"json": …}`, in the body or, for reads, in the query. */
async function inputOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text =
    Buffer.concat(chunks).toString('utf8') ||
    new URL(request.url ?? '/', 'http://replay').searchParams.get('data');
  return text ? (JSON.parse(text) as { json?: unknown }).json : undefined;
}

/** Snapshot first, then heartbeats that keep the connection live and the clock where it was. */
function playFeed(response: ServerResponse, { snapshot, nowMs }: Recording): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = (message: unknown) =>
    response.write(`event: message\ndata: ${JSON.stringify({ json: message })}\n\n`);
  send(snapshot);
  let seq = (snapshot as { seq: number }).seq;
  const timer = setInterval(() => {
    seq += 1;
    send({ type: 'heartbeat', seq, nowMs });
  }, HEARTBEAT_MS);
  response.on('close', () => clearInterval(timer));
}
