import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import { logsBody, tracesBody } from './otlp-json.ts';
import type { Report, Turn } from './otlp-json.ts';

/** Spans and log records of one request. A collector in front of a fleet sends batches of this size; each costs the receiver one commit. */
const BATCH = 4_096;
/** Items kept while the receiver is away; past it the oldest are dropped, as an SDK's batch processor does. */
const MAX_QUEUED = 50_000;
const DEADLINE_MS = 15_000;
const RETRY_MS = 1_000;
const RETRYABLE = new Set([429, 502, 503, 504]);

export type Exporter = {
  span(turn: Turn): void;
  report(report: Report): void;
  /** Sends everything queued; keeps what could not be delivered for the next time. */
  flush(signal: AbortSignal): Promise<void>;
  dropped(): number;
};

/** Sends spans and feedback to an OTLP/HTTP receiver in batches, JSON encoded. */
export function createExporter(options: {
  readonly otlpUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly log: ConnectorLog;
}): Exporter {
  const { fetch, clock, log } = options;
  const spans: Turn[] = [];
  const reports: Report[] = [];
  let dropped = 0;

  function enqueue<T>(queue: T[], item: T): void {
    if (queue.length >= MAX_QUEUED) {
      queue.shift();
      dropped += 1;
    }
    queue.push(item);
  }

  /** True when the batch is settled: accepted, or refused for good. */
  async function send(path: string, body: string): Promise<boolean> {
    try {
      const response = await fetch(new URL(path, options.otlpUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: clock.deadline(DEADLINE_MS),
        redirect: 'error',
      });
      await response.arrayBuffer();
      if (!response.ok) log.warn({ path, status: response.status }, 'the demonstration could not export');
      return response.ok || !RETRYABLE.has(response.status);
    } catch (error) {
      log.warn({ path, err: error }, 'the demonstration could not export');
      return false;
    }
  }

  async function drain<T>(
    queue: T[],
    path: string,
    encode: (batch: T[]) => string,
    signal: AbortSignal,
  ): Promise<void> {
    while (queue.length > 0 && !signal.aborted) {
      const batch = queue.slice(0, BATCH);
      const isSettled = await send(path, encode(batch));
      if (!isSettled) {
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
        return;
      }
      queue.splice(0, batch.length);
    }
  }

  return {
    span: (turn) => enqueue(spans, turn),
    report: (report) => enqueue(reports, report),
    async flush(signal) {
      await Promise.all([
        drain(spans, '/v1/traces', tracesBody, signal),
        drain(reports, '/v1/logs', logsBody, signal),
      ]);
    },
    dropped: () => dropped,
  };
}
