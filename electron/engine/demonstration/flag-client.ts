import { EventSourceParserStream } from 'eventsource-parser/stream';
import { z } from 'zod';
import type { Clock } from '../clock.ts';

const evaluationSchema = z.looseObject({
  reason: z.string().optional(),
  variant: z.string().optional(),
  value: z.unknown().optional(),
});
const bulkSchema = z.looseObject({
  eventStreams: z
    .array(
      z.looseObject({
        type: z.string(),
        url: z.string().optional(),
        endpoint: z.looseObject({ requestUri: z.string() }).optional(),
      }),
    )
    .default([]),
});
const eventSchema = z.looseObject({ type: z.string() });

export type FlagClientOptions = {
  /** OFREP base address. */
  readonly url: string;
  readonly flagKey: string;
  /** Name of this process towards the server. */
  readonly worker: string;
  /** Served when the server gives no value or cannot be reached: the code's own default. */
  readonly codeDefault: string;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
  readonly pollMs: number;
  /** How long this process takes to act on a change it was told of, in ms of engine time. */
  readonly reactionMs: () => number;
  readonly onEvaluation: (evaluation: { readonly reason: string; readonly version: string }) => void;
};

export type FlagClient = {
  /** The version for one user: from this process's cache, else asked over OFREP. Never rejects. */
  versionFor(targetingKey: string): string | Promise<string>;
  /** Fault: a held client keeps every value it has and hears of no change. */
  hold(isHeld: boolean): void;
  readonly isHeld: boolean;
  /** Is this version among the values in the cache? */
  hasCached(version: string): boolean;
  /** Polls and listens until aborted. */
  run(signal: AbortSignal): Promise<void>;
};

const REQUEST_DEADLINE_MS = 5_000;
const RECONNECT_MS = 2_000;

/**
 * One process's feature-flag client, as an OpenFeature OFREP provider behaves: values cached per targeting key, thrown away when a poll
 * shows a new ETag or the event stream says `refetchEvaluation` (OFREP 0.3.0), asked again when next needed.
 */
export function createFlagClient(options: FlagClientOptions): FlagClient {
  const { url, flagKey, clock, fetch } = options;
  const cache = new Map<string, { version: string; generation: number }>();
  /** Questions under way, by generation and key: many conversations of one user ask once. */
  const asking = new Map<string, Promise<string>>();
  let generation = 0;
  let isHeld = false;
  let etag: string | null = null;

  const post = (path: string, targetingKey: string, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ context: { targetingKey } }),
      signal: clock.deadline(REQUEST_DEADLINE_MS),
      redirect: 'error',
    });

  async function evaluate(targetingKey: string): Promise<string> {
    const askedIn = generation;
    try {
      const response = await post(`/ofrep/v1/evaluate/flags/${encodeURIComponent(flagKey)}`, targetingKey);
      const body = evaluationSchema.safeParse(await response.json());
      if (!response.ok || !body.success) return remembered(targetingKey);
      const { value, variant, reason = 'UNKNOWN' } = body.data;
      const version = typeof value === 'string' ? value : (variant ?? options.codeDefault);
      cache.set(targetingKey, { version, generation: askedIn });
      options.onEvaluation({ reason, version });
      return version;
    } catch {
      // An unreachable server must not stop a service: it goes on with what it knows.
      return remembered(targetingKey);
    }
  }
  const remembered = (targetingKey: string) => cache.get(targetingKey)?.version ?? options.codeDefault;

  async function changed(signal: AbortSignal): Promise<void> {
    await clock.sleep(options.reactionMs(), signal);
    generation += 1;
  }

  async function poll(): Promise<{ isNew: boolean; streamUrl: string | null }> {
    const response = await post(
      '/ofrep/v1/evaluate/flags',
      options.worker,
      etag === null ? {} : { 'if-none-match': etag },
    );
    if (response.status === 304) return { isNew: false, streamUrl: null };
    const body = bulkSchema.parse(await response.json());
    const isNew = etag !== null;
    etag = response.headers.get('etag');
    const stream = body.eventStreams.find(({ type }) => type === 'sse');
    const streamUrl =
      stream?.url ?? (stream?.endpoint ? new URL(stream.endpoint.requestUri, url).href : null);
    return { isNew, streamUrl };
  }

  async function listen(streamUrl: string, signal: AbortSignal): Promise<void> {
    const response = await fetch(streamUrl, {
      headers: { accept: 'text/event-stream' },
      signal,
      redirect: 'error',
    });
    if (!response.ok || !response.body) throw new Error(`event stream answered ${response.status}`);
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const event of events) {
      const parsed = eventSchema.safeParse(JSON.parse(event.data));
      if (parsed.success && parsed.data.type === 'refetchEvaluation') await changed(signal);
    }
  }

  async function keepListening(streamUrl: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await listen(streamUrl, signal).catch(() => undefined);
      await clock.sleep(RECONNECT_MS, signal).catch(() => undefined);
    }
  }

  return {
    versionFor(targetingKey) {
      const known = cache.get(targetingKey);
      if (known && (isHeld || known.generation === generation)) return known.version;
      const question = `${generation} ${targetingKey}`;
      const underWay = asking.get(question);
      if (underWay) return underWay;
      const answer = evaluate(targetingKey).finally(() => asking.delete(question));
      asking.set(question, answer);
      return answer;
    },
    hold(next) {
      isHeld = next;
    },
    get isHeld() {
      return isHeld;
    },
    hasCached: (version) => [...cache.values()].some((entry) => entry.version === version),
    async run(signal) {
      let listening: Promise<void> | null = null;
      while (!signal.aborted) {
        const seen = await poll().catch(() => null);
        if (seen?.isNew) await changed(signal).catch(() => undefined);
        if (seen?.streamUrl && !listening) listening = keepListening(seen.streamUrl, signal);
        await clock.sleep(options.pollMs, signal).catch(() => undefined);
      }
      await listening;
    },
  };
}
