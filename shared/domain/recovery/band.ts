import { poissonQuantile } from './poisson.ts';
import {
  DEFAULT_DURATION,
  STEP_MS,
  durationShares,
  learnedShares,
  remainingShare,
  remainingStarts,
  seenThroughWindow,
} from './remaining.ts';

/** 95 % of workers follow a streaming flag within this time. */
export const DEFAULT_PROPAGATION_MS = 10_000;

export type RecoveryBandInput = {
  readonly flipAtMs: number;
  /** Rates as fractions: control before the flip, and the bad version during the incident. */
  readonly baseline01: number;
  readonly incident01: number;
  /** Share of traffic the bad version had when the lever was pulled. */
  readonly share01: number;
  readonly conversationsPerMs: number;
  /** Each point shows what a bucket of this length starting there holds. */
  readonly bucketMs: number;
  readonly untilMs: number;
  /** Multiplies fractions into display units (SIGNALS[...].scale). */
  readonly scale: number;
  readonly propagationMs?: number;
  /**
   * `start`: events are counted in the bucket their conversation began in (received telemetry); `event`: when they arrive (most metrics
   * systems).
   */
  readonly attribution: 'start' | 'event';
  /** Start-to-report lags seen, for `event`. */
  readonly lagsMs?: readonly number[];
};

/**
 * The expected recovery after a flip: a 90 % band of what each bucket should show, from exact Poisson quantiles. With few conversations
 * the band is wide and starts at zero: that is the message.
 */
export function recoveryBand(input: RecoveryBandInput): { atMs: number; low: number; high: number }[] {
  const { flipAtMs, bucketMs, untilMs, baseline01, incident01, share01, scale } = input;
  const seen = shares(input);
  const expected = input.conversationsPerMs * bucketMs;
  const points: { atMs: number; low: number; high: number }[] = [];
  for (let atMs = flipAtMs; atMs < untilMs; atMs += bucketMs) {
    const index = Math.min(seen.length - 1, Math.round((atMs + bucketMs - flipAtMs) / STEP_MS));
    const rate01 = baseline01 + share01 * Math.max(0, incident01 - baseline01) * (seen[index] ?? 0);
    if (expected <= 0) {
      points.push({ atMs, low: 0, high: scale });
      continue;
    }
    const mean = expected * rate01;
    const low = Math.min(1, poissonQuantile(mean, 0.05) / expected) * scale;
    const high = Math.min(1, poissonQuantile(mean, 0.95) / expected) * scale;
    points.push({ atMs, low, high });
  }
  return points;
}

function shares(input: RecoveryBandInput): number[] {
  const { flipAtMs, untilMs, bucketMs, attribution, lagsMs = [] } = input;
  const propagationMs = input.propagationMs ?? DEFAULT_PROPAGATION_MS;
  const spanMs = Math.max(0, untilMs - flipAtMs) + bucketMs;
  const learned = learnedShares(lagsMs);
  const phi =
    attribution === 'start'
      ? remainingStarts(propagationMs, spanMs)
      : remainingShare(learned ?? durationShares(DEFAULT_DURATION), propagationMs, spanMs);
  return seenThroughWindow(phi, bucketMs);
}

/**
 * Evidence that recovery is slower than expected: the likelihood ratio of twice the expected counts, over bins of 10 s (specification, section 9).
 * Say so at 20 and more.
 */
export function slowEvidence(
  bins: readonly { readonly events: number; readonly expected: number }[],
): number {
  const log = bins.reduce((sum, bin) => sum + bin.events * Math.LN2 - bin.expected, 0);
  return Math.exp(Math.min(690, Math.max(-690, log)));
}
