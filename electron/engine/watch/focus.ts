import { isNamedVersion } from '#shared/domain/distribution/shares.ts';
import { versionBefore } from '#shared/domain/rollback/way-back.ts';
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
  /** The one version that is served, to be judged against its own past because nothing runs beside it; null = it is compared, or nothing runs. */
  readonly alone: Alone | null;
};

export type Alone = {
  readonly version: string;
  readonly sha: string | null;
  readonly firstSeenMs: number;
  /** The records reach back before it: `firstSeenMs` is when it came, not where they begin. */
  readonly isFirstSight: boolean;
  /** What served before it; null = nothing earlier is known to serve. */
  readonly previous: string | null;
};

/** A version left over from before (in-flight conversations, a late worker) is no candidate once it has been silent for so long. */
const LEFT_OVER_MS = 10 * 60_000;
/** As long as the control was seen in this time it is what a candidate that runs alone is measured by. */
const CONTROL_KNOWN_MS = 7 * 86_400_000;
/** Where records begin, everything is seen first within this. */
const RECORDS_BEGIN_MS = 60_000;

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
  const inTraffic = othersInTraffic(prompt, times, control, nowMs);
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
    alone: aloneOf(prompt, times, inTraffic, { control, badVersion: incident?.badVersion ?? null }, nowMs),
  };
}

function othersInTraffic(
  prompt: WorkspacePrompt,
  times: VersionTimes,
  control: string,
  nowMs: number,
): VersionTimes {
  const own = times.find(({ version }) => version === control);
  return times.filter((sight) => {
    if (sight.version === control || !isNamedVersion(sight.version)) return false;
    const isOlder = own !== undefined && sight.firstSeenMs < own.firstSeenMs;
    const isLeftOver = isOlder && sight.version !== prompt.candidate;
    return sight.lastStartedMs >= nowMs - (isLeftOver ? LEFT_OVER_MS : LONG_WINDOW_MS);
  });
}

/** The one version in traffic: the control without a candidate, or a candidate whose control nobody has seen for long. */
function aloneOf(
  prompt: WorkspacePrompt,
  times: VersionTimes,
  others: VersionTimes,
  { control, badVersion }: { readonly control: string; readonly badVersion: string | null },
  nowMs: number,
): Alone | null {
  const own = times.find(({ version }) => version === control);
  const isServed = own !== undefined && own.lastStartedMs >= nowMs - LONG_WINDOW_MS;
  const isForgotten = own === undefined || own.lastStartedMs < nowMs - CONTROL_KNOWN_MS;
  const [other, ...more] = others;
  const sight = isServed && !other ? own : isForgotten && other && more.length === 0 ? other : null;
  if (!sight || (badVersion !== null && sight.version !== badVersion)) return null;
  return aloneFrom(prompt, times, sight);
}

/** A version as one that is watched by itself. */
export function aloneFrom(prompt: WorkspacePrompt, times: VersionTimes, sight: VersionTimes[number]): Alone {
  const listed = prompt.versions.map(({ id }) => id);
  const recordsBeginMs = Math.min(...times.map(({ firstSeenMs }) => firstSeenMs));
  return {
    version: sight.version,
    sha: sight.sha ?? prompt.versions.find(({ id }) => id === sight.version)?.sha ?? null,
    firstSeenMs: sight.firstSeenMs,
    isFirstSight: sight.firstSeenMs > recordsBeginMs + RECORDS_BEGIN_MS,
    previous: versionBefore(sight.version, { listed, sights: times }),
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
