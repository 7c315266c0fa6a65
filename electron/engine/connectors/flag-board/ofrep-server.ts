import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import { z } from 'zod';
import { evaluate } from './evaluate.ts';
import type { FlagStore } from './store.ts';

export type OfrepServer = { readonly url: string; close(): Promise<void> };

const requestSchema = z.looseObject({ context: z.looseObject({ targetingKey: z.string().min(1) }) });
const MAX_BODY_BYTES = 256 * 1024;
const INACTIVITY_S = 120;
const KEEP_ALIVE_COMMENT_MS = 15_000;

/**
 * OpenFeature Remote Evaluation Protocol 0.3.0 over the store, on loopback. The environment is `defaultEnvironment`, or the one of
 * the path prefix `/environments/{name}`: that whole prefix is then a provider's base address.
 * Evaluation only; nothing can be changed through it.
 */
export async function startOfrepServer(options: {
  readonly store: FlagStore;
  readonly port: number;
  readonly defaultEnvironment: string;
  /** Asked at each request; null = no token needed. */
  readonly token: () => Promise<string | null>;
  /** Real time: keep-alive comments of streams. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}): Promise<OfrepServer> {
  const { store } = options;
  const closing = new AbortController();
  let allowedHosts: readonly string[] = [];

  const app = new Hono();
  app.use('*', async (context, next) => {
    // A page that got a name of its own to point at 127.0.0.1 sends that name (DNS rebinding).
    if (!allowedHosts.includes(context.req.header('host') ?? '')) return context.text('Wrong host', 403);
    if (context.req.header('origin') !== undefined) return context.text('Not for browsers', 403);
    const token = await options.token();
    if (token !== null && !isAuthorised(context, token)) return context.body(null, 401);
    return next();
  });
  app.use('*', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (context) => context.text('Too large', 413) }));

  const single = async (context: Context, environment: string, key: string) => {
    const body = await targetingKeyOf(context);
    if (!body.ok) return context.json({ key, errorCode: body.errorCode, errorDetails: body.details }, 400);
    const stored = store.get(key, environment);
    if (!stored)
      return context.json(
        { key, errorCode: 'FLAG_NOT_FOUND', errorDetails: `There is no flag "${key}" in ${environment}.` },
        404,
      );
    return context.json(evaluate(stored.flag, body.targetingKey, stored.revision));
  };

  const bulk = async (context: Context, environment: string) => {
    const body = await targetingKeyOf(context);
    if (!body.ok) return context.json({ errorCode: body.errorCode, errorDetails: body.details }, 400);
    const etag = bulkEtag(environment, body.targetingKey);
    if (context.req.header('if-none-match') === etag) {
      context.header('ETag', etag);
      return context.body(null, 304);
    }
    const token = await options.token();
    const ticket = token === null ? '' : `?ticket=${ticketOf(token, environment)}`;
    context.header('ETag', etag);
    return context.json({
      flags: store
        .list(environment)
        .map((stored) => evaluate(stored.flag, body.targetingKey, stored.revision)),
      metadata: { environment, revision: store.revision() },
      eventStreams: [
        {
          type: 'sse',
          endpoint: { requestUri: `/environments/${environment}/ofrep/v1/events${ticket}` },
          inactivityDelaySec: INACTIVITY_S,
        },
      ],
    });
  };

  const events = (context: Context, environment: string) =>
    streamSSE(context, async (stream) => {
      const ended = new AbortController();
      const stop = store.onChange((stored) => {
        if (stored.flag.environment !== environment) return;
        void stream.writeSSE({
          event: 'message',
          id: String(store.revision()),
          data: JSON.stringify({
            type: 'refetchEvaluation',
            etag: configEtag(),
            lastModified: Math.floor(stored.changedAtMs / 1000),
          }),
        });
      });
      const end = () => ended.abort();
      stream.onAbort(end);
      closing.signal.addEventListener('abort', end, { once: true });
      try {
        while (!ended.signal.aborted) {
          await stream.write(': keep-alive\n\n');
          await options.sleep(KEEP_ALIVE_COMMENT_MS, ended.signal).catch(() => undefined);
        }
      } finally {
        stop();
        closing.signal.removeEventListener('abort', end);
      }
    });

  const { defaultEnvironment } = options;
  app.post('/ofrep/v1/evaluate/flags/:key', (c) => single(c, defaultEnvironment, c.req.param('key')));
  app.post('/ofrep/v1/evaluate/flags', (c) => bulk(c, defaultEnvironment));
  app.get('/ofrep/v1/events', (c) => events(c, defaultEnvironment));
  app.post('/environments/:environment/ofrep/v1/evaluate/flags/:key', (c) =>
    single(c, c.req.param('environment'), c.req.param('key')),
  );
  app.post('/environments/:environment/ofrep/v1/evaluate/flags', (c) => bulk(c, c.req.param('environment')));
  app.get('/environments/:environment/ofrep/v1/events', (c) => events(c, c.req.param('environment')));
  app.onError((_error, context) =>
    context.json({ errorDetails: 'The flag board has a problem of its own.' }, 500),
  );

  const configEtag = () => `r${store.revision()}`;
  /** A bulk answer depends on who asks, so its tag does too. */
  const bulkEtag = (environment: string, targetingKey: string) =>
    `"${createHash('sha256')
      .update(JSON.stringify([store.revision(), environment, targetingKey]))
      .digest('hex')
      .slice(0, 20)}"`;

  const listen = getRequestListener(app.fetch);
  const server = createServer(
    { requestTimeout: 10_000 },
    (request, response) => void listen(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  allowedHosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      closing.abort();
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

type TargetingKey =
  | { readonly ok: true; readonly targetingKey: string }
  | {
      readonly ok: false;
      readonly errorCode: 'PARSE_ERROR' | 'INVALID_CONTEXT' | 'TARGETING_KEY_MISSING';
      readonly details: string;
    };

async function targetingKeyOf(context: Context): Promise<TargetingKey> {
  let body: unknown;
  try {
    body = await context.req.json();
  } catch {
    return { ok: false, errorCode: 'PARSE_ERROR', details: 'The body is no JSON.' };
  }
  const parsed = requestSchema.safeParse(body);
  if (parsed.success) return { ok: true, targetingKey: parsed.data.context.targetingKey };
  const hasContext = z.looseObject({ context: z.looseObject({}) }).safeParse(body).success;
  return hasContext
    ? { ok: false, errorCode: 'TARGETING_KEY_MISSING', details: 'context.targetingKey must be a text.' }
    : { ok: false, errorCode: 'INVALID_CONTEXT', details: 'The body needs an object "context".' };
}

/** The address of a stream cannot carry a header in every client, so it may carry a ticket that opens this stream and nothing else. */
const ticketOf = (token: string, environment: string) =>
  createHmac('sha256', token).update(`events:${environment}`).digest('base64url');

function isAuthorised(context: Context, token: string): boolean {
  const bearer = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
  const given = bearer ?? context.req.header('x-api-key');
  if (given !== undefined) return isSame(given, token);
  const ticket = context.req.query('ticket');
  const environment = /^\/environments\/([^/]+)\/ofrep\/v1\/events$/.exec(context.req.path)?.[1];
  return ticket !== undefined && environment !== undefined && isSame(ticket, ticketOf(token, environment));
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}
