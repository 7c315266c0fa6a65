import type { RecoveryBlock } from './comparison-recovery.ts';
import type { Counts } from './recovery-evidence.ts';
import { RATE_SIGNALS as RATES, type RateSignal, type SinceFlip } from './kind.ts';

export type Arm = 'slice' | 'rest';

/** Conversations that started after the drain, and their events, over both arms. */
export type StartedCounts = {
  /** Takes increments in; answers with what their events say about one arm against the other, bucket by bucket. */
  add(increments: readonly SinceFlip[]): { readonly signal: RateSignal; readonly block: RecoveryBlock }[];
  /** Conversations started, however young. */
  total(arm: Arm): number;
  /** Events with the conversations old enough to have shown them: a young one counts for the part that would have been reported. */
  counts(arm: Arm, signal: RateSignal, nowMs: number): Counts;
};

const TICK_MS = 10_000;
/** Shares of the arms are kept this long for late events. */
const LATE_MS = 2 * 3_600_000;
/** Fewer report times than this say nothing about lateness. */
const MIN_LAGS = 20;
/** By the age at which this part of all reports is in, a bucket is taken for complete. */
const COMPLETE = 0.99;

export function createStartedCounts(reportLagsMs: readonly number[]): StartedCounts {
  const lags = reportLagsMs.filter((lag) => Number.isFinite(lag) && lag >= 0).toSorted((a, b) => a - b);
  const isLate = lags.length >= MIN_LAGS;
  const completeMs = isLate ? (lags[Math.floor(COMPLETE * (lags.length - 1))] ?? 0) : 0;
  const total = { slice: 0, rest: 0 };
  const young = new Map<number, { slice: number; rest: number }>();
  const complete = { slice: 0, rest: 0 };
  const shares = new Map<number, { slice: number; rest: number }>();
  const events = new Map(RATES.map((signal) => [signal, { slice: 0, rest: 0 }]));
  let mature: { nowMs: number; slice: number; rest: number } | null = null;

  /** Part of the reports that come in within `ageMs`. */
  function reported01(ageMs: number): number {
    let low = 0;
    let high = lags.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((lags[middle] ?? Infinity) <= ageMs) low = middle + 1;
      else high = middle;
    }
    return low / lags.length;
  }

  function matureAt(nowMs: number): { slice: number; rest: number } {
    if (!isLate) return total;
    if (mature?.nowMs === nowMs) return mature;
    const sum = { nowMs, slice: complete.slice, rest: complete.rest };
    for (const [bucketMs, arms] of young) {
      const ageMs = nowMs - bucketMs - TICK_MS / 2;
      if (ageMs > completeMs) {
        complete.slice += arms.slice;
        complete.rest += arms.rest;
        young.delete(bucketMs);
      }
      const part = ageMs > completeMs ? 1 : reported01(Math.max(0, ageMs));
      sum.slice += part * arms.slice;
      sum.rest += part * arms.rest;
    }
    mature = sum;
    return sum;
  }

  return {
    add(increments) {
      mature = null;
      for (const { on, bucketMs, conversations } of increments) {
        if (on === 'bad' || conversations <= 0) continue;
        total[on] += conversations;
        for (const map of isLate ? [young, shares] : [shares]) {
          const arms = map.get(bucketMs) ?? { slice: 0, rest: 0 };
          arms[on] += conversations;
          map.set(bucketMs, arms);
        }
      }
      const newestMs = Math.max(...increments.map(({ bucketMs }) => bucketMs));
      for (const bucketMs of shares.keys()) {
        if (newestMs - bucketMs <= LATE_MS) break;
        shares.delete(bucketMs);
      }
      const blocks: { signal: RateSignal; block: RecoveryBlock }[] = [];
      for (const { on, bucketMs, events: more } of increments) {
        if (on === 'bad') continue;
        const units = shares.get(bucketMs) ?? total;
        for (const signal of RATES) {
          const count = more[signal] ?? 0;
          const sum = events.get(signal);
          if (!(count > 0) || !sum) continue;
          sum[on] += count;
          // The comparison's factor is a product over events: one arm's at a time gives the same as both together.
          const slice = { conversations: units.slice, events: on === 'slice' ? count : 0 };
          const rest = { conversations: units.rest, events: on === 'rest' ? count : 0 };
          blocks.push({ signal, block: { slice, rest } });
        }
      }
      return blocks;
    },
    total: (arm) => total[arm],
    counts(arm, signal, nowMs) {
      const count = events.get(signal)?.[arm] ?? 0;
      // A reported event proves its conversation, however young.
      return { conversations: Math.max(count, matureAt(nowMs)[arm]), events: count };
    },
  };
}
