import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { BodyLimitPlugin, RPCHandler } from '@orpc/server/node';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { SECURITY_HEADERS } from '#shared/lib/csp.ts';
import type { EngineRouter } from '#engine/api/router.ts';
import type { Clock } from '#engine/clock.ts';
import type { Actor } from '#engine/ports.ts';
import { createLaunchCodes } from './web/launch-codes.ts';
import { readPageFile } from './web/page-files.ts';
import { refusalOf } from './web/request-guard.ts';
import { createToken, isToken, TOKEN_HEADER } from './web/token.ts';

const MAX_BODY_BYTES = 1024 * 1024;
/** A recorded incident is one call. */
const MAX_BUNDLE_BYTES = 24 * 1024 * 1024;
const BUNDLE_CALL = '/rpc/drill/openBundle';

export type WebHostOptions = {
  readonly router: EngineRouter;
  /** The contract of the drill under way; null while there is none. */
  readonly drillRouter: () => EngineRouter | null;
  readonly clock: Clock;
  readonly actor: Actor;
  /** The built page; null serves the calls alone. */
  readonly pageDir: string | null;
  /** 0 = any free port. */
  readonly port: number;
};

export type WebHost = {
  /** `http://127.0.0.1:<port>`, no path. */
  readonly origin: string;
  readonly port: number;
  readonly token: string;
  /** An address that opens the cockpit once, within 60 s. */
  launchUrl(): string;
  /** Cuts every connection, running feeds included. */
  close(): Promise<void>;
};

/** Calls to the team's own engine, and to the world of the drill under way. */
const PREFIX = '/rpc';
const DRILL_PREFIX = '/drill/rpc';
const isUnder = (prefix: string, url: string | undefined) => url?.startsWith(`${prefix}/`) ?? false;

const launchSchema = z.object({ code: z.string().max(200) });

/**
 * Serves the page and the contract on the loopback interface. The page itself holds no data; every call needs the token.
 * Rejects when the port is taken (EADDRINUSE).
 */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const token = createToken();
  const codes = createLaunchCodes(options.clock);
  const handlerOf = createHandlers();
  let port = 0;
  const origin = () => `http://127.0.0.1:${port}`;
  const launchUrl = () => `${origin()}/#code=${codes.issue()}`;

  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(async (c, next) => {
    const refusal = refusalOf(factsOf(c.env.incoming), port);
    if (refusal) c.res = c.json({ error: refusal.error }, refusal.status);
    else await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
  });
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => c.json({ error: 'Too large.' }, 413) }));

  app.post('/launch', async (c) => {
    const body = launchSchema.safeParse(await c.req.json().catch(() => null));
    if (!body.success || !codes.redeem(body.data.code)) {
      return c.json({ error: 'This launch link was used already or is older than a minute.' }, 403);
    }
    return c.json({ token });
  });

  const needsToken = (incoming: IncomingMessage) => {
    const given = incoming.headers[TOKEN_HEADER];
    return !isToken(typeof given === 'string' ? given : undefined, token);
  };
  /** A second start asks the engine that runs for a way in. */
  app.post('/launch-code', (c) => {
    if (needsToken(c.env.incoming)) return c.json({ error: 'The token is missing or wrong.' }, 401);
    return c.json({ url: launchUrl() });
  });

  /**
   * The calls, on node's own request and response: as web requests and streams each one took a millisecond more. The guards
   * are those of the rest.
   */
  async function answerCall(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) outgoing.setHeader(name, value);
    const refuse = (status: number, error: string) => {
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    };
    const refusal = refusalOf(factsOf(incoming), port);
    if (refusal) return refuse(refusal.status, refusal.error);
    const limit = incoming.url === BUNDLE_CALL ? MAX_BUNDLE_BYTES : MAX_BODY_BYTES;
    if (Number(incoming.headers['content-length'] ?? 0) > limit) return refuse(413, 'Too large.');
    if (needsToken(incoming)) return refuse(401, 'The token is missing or wrong.');
    if (incoming.method !== 'POST') return refuse(405, 'Calls are POST.');
    const isDrill = isUnder(DRILL_PREFIX, incoming.url);
    const router = isDrill ? options.drillRouter() : options.router;
    if (router === null) return refuse(410, 'No drill is under way.');
    const via = incoming.headers['x-fusebox-via'] === 'cli' ? 'cli' : options.actor.via;
    const { matched } = await handlerOf(router, limit).handle(incoming, outgoing, {
      prefix: isDrill ? DRILL_PREFIX : PREFIX,
      context: { actor: { ...options.actor, via } },
    });
    if (!matched) refuse(404, 'No such call.');
  }

  app.get('*', async (c) => {
    if (options.pageDir === null) return c.json({ error: 'No page here: calls only.' }, 404);
    const file = await readPageFile(options.pageDir, c.req.path);
    if (file) return c.body(file.bytes, 200, { 'content-type': file.contentType });
    if (c.req.path !== '/') return c.json({ error: 'No such file.' }, 404);
    return c.text('The page is not built yet: run `npm run build`.', 503);
  });
  app.notFound((c) => c.json({ error: 'Nothing here.' }, 404));
  app.onError((_error, c) => c.json({ error: 'The engine could not answer.' }, 500));

  const answerRest = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer(
    {
      // Slow senders are cut; an answer may stream for as long as the page lives.
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    (incoming, outgoing) => {
      const isCall = isUnder(PREFIX, incoming.url) || isUnder(DRILL_PREFIX, incoming.url);
      const answering = isCall ? answerCall(incoming, outgoing) : answerRest(incoming, outgoing);
      // What fails here is the connection: calls and pages answer their own errors.
      answering.catch(() => outgoing.destroy());
    },
  );
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  port = portOf(server.address());

  return {
    get origin() {
      return origin();
    },
    port,
    token,
    launchUrl,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** One handler for each router and limit; that of a drill goes with its router. */
function createHandlers() {
  type Handler = RPCHandler<{ readonly actor: Actor }>;
  const made = new WeakMap<EngineRouter, Map<number, Handler>>();
  return (router: EngineRouter, maxBodySize: number): Handler => {
    const ofRouter = made.get(router) ?? new Map<number, Handler>();
    made.set(router, ofRouter);
    const handler =
      ofRouter.get(maxBodySize) ??
      new RPCHandler(router, { plugins: [new BodyLimitPlugin({ maxBodySize })] });
    ofRouter.set(maxBodySize, handler);
    return handler;
  };
}

function factsOf(incoming: IncomingMessage) {
  return {
    method: incoming.method ?? '',
    target: incoming.url ?? '',
    hosts: incoming.headersDistinct.host ?? [],
    origin: incoming.headers.origin,
    fetchSite: single(incoming.headers['sec-fetch-site']),
    fetchMode: single(incoming.headers['sec-fetch-mode']),
    fetchDest: single(incoming.headers['sec-fetch-dest']),
    contentType: incoming.headers['content-type'],
  };
}

/** Of a server that listens on a port; only a local socket's address is a text. */
function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('not listening on a port');
  return address.port;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}
