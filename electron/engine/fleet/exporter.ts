import { setImmediate as breathe } from 'node:timers/promises';
import type { Clock } from '#engine/clock.ts';
import type { ConnectorLog } from '#engine/connectors/kind.ts';
import type { Emission } from './conversation.ts';
import { otlpRequest } from './otlp-protobuf.ts';

/** Items of one request: a collector in front of a fleet sends batches of this size; each costs the receiver one commit. */
const BATCH = 4_096;
/** Items kept while the receiver is away; past it the oldest are dropped, as an SDK's batch processor does. */
const MAX_QUEUED = 200_000;
const DEADLINE_MS = 15_000;
const RETRYABLE = new Set([429, 502, 503, 504]);

export type Exporter = {
  take(emissions: readonly Emission[]): void;
  /** Sends everything queued; keeps what could not be delivered for the next time. Never rejects. */
  flush(): Promise<void>;
  /** Items that wait, and those given up. */
  queued(): number;
  dropped(): number;
};

/** Sends spans and feedback to an OTLP/HTTP receiver in batches, as protobuf. */
export function createExporter(options: {
  readonly otlpUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Pick<Clock, 'deadline'>;
  readonly log: Pick<ConnectorLog, 'warn'>;
}): Exporter {
  const queues = { '/v1/traces': [] as Emission[], '/v1/logs': [] as Emission[] };
  let dropped = 0;
  let flushing: Promise<void> | null = null;

  /** True when the batch is settled: accepted, or refused for good. */
  async function send(path: string, body: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      const response = await options.fetch(new URL(path, options.otlpUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body,
        signal: options.clock.deadline(DEADLINE_MS),
        redirect: 'error',
      });
      await response.arrayBuffer();
      if (!response.ok) options.log.warn({ path, status: response.status }, 'the fleet could not export');
      return response.ok || !RETRYABLE.has(response.status);
    } catch (error) {
      options.log.warn({ path, err: error }, 'the fleet could not export');
      return false;
    }
  }

  async function drain(path: keyof typeof queues): Promise<void> {
    for (;;) {
      const batch = queues[path].slice(0, BATCH);
      if (batch.length === 0 || !(await send(path, otlpRequest(batch)))) return;
      queues[path].splice(0, batch.length);
      await breathe();
    }
  }

  return {
    take(emissions) {
      for (const emission of emissions)
        queues[emission.kind === 'span' ? '/v1/traces' : '/v1/logs'].push(emission);
      for (const queue of Object.values(queues)) {
        const tooMany = queue.length - MAX_QUEUED;
        if (tooMany <= 0) continue;
        queue.splice(0, tooMany);
        dropped += tooMany;
      }
    },
    flush() {
      // Spans first: a report of this batch finds its span there.
      flushing ??= drain('/v1/traces')
        .then(() => drain('/v1/logs'))
        .finally(() => {
          flushing = null;
        });
      return flushing;
    },
    queued: () => queues['/v1/traces'].length + queues['/v1/logs'].length,
    dropped: () => dropped,
  };
}
