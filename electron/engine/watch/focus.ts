import { isNamedVersion } from '#shared/domain/distribution/shares.ts';
import type { Window } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';
import { LONG_WINDOW_MS } from './deps.ts';

export type VersionTimes = Awaited<ReturnType<EvidenceReader['versionTimes']>>;

/** What is compared: which version, since when. */
export type Focus = {
  readonly control: string;
  readonly candidate: string | null;
  readonly candidateSha: string | null;
  /** First sight of the candidate in traffic; null = not seen. */
  readonly shippedAtMs: number | null;
};

/**
 * The version under suspicion: that of the open incident; else the workspace's candidate when it is in traffic; else the newest other version
 * that started conversations in the last hour; else the workspace's candidate, unseen.
 */
export function focusOf(
  prompt: WorkspacePrompt,
  times: VersionTimes,
  incident: Pick<Incident, 'badVersion' | 'goodVersion'> | null,
  nowMs: number,
): Focus {
  const control = incident?.goodVersion ?? prompt.control;
  const inTraffic = times.filter(
    ({ version, lastStartedMs }) =>
      version !== control && isNamedVersion(version) && lastStartedMs >= nowMs - LONG_WINDOW_MS,
  );
  const configured = inTraffic.find(({ version }) => version === prompt.candidate);
  const newest = inTraffic.toSorted((a, b) => b.firstSeenMs - a.firstSeenMs)[0];
  const candidate = incident?.badVersion ?? (configured ?? newest)?.version ?? prompt.candidate ?? null;
  const seen = times.find(({ version }) => version === candidate);
  const configuredSha = prompt.versions.find(({ id }) => id === candidate)?.sha;
  return {
    control,
    candidate: candidate === control ? null : candidate,
    candidateSha: seen?.sha ?? configuredSha ?? null,
    shippedAtMs: seen?.firstSeenMs ?? null,
  };
}

/**
 * The windows of "looks like", longest first: since the trial began, and the last 60 minutes where that is shorter. A comparison is by
 * conversation start, so late feedback revises both.
 */
export function windowsOf(nowMs: number, startedAtMs: number | null): Window[] {
  const rolling = { fromMs: nowMs - LONG_WINDOW_MS, toMs: nowMs };
  if (startedAtMs === null || startedAtMs <= rolling.fromMs) {
    return startedAtMs === null ? [rolling] : [{ fromMs: startedAtMs, toMs: nowMs }, rolling];
  }
  return [{ fromMs: Math.min(startedAtMs, nowMs), toMs: nowMs }];
}

/** While an incident is open, its evidence starts where the alarm's did and keeps growing. */
export function incidentWindow(nowMs: number, evidenceFromMs: number): Window {
  return { fromMs: Math.max(nowMs - LONG_WINDOW_MS, Math.min(evidenceFromMs, nowMs)), toMs: nowMs };
}
