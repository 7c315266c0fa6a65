import type { ArmId } from '../detection/kind.ts';
import type { CountRow } from './kind.ts';

const BIN_MS = 15 * 60_000;
/** A day: traffic from longer ago is not the present one. */
const MOST_BINS = 96;
/** Present traffic reaches back until the candidate had so many conversations in it. */
const ENOUGH = 50;
/** A change of the share has reached every worker after this long. */
const REACHED_MS = 60_000;

type Bin = { readonly startMs: number; candidate: number; control: number };
export type Present = {
  readonly conversationsPerHour: number | null;
  readonly candidateShare01: number | null;
};

/** Traffic and split of late, per cohort: what the meter counts on for the time to come. */
export type Traffic = {
  take(row: CountRow): void;
  /** The share was changed: what was before says nothing about the split now. */
  change(atMs: number): void;
  /** The candidate was taken away: what counts is how it was until then. */
  stop(atMs: number): void;
  present(cohort: string, nowMs: number): Present;
};

export function createTraffic(startedAtMs: number): Traffic {
  const cohorts = new Map<string, Bin[]>();
  let fromMs = startedAtMs;
  let untilMs = Infinity;

  function count(cohort: string, bucketMs: number, arm: ArmId, conversations: number): void {
    let bins = cohorts.get(cohort);
    if (!bins) cohorts.set(cohort, (bins = []));
    const startMs = Math.max(fromMs, Math.floor(bucketMs / BIN_MS) * BIN_MS);
    let bin = bins.findLast((each) => each.startMs <= startMs);
    if (!bin || bin.startMs !== startMs) {
      // Counts of a bin that is gone are too old to matter.
      if (bins.length > 0 && startMs < (bins.at(-1)?.startMs ?? 0)) return;
      bin = { startMs, candidate: 0, control: 0 };
      bins.push(bin);
      if (bins.length > MOST_BINS) bins.shift();
    }
    bin[arm] += conversations;
  }

  return {
    take({ cohort, bucketMs, arm, conversations }) {
      if (conversations === 0 || bucketMs < fromMs || bucketMs >= untilMs) return;
      count(cohort, bucketMs, arm, conversations);
      if (cohort !== 'all') count('all', bucketMs, arm, conversations);
    },
    change(atMs) {
      untilMs = Infinity;
      if (atMs <= startedAtMs) return;
      fromMs = atMs + REACHED_MS;
      cohorts.clear();
    },
    stop(atMs) {
      untilMs = Math.min(untilMs, atMs);
    },
    present(cohort, nowMs) {
      const toMs = Math.min(nowMs, untilMs);
      const bins = cohorts.get(cohort) ?? [];
      let candidate = 0;
      let all = 0;
      let sinceMs = toMs;
      for (let index = bins.length - 1; index >= 0; index -= 1) {
        const bin = bins[index];
        if (!bin || bin.startMs < toMs - MOST_BINS * BIN_MS) break;
        candidate += bin.candidate;
        all += bin.candidate + bin.control;
        sinceMs = bin.startMs;
        if (candidate >= ENOUGH && toMs - sinceMs >= BIN_MS) break;
      }
      const hours = (toMs - sinceMs) / 3_600_000;
      if (!(hours > 0)) return { conversationsPerHour: null, candidateShare01: null };
      return { conversationsPerHour: all / hours, candidateShare01: all > 0 ? candidate / all : null };
    },
  };
}
