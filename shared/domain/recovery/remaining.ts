/** How long after its start a conversation shows its event: shares per step of time, adding up to 1. */
export type DelayShares = { readonly stepMs: number; readonly shares01: readonly number[] };

/** Step of the numeric integration (specification, section 9: a quarter of a second is enough). */
export const STEP_MS = 250;

/** Without delays known: an exponential duration with mean 25 s, cut at 60 s, which is the mission's 30-60 s of in-flight. */
export const DEFAULT_DURATION = { meanMs: 25_000, cutMs: 60_000 };

/** Truncated exponential. */
export function durationShares(options: { meanMs: number; cutMs: number }, stepMs = STEP_MS): DelayShares {
  const steps = Math.max(1, Math.round(options.cutMs / stepMs));
  const upTo = (ms: number) => -Math.expm1(-ms / options.meanMs);
  const total = upTo(steps * stepMs);
  const shares01 = Array.from(
    { length: steps },
    (_, index) => (upTo((index + 1) * stepMs) - upTo(index * stepMs)) / total,
  );
  return { stepMs, shares01 };
}

/** Learned from start-to-event times, in bins of 5 s spread evenly, as section 9 of the specification asks. Null below 30 of them. */
export function learnedShares(lagsMs: readonly number[], stepMs = STEP_MS): DelayShares | null {
  const known = lagsMs.filter((lag) => Number.isFinite(lag) && lag >= 0 && lag <= MAX_LAG_MS);
  if (known.length < MIN_LAGS) return null;
  const perBin = BIN_MS / stepMs;
  const bins = new Map<number, number>();
  for (const lag of known) {
    const bin = Math.floor(lag / BIN_MS);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }
  const length = (Math.max(...bins.keys()) + 1) * perBin;
  const shares01 = Array.from(
    { length },
    (_, index) => (bins.get(Math.floor(index / perBin)) ?? 0) / known.length / perBin,
  );
  return { stepMs, shares01 };
}
const BIN_MS = 5_000;
const MIN_LAGS = 30;
const MAX_LAG_MS = 2 * 3600_000;

/** The sum of two independent delays. */
export function addDelays(a: DelayShares, b: DelayShares): DelayShares {
  const length = a.shares01.length + b.shares01.length - 1;
  const sum = Array.from({ length }, () => 0);
  for (const [i, first] of a.shares01.entries()) {
    if (first === 0) continue;
    for (const [j, second] of b.shares01.entries()) sum[i + j] = (sum[i + j] ?? 0) + first * second;
  }
  return { stepMs: a.stepMs, shares01: sum };
}

/**
 * phi(t) of section 9 of the specification: the share of the bad version's extra events still arriving t after the flip, when workers leave it
 * exponentially (95 % within `propagationMs`) and events come `delays` after their conversation began. One value per step from t = 0.
 */
export function remainingShare(delays: DelayShares, propagationMs: number, untilMs: number): number[] {
  const { stepMs, shares01 } = delays;
  const tauMs = propagationMs / Math.log(20);
  const decay = Math.exp(-stepMs / tauMs);
  // A start somewhere inside the step decays over half of it on average.
  const half = Math.exp(-stepMs / 2 / tauMs);
  const values: number[] = [];
  let tail = 1;
  let late = 0;
  for (let index = 0; index * stepMs <= untilMs; index += 1) {
    values.push(Math.min(1, tail + late));
    const share = shares01[index] ?? 0;
    tail = Math.max(0, tail - share);
    late = late * decay + share * half;
  }
  return values;
}

/** The same for figures attributed to a conversation's start, as received telemetry is: only the workers' lag remains. */
export function remainingStarts(propagationMs: number, untilMs: number, stepMs = STEP_MS): number[] {
  const tauMs = propagationMs / Math.log(20);
  return Array.from({ length: Math.floor(untilMs / stepMs) + 1 }, (_, index) =>
    Math.exp((-index * stepMs) / tauMs),
  );
}

/** What a window of `windowMs` ending at each step shows: the average of phi over it; before the flip phi was 1. */
export function seenThroughWindow(phi: readonly number[], windowMs: number, stepMs = STEP_MS): number[] {
  const steps = Math.max(1, Math.round(windowMs / stepMs));
  const seen: number[] = [];
  let sum = steps;
  for (const [index, value] of phi.entries()) {
    seen.push(sum / steps);
    // The step that enters is taken at its middle; what leaves was before the flip (1) or is an earlier step.
    sum += middle(phi, index, value) - (index < steps ? 1 : middle(phi, index - steps, 0));
  }
  return seen;
}

function middle(phi: readonly number[], index: number, fallback: number): number {
  const here = phi[index] ?? fallback;
  return (here + (phi[index + 1] ?? here)) / 2;
}
