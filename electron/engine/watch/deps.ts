import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import type {
  IncidentDesk,
  LeverDesk,
  LivePublisher,
  PolicyDesk,
  SourceDesk,
  WorkspaceDesk,
} from '../ports.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';
import type { LeverProofsBook } from './lever-proofs.ts';
import type { TrialFiles } from './trial/trial-file.ts';

/** What this module is built from. */
export type WatchDeps = {
  readonly clock: Clock;
  readonly workspace: WorkspaceDesk;
  readonly evidence: EvidenceReader;
  readonly sources: SourceDesk;
  readonly levers: LeverDesk;
  readonly incidents: Pick<IncidentDesk, 'openFor' | 'alarm' | 'observe' | 'list'>;
  readonly policies: Pick<PolicyDesk, 'actions' | 'onAlarm'>;
  /** Where detectors are kept over a restart. */
  readonly files: TrialFiles;
  /** Absent in the world of a drill: its levers are not the team's. */
  readonly proofs?: Pick<LeverProofsBook, 'of'>;
  readonly live: LivePublisher;
  readonly log: ConnectorLog;
};

/** Between two looks, in engine time; never more often than once a second of real time. */
export const TICK_MS = 5_000;
export const TICK_REAL_MS = 1_000;
/** The rolling window of "looks like", beside the one since launch. A version counts as in traffic if it was seen in it. */
export const LONG_WINDOW_MS = 60 * 60_000;
/** "Who is serving" on the Board. */
export const SHARE_WINDOW_MS = 5 * 60_000;
/** A query that takes longer counts as not answered. Real time. */
export const CALL_DEADLINE_MS = 4_000;

/** Runs a call against a source with a deadline; what it was waiting for is named when it is over. */
export async function within<T>(
  clock: Clock,
  what: string,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = clock.deadline(CALL_DEADLINE_MS);
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(new Error(`${what} did not answer within ${CALL_DEADLINE_MS / 1000} s`));
    signal.addEventListener('abort', onAbort, { once: true });
    call(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onAbort));
  });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
