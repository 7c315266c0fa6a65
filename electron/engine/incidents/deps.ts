import type { Clock } from '../clock.ts';
import type { ConnectorLog } from '../connectors/kind.ts';
import type { LeverDesk, LivePublisher, SourceDesk, WorkspaceDesk } from '../ports.ts';
import type { Records } from '../records/kind.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';

/** What this module is built from. */
export type IncidentDeps = {
  readonly records: Records;
  readonly clock: Clock;
  readonly workspace: WorkspaceDesk;
  readonly sources: SourceDesk;
  readonly levers: LeverDesk;
  readonly evidence: EvidenceReader;
  readonly live: LivePublisher;
  readonly log: ConnectorLog;
  /** Hears of every rollback as it was written, by this engine or another. */
  readonly onRollback?: (rollback: Rollback) => void;
  /** Minutes the local zone is east of UTC at a time; for status lines. */
  readonly localOffsetMinutes?: (atMs: number) => number;
};

/** The tool's own name in timelines. */
export const TOOL = 'fusebox';

export function localOffset(deps: IncidentDeps, atMs: number): number {
  return deps.localOffsetMinutes?.(atMs) ?? -new Date(atMs).getTimezoneOffset();
}

/** "14:11:08Z" */
export function clockTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)}Z`;
}

/** "48 s", "3 min 20 s", "2 h 5 min" */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
