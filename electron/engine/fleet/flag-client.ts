import { EventSourceParserStream } from 'eventsource-parser/stream';
import { z } from 'zod';
import type { ScenarioPrompt } from '#shared/model/scenario.ts';
import type { Clock } from '#engine/clock.ts';
import type { LeverClient, OpenClient } from './serving.ts';

const evaluationSchema = z.looseObject({ variant: z.string().optional(), value: z.unknown().optional() });
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
  readonly clock: Pick<Clock, 'nowMs' | 'sleep' | 'deadline'>;
  readonly fetch: typeof globalThis.fetch;
  readonly mode: ScenarioPrompt['flagSdk']['mode'];
  /** How long this process takes to act on the change that it has just been told of, in ms of the clock. */
  readonly reactionMs: () => number;
  /** The first time at or after `atMs` at which a polling process asks. */
  readonly nextPollMs: (atMs: number) => number;
};

const REQUEST_DEADLINE_MS = 5_000;
const RECONNECT_MS = 2_000;

/**
 * One process's feature-flag client, as an OpenFeature OFREP provider behaves: values cached per targeting key, thrown away when a poll
 * shows a new ETag or the event stream says `refetchEvaluation` (OFREP 0.3.0), asked again when next needed. It listens or polls until it is closed.
 */
export function createFlagClient(options: FlagClientOptions): LeverClient {
  const { url, flagKey, clock, fetch } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const cache = new Map<string, { version: string; generation: number }>();
  /** Questions under way, by generation and key: many conversations of one user ask once. */
  const asking = new Map<string, Promise<string>>();
  let generation = 0;
  let etag: string | null = null;
  let streamUrl: string | null = null;

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
      const { value, variant } = body.data;
      const version = typeof value === 'string' ? value : (variant ?? options.codeDefault);
      cache.set(targetingKey, { version, generation: askedIn });
      return version;
    } catch {
      // An unreachable server must not stop a service: it goes on with what it knows.
      return remembered(targetingKey);
    }
  }
  const remembered = (targetingKey: string) => cache.get(targetingKey)?.version ?? options.codeDefault;

  /** Asks whether anything has changed, and forgets what it knew if so. */
  async function poll(): Promise<void> {
    const headers: Record<string, string> = etag === null ? {} : { 'if-none-match': etag };
    const response = await post('/ofrep/v1/evaluate/flags', options.worker, headers);
    if (response.status === 304) return;
    const { eventStreams } = bulkSchema.parse(await response.json());
    etag = response.headers.get('etag');
    generation += 1;
    const stream = eventStreams.find(({ type }) => type === 'sse');
    const path = stream?.endpoint?.requestUri;
    streamUrl = stream?.url ?? (path === undefined ? null : new URL(path, url).href);
  }

  async function listen(address: string): Promise<void> {
    const headers = { accept: 'text/event-stream' };
    const response = await fetch(address, { headers, signal, redirect: 'error' });
    if (!response.ok || !response.body) throw new Error(`event stream answered ${response.status}`);
    // What changed before it was there.
    await poll();
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    for await (const event of events) {
      const parsed = eventSchema.safeParse(JSON.parse(event.data));
      if (!parsed.success || parsed.data.type !== 'refetchEvaluation') continue;
      await clock.sleep(options.reactionMs(), signal);
      await poll();
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await poll().catch(() => undefined);
      const isStreaming = options.mode === 'streaming';
      if (isStreaming && streamUrl !== null) await listen(streamUrl).catch(() => undefined);
      const waitMs = isStreaming ? RECONNECT_MS : options.nextPollMs(clock.nowMs() + 1) - clock.nowMs();
      await clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }
  void run();

  return {
    versionFor(targetingKey) {
      const known = cache.get(targetingKey);
      if (known?.generation === generation) return known.version;
      const question = `${generation} ${targetingKey}`;
      const underWay = asking.get(question);
      if (underWay) return underWay;
      const answer = evaluate(targetingKey).finally(() => asking.delete(question));
      asking.set(question, answer);
      return answer;
    },
    close: () => closing.abort(new Error('the client is closed')),
  };
}

/** Workers of this prompt ask the flag board over HTTP, each by itself. */
export const flagClientsOf =
  (
    options: Pick<FlagClientOptions, 'url' | 'flagKey' | 'clock' | 'fetch'> & {
      readonly prompt: ScenarioPrompt;
    },
  ): OpenClient =>
  ({ name, timing, change }) =>
    createFlagClient({
      ...options,
      worker: name,
      codeDefault: options.prompt.control,
      mode: options.prompt.flagSdk.mode,
      reactionMs: () => timing.reactionMs(change()),
      nextPollMs: (atMs) => timing.nextPollMs(atMs),
    });
