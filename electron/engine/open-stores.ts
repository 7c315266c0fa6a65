import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TelemetrySettings, Workspace } from '#shared/model/workspace.ts';
import type { Clock } from './clock.ts';
import type { EngineLog } from './log/log.ts';
import type { Records } from './records/kind.ts';
import { openRecords } from './records/open-records.ts';
import type { TelemetryFacts } from './connectors/telemetry-source.ts';
import { openTelemetry } from './telemetry/index.ts';
import type { EvidenceReader } from './telemetry/kind.ts';
import { unavailableEvidence } from './telemetry-unavailable.ts';
import type { SecretReader } from './workspace/secrets.ts';

/** The record store, and what a person must know about it. */
export type OpenedRecords = { readonly records: Records; problem(): string | null };

/** Received telemetry, or its stand-in that says why there is none. */
export type OpenedTelemetry = {
  readonly evidence: EvidenceReader;
  facts(): TelemetryFacts;
  /** Begins to listen; a port that is taken is a problem of this part alone. */
  listen(): Promise<void>;
  onData(listener: (dataUpToMs: number) => void): void;
  close(): Promise<void>;
};

type Surroundings = { readonly dataDir: string; readonly clock: Clock; readonly log: EngineLog };
/** `isDisposable`: nothing of it needs to survive a crash. */
type RecordSurroundings = Surroundings & { readonly isDisposable?: boolean };

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Opens the records, the team's where one is set, or, where those found are newer than this program, keeps this run's in a folder of its own. */
export async function openRecordsAnyway(
  { dataDir, clock, log, isDisposable = false }: RecordSurroundings,
  settings: Workspace['records'],
  secrets: SecretReader,
): Promise<OpenedRecords> {
  const part = log.part('records');
  const team = settings ? { url: () => secrets.read(settings.url) } : null;
  try {
    const records = await openRecords({ dataDir, clock, log: part, team, isDisposable });
    return { records, problem: () => records.problem() };
  } catch (error) {
    part.error({ error: wordsOf(error) }, 'records did not open; this run is recorded elsewhere');
    const elsewhere = await mkdtemp(join(tmpdir(), 'fusebox-records-'));
    const records = await openRecords({ dataDir: elsewhere, clock, log: part });
    return { records, problem: () => `${wordsOf(error)} This run is recorded in ${elsewhere}.` };
  }
}

const NO_COUNTERS = {
  spans: 0,
  feedback: 0,
  duplicates: 0,
  rejected: 0,
  unattributed: 0,
  requests: 0,
  lastReceivedMs: null,
};

/** Opens the telemetry store; the engine runs, and rolls back, without it. */
export async function openTelemetryAnyway(
  { dataDir, clock, log }: Surroundings,
  settings: TelemetrySettings,
  secrets: SecretReader,
): Promise<OpenedTelemetry> {
  const part = log.part('telemetry');
  let tokenProblem: string | null = null;
  try {
    const token = settings.token
      ? await secrets.read(settings.token).catch((error: unknown) => {
          // Configured but not readable: better nobody may send than anybody.
          tokenProblem = `The ingest token cannot be read. ${wordsOf(error)}`;
          return randomBytes(32).toString('hex');
        })
      : null;
    const telemetry = await openTelemetry({ dataDir, settings, clock, log: part, token });
    const { reader, receiver } = telemetry;
    let dataUpToMs = await reader.dataUpToMs(null);
    telemetry.onData((upToMs) => {
      dataUpToMs = upToMs;
    });
    return {
      evidence: reader,
      facts: () => ({
        counters: receiver.counters(),
        dataUpToMs,
        endpoint: receiver.url(),
        problem: tokenProblem ?? receiver.problem() ?? telemetry.problem,
      }),
      listen: () =>
        receiver.start().catch((error: unknown) => {
          part.warn({ error: wordsOf(error) }, 'the receiver does not listen');
        }),
      onData: (listener) => {
        telemetry.onData(listener);
      },
      close: () => telemetry.close(),
    };
  } catch (error) {
    const why = `Their store did not open: ${wordsOf(error)}`;
    part.error({ error: wordsOf(error) }, 'the telemetry store did not open');
    return {
      evidence: unavailableEvidence(why),
      facts: () => ({ counters: NO_COUNTERS, dataUpToMs: null, endpoint: null, problem: why }),
      listen: () => Promise.resolve(),
      onData: () => undefined,
      close: () => Promise.resolve(),
    };
  }
}
