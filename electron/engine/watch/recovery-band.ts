import { recoveryBand as rateBand, DEFAULT_PROPAGATION_MS } from '#shared/domain/recovery/band.ts';
import { STEP_MS, remainingStarts, seenThroughWindow } from '#shared/domain/recovery/remaining.ts';
import { meanOf, varianceOf } from '#shared/domain/detection/scores.ts';
import type { SignalSeries } from '#shared/model/evidence.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Rollback } from '#shared/model/rollback.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import type { ArmReading, MeanCounts, RateCounts, SignalId } from '#shared/model/signal.ts';
import type { WorkspacePrompt } from '#shared/model/workspace.ts';
import { addReadings } from './arms.ts';
import type { WatchDeps } from './deps.ts';
import { templatesOf } from './metric-signals.ts';
import type { Lines } from './series.ts';

/** The incident's rates are read from this long before the alarm on. */
const BEFORE_ALARM_MS = 5 * 60_000;

export type BandQuery = {
  readonly prompt: WorkspacePrompt;
  readonly signal: SignalId;
  readonly incident: Incident | null;
  readonly control: string;
  readonly candidate: string | null;
  readonly bucketMs: number;
  readonly toMs: number;
  readonly lines: Lines;
};

/** The band is drawn this long: after it the figure is at its baseline or the rollback was not the cure. */
const BAND_MS = 10 * 60_000;
const REPORT_LAGS = 2_000;
/** Normal quantile of a 90 % band. */
const Z_90 = 1.6449;

/**
 * Where the figure of those who had the bad version is expected after the flip: a 90 % band in display units, one point per bucket, from
 * what both versions showed before it. Empty before a flip, and where too little was seen to expect anything.
 */
export async function recoveryBand(deps: WatchDeps, query: BandQuery): Promise<SignalSeries['band']> {
  const { incident, candidate, lines, prompt, signal, bucketMs } = query;
  const flipAtMs = incident ? flipOf(incident.rollbacks) : null;
  if (!incident || flipAtMs === null || candidate === null) return [];
  const fromMs = incident.declaredAtMs - BEFORE_ALARM_MS;
  const before = (version: string) =>
    sumOf(lines, version, (startMs) => startMs + bucketMs > fromMs && startMs + bucketMs <= flipAtMs);
  const bad = before(candidate);
  const good = before(query.control);
  const untilMs = Math.min(query.toMs, flipAtMs + BAND_MS);
  const spanMs = flipAtMs - fromMs;
  if (!bad || !good || spanMs <= 0 || untilMs <= flipAtMs) return [];
  const lever = prompt.flag ? deps.sources.instance(prompt.flag.source)?.flags : undefined;
  const propagationMs = lever?.capabilities.propagation.typicalMs ?? DEFAULT_PROPAGATION_MS;

  if (bad.kind === 'mean' && good.kind === 'mean') {
    return meanBand({
      bad,
      good,
      flipAtMs,
      untilMs,
      bucketMs,
      propagationMs,
      ratingsPerMs: bad.ratings / spanMs,
    });
  }
  if (bad.kind !== 'rate' || good.kind !== 'rate') return [];
  const [incident01, baseline01] = [rateOf(bad), rateOf(good)];
  if (incident01 === null || baseline01 === null) return [];
  const isTelemetry = templatesOf(prompt, signal) === null;
  const lagsMs = isTelemetry
    ? []
    : await deps.evidence.reportLagsMs(prompt.traceName ?? prompt.id, REPORT_LAGS);
  return rateBand({
    flipAtMs,
    baseline01,
    incident01,
    // The slice that had the bad version is looked at, not all traffic: its share of itself is 1.
    share01: 1,
    conversationsPerMs: bad.conversations / spanMs,
    bucketMs,
    untilMs,
    scale: SIGNALS[signal].scale,
    propagationMs,
    attribution: isTelemetry ? 'start' : 'event',
    lagsMs,
  });
}

/** When control was last put back in effect and not taken back since; null = it was not. */
export function flipOf(rollbacks: readonly Rollback[]): number | null {
  const inEffect = rollbacks.filter(({ state }) => state === 'in-effect' || state === 'seen-in-traffic');
  const undone = new Set(inEffect.map(({ undoes }) => undoes));
  const flips = inEffect
    .filter(({ operation, operationId }) => {
      return (
        (operation.kind === 'serve-control' || operation.kind === 'point-label') && !undone.has(operationId)
      );
    })
    .map(({ lamps, pressedAtMs }) => lamps.readBack.atMs ?? lamps.accepted.atMs ?? pressedAtMs);
  return flips.length > 0 ? Math.max(...flips) : null;
}

function sumOf(lines: Lines, version: string, keep: (startMs: number) => boolean): ArmReading | null {
  const line = lines.lines.find((each) => each.version === version);
  const readings =
    line?.readings.filter((reading, index) => reading !== null && keep(lines.startsMs[index] ?? 0)) ?? [];
  return readings.reduce<ArmReading | null>(
    (sum, next) => (sum && next ? addReadings(sum, next) : next),
    null,
  );
}

function rateOf(counts: RateCounts): number | null {
  return counts.conversations > 0 ? counts.events / counts.conversations : null;
}

/** Scores: the mean moves from the bad version's to control's as workers follow the flag; the width is that of a mean of so many ratings. */
function meanBand(input: {
  readonly bad: MeanCounts;
  readonly good: MeanCounts;
  readonly flipAtMs: number;
  readonly untilMs: number;
  readonly bucketMs: number;
  readonly propagationMs: number;
  readonly ratingsPerMs: number;
}): SignalSeries['band'] {
  const { bad, good, flipAtMs, untilMs, bucketMs } = input;
  const [badMean, goodMean, variance] = [meanOf(bad), meanOf(good), varianceOf(good)];
  if (badMean === null || goodMean === null || variance === null) return [];
  const spanMs = untilMs - flipAtMs + bucketMs;
  const seen = seenThroughWindow(remainingStarts(input.propagationMs, spanMs), bucketMs);
  const ratings = Math.max(1, input.ratingsPerMs * bucketMs);
  const width = Z_90 * Math.sqrt(variance / ratings);
  const band: SignalSeries['band'] = [];
  for (let atMs = flipAtMs; atMs < untilMs; atMs += bucketMs) {
    const index = Math.min(seen.length - 1, Math.round((atMs + bucketMs - flipAtMs) / STEP_MS));
    const centre = goodMean + (badMean - goodMean) * (seen[index] ?? 0);
    band.push({ atMs, low: Math.max(0, centre - width), high: Math.min(100, centre + width) });
  }
  return band;
}
