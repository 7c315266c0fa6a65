import type { FlipFacts, TrafficEvidence } from '#shared/domain/verification/traffic.ts';
import type { WorkerShare } from '#shared/model/evidence.ts';
import type { EvidenceReader } from '../telemetry/kind.ts';

/** Workers that served something this shortly before the flip are expected to serve after it. */
const WORKER_MEMORY_MS = 5 * 60_000;
/** A worker is named while it started a conversation on another version this recently. */
const RECENT_MS = 2 * 60_000;
/** Spans without a version, and versions past the store's cap, say nothing about the flip. */
const NOT_A_VERSION: ReadonlySet<string> = new Set(['(none)', '(other)']);

/** Who is serving since the flip, read from received telemetry. `prompt` is the trace name. */
export async function gatherTraffic(
  evidence: EvidenceReader,
  prompt: string,
  flip: FlipFacts,
): Promise<TrafficEvidence> {
  const { nowMs, flipAtMs, propagationMs, goodVersion } = flip;
  const judgeFromMs = flipAtMs + propagationMs;
  const toMs = Math.max(nowMs, flipAtMs) + 1;
  const isJudged = nowMs > judgeFromMs;
  const workersSince = (fromMs: number) =>
    evidence.workers({ prompt, window: { fromMs, toMs }, expectedVersion: goodVersion });
  const [seen, judged, recent, times, dataUpToMs] = await Promise.all([
    workersSince(flipAtMs - WORKER_MEMORY_MS),
    isJudged ? workersSince(judgeFromMs) : Promise.resolve([]),
    isJudged ? workersSince(Math.max(judgeFromMs, nowMs - RECENT_MS)) : Promise.resolve([]),
    evidence.versionTimes(prompt),
    evidence.dataUpToMs(prompt),
  ]);
  const others = times.filter(({ version }) => version !== goodVersion && !NOT_A_VERSION.has(version));
  const lastBadStartMs = newest(others.map((times_) => times_.lastStartedMs));
  const bad = sum(judged.map((worker) => badOf(worker, goodVersion)));
  const conversations = sum(judged.map(allOf));
  const clean =
    bad > 0 && lastBadStartMs !== null && lastBadStartMs < nowMs
      ? sum((await workersSince(lastBadStartMs + 1)).map((worker) => goodOf(worker, goodVersion)))
      : conversations;
  // A worker with the old flag value still serves the good version most of the time: its newest conversation proves nothing,
  // any recent one on another version does.
  const isBad = (worker: WorkerShare) => badOf(worker, goodVersion) > 0;
  const recentlyBad = recent.filter(isBad);
  const stale = (recentlyBad.length > 0 ? recentlyBad : judged.filter(isBad)).map(({ worker }) => worker);
  const onGood = isJudged
    ? judged.filter(({ worker }) => !stale.includes(worker))
    : seen.filter((worker) => worker.lastVersion === goodVersion && worker.lastSeenMs >= flipAtMs);
  const minutes = (nowMs - (isJudged ? judgeFromMs : flipAtMs - WORKER_MEMORY_MS)) / 60_000;
  const counted = isJudged ? conversations : sum(seen.map(allOf));
  return {
    conversations,
    bad,
    lastBadStartMs,
    lastBadEndMs: newest(others.map((times_) => times_.lastEndedMs)),
    clean,
    staleWorkers: stale.toSorted(),
    workers: seen.length,
    workersOnGood: onGood.length,
    perMinute: minutes > 0.2 && counted > 0 ? counted / minutes : null,
    dataUpToMs,
  };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const newest = (values: readonly number[]) => (values.length === 0 ? null : Math.max(...values));

function allOf({ versions }: WorkerShare): number {
  return sum(
    versions.filter(({ version }) => !NOT_A_VERSION.has(version)).map(({ conversations }) => conversations),
  );
}

function goodOf({ versions }: WorkerShare, goodVersion: string): number {
  return versions.find(({ version }) => version === goodVersion)?.conversations ?? 0;
}

function badOf(worker: WorkerShare, goodVersion: string): number {
  return allOf(worker) - goodOf(worker, goodVersion);
}
