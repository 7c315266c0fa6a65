import type { SignalSeries } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { WatchDeps } from './deps.ts';
import type { Lines } from './series.ts';

export type BandQuery = {
  readonly prompt: WorkspacePrompt;
  readonly signal: SignalId;
  readonly cohort: string;
  readonly incident: Incident | null;
  readonly candidate: string | null;
  readonly lines: Lines;
  readonly baseline: number | null;
};

/** Where the candidate's line is expected after the flip. Empty before a flip. */
export function recoveryBand(_deps: WatchDeps, _query: BandQuery): Promise<SignalSeries['band']> {
  return Promise.resolve([]);
}
