import type { TelemetrySettings } from '#shared/model/workspace.ts';
import type { Clock } from '../clock.ts';
import type { DatabaseOptions, TelemetryLog } from './database.ts';
import type { EvidenceReader } from './kind.ts';
import { createReader } from './reader.ts';
import { createReceiver, type Receiver, type ReceiverLimits } from './receiver.ts';
import { openStore } from './store.ts';

const UPKEEP_MS = 5_000;
const RETENTION_EVERY_MS = 60_000;

export type Telemetry = {
  readonly reader: EvidenceReader;
  readonly receiver: Receiver;
  /** Called after each commit with the newest event time stored. Returns the unsubscribe. */
  onData(listener: (dataUpToMs: number) => void): () => void;
  /** What went wrong at opening (a file set aside), in plain words; null when nothing did. */
  readonly problem: string | null;
  close(): Promise<void>;
};

/**
 * Telemetry in: the store, its OTLP receiver (not yet listening: call `receiver.start()`) and the reader of what arrived.
 * Rejects when another process holds the database.
 */
export async function openTelemetry(input: {
  readonly dataDir: string;
  readonly settings: TelemetrySettings;
  readonly clock: Clock;
  readonly log: TelemetryLog;
  /** Ingest token that senders must present; null = none. */
  readonly token: string | null;
  readonly limits?: Partial<ReceiverLimits>;
  readonly database?: DatabaseOptions;
}): Promise<Telemetry> {
  const { dataDir, settings, clock, log, token } = input;
  const listeners = new Set<(dataUpToMs: number) => void>();
  const announce = async () => {
    if (listeners.size === 0) return;
    const dataUpToMs = await store.sightings.dataUpToMs(null);
    if (dataUpToMs !== null) for (const listener of listeners) listener(dataUpToMs);
  };
  const totals = { spans: 0, feedback: 0, duplicates: 0 };
  const store = await openStore({
    dataDir,
    clock,
    log,
    ...(input.database ? { options: input.database } : {}),
    onCommit: (written) => {
      totals.spans += written.spans;
      totals.feedback += written.feedback;
      totals.duplicates += written.duplicates;
      announce().catch((error: unknown) => log.warn({ err: error }, 'could not announce new telemetry'));
    },
  });
  const receiver = createReceiver({
    store,
    settings,
    token,
    clock,
    log,
    ...(input.limits ? { limits: input.limits } : {}),
  });

  const stopping = new AbortController();
  async function upkeep(): Promise<void> {
    let retainedMs = Number.NEGATIVE_INFINITY;
    while (!stopping.signal.aborted) {
      try {
        await store.searchOverdueFeedback();
        if (clock.monotonicMs() - retainedMs >= RETENTION_EVERY_MS) {
          retainedMs = clock.monotonicMs();
          await store.applyRetention(settings);
        }
      } catch (error) {
        log.warn({ err: error }, 'telemetry upkeep failed; it is tried again');
      }
      await clock.sleep(UPKEEP_MS, stopping.signal).catch(() => undefined);
    }
  }
  const upkeepDone = upkeep();

  return {
    reader: createReader(store, settings),
    receiver: { ...receiver, counters: () => ({ ...receiver.counters(), ...totals }) },
    onData(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    problem: store.problem,
    async close() {
      await receiver.stop();
      stopping.abort(new Error('closing'));
      await upkeepDone;
      await store.close();
    },
  };
}
