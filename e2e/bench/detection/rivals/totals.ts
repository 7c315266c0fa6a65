import type { ArmCounts, Counts } from '../source.ts';
import { LEVELS, RATE_SIGNALS, SIGNALS, TICKS_PER_HOUR } from '../world.ts';

/** Per signal and arm: units, sum and sum of squares of the harm (event 1, no event 0; csat 1 - score / 100). */
export type Totals = {
  readonly values: Float64Array;
  n(signal: number, arm: 0 | 1): number;
  mean(signal: number, arm: 0 | 1): number;
  /** Sample variance; needs two units. */
  variance(signal: number, arm: 0 | 1): number;
};

export const WIDTH = SIGNALS.length * 2 * 3;
const CSAT = RATE_SIGNALS.length;
const HARMS = LEVELS.map((level) => 1 - level / 100);

/** Reads `values`, which may change. */
export function totalsOver(values: Float64Array): Totals {
  const at = (signal: number, arm: 0 | 1, part: number) => values[(signal * 2 + arm) * 3 + part] ?? 0;
  return {
    values,
    n: (signal, arm) => at(signal, arm, 0),
    mean: (signal, arm) => at(signal, arm, 1) / at(signal, arm, 0),
    variance(signal, arm) {
      const n = at(signal, arm, 0);
      const sum = at(signal, arm, 1);
      return Math.max(0, (at(signal, arm, 2) - (sum * sum) / n) / (n - 1));
    },
  };
}

function addArm(into: Float64Array, from: number, arm: 0 | 1, counts: ArmCounts): void {
  for (let signal = 0; signal < CSAT; signal += 1) {
    const base = from + (signal * 2 + arm) * 3;
    const events = counts.events[signal] ?? 0;
    into[base] = (into[base] ?? 0) + counts.conversations;
    into[base + 1] = (into[base + 1] ?? 0) + events;
    into[base + 2] = (into[base + 2] ?? 0) + events;
  }
  if (counts.rated === 0) return;
  const base = from + (CSAT * 2 + arm) * 3;
  into[base] = (into[base] ?? 0) + counts.rated;
  for (let level = 0; level < LEVELS.length; level += 1) {
    const harm = HARMS[level] ?? 0;
    const sum = (counts.ratings[level] ?? 0) * harm;
    into[base + 1] = (into[base + 1] ?? 0) + sum;
    into[base + 2] = (into[base + 2] ?? 0) + sum * harm;
  }
}

/** Totals since launch alone. */
export function createLaunchTotals(): { readonly launch: Totals; add(counts: Counts): void } {
  const values = new Float64Array(WIDTH);
  return {
    launch: totalsOver(values),
    add(counts) {
      addArm(values, 0, 0, counts.candidate);
      addArm(values, 0, 1, counts.control);
    },
  };
}

export type RunningTotals = {
  /** Since launch, over the last 60 minutes, and of the last complete minute. */
  readonly launch: Totals;
  readonly hour: Totals;
  readonly minute: Totals;
  add(tick: number, counts: Counts): void;
};

export function createRunningTotals(): RunningTotals {
  const launch = new Float64Array(WIDTH);
  const hour = new Float64Array(WIDTH);
  const minute = new Float64Array(WIDTH);
  const ring = new Float64Array(WIDTH * TICKS_PER_HOUR);
  return {
    launch: totalsOver(launch),
    hour: totalsOver(hour),
    minute: totalsOver(minute),
    add(tick, counts) {
      const from = (tick % TICKS_PER_HOUR) * WIDTH;
      for (let at = 0; at < WIDTH; at += 1) {
        hour[at] = (hour[at] ?? 0) - (ring[from + at] ?? 0);
        ring[from + at] = 0;
      }
      if (tick % 6 === 0) minute.fill(0);
      addArm(ring, from, 0, counts.candidate);
      addArm(ring, from, 1, counts.control);
      for (let at = 0; at < WIDTH; at += 1) {
        const value = ring[from + at] ?? 0;
        launch[at] = (launch[at] ?? 0) + value;
        hour[at] = (hour[at] ?? 0) + value;
        minute[at] = (minute[at] ?? 0) + value;
      }
    },
  };
}
