import type { RateStreamId, StreamId } from '#shared/model/detection.ts';
import { factors, rateEvidence, ratingEvidence, totals } from './block-evidence.ts';
import {
  closeBlock,
  closedAt,
  isFull,
  isLeftOut,
  noteLateEvents,
  noteLateUnits,
  remainingUnits,
} from './blocks.ts';
import type { Cohort, SavedCohort } from './cohort.ts';
import { createCohort, restoreCohort, saveCohort, SEEN_FIELDS } from './cohort.ts';
import type { Increment } from './kind.ts';
import { TICK_MS } from './kind.ts';
import { cohortWeight, PERIOD_MS } from './lines.ts';
import type { NoticeBook } from './notice-book.ts';
import { laidByAge } from './onset-weights.ts';
import type { Panel, SavedPanel } from './panel.ts';
import { copyEvidence, createPanel, restartPanel, restorePanel, savePanel } from './panel.ts';
import { addRating, blockOfEpoch, takeFull } from './rating-blocks.ts';
import { addTotals, applyFactors } from './stream.ts';

export type SavedComparison = {
  readonly nowMs: number;
  readonly periodStartMs: number;
  readonly pooled: SavedPanel;
  readonly cohorts: readonly SavedCohort[];
  readonly changesMs: readonly number[];
  readonly frozen: readonly StreamId[];
  readonly unfrozenMs: readonly number[];
};

/** Counts of one tick and one closed block that became known late: units per arm, then events per stream and arm. */
type Late = { readonly cohort: number; readonly block: number; readonly counts: Float64Array };

/** Blocks of a cohort are numbered below this. */
const BLOCKS_PER_COHORT = 1_000_000;

export type Comparison = {
  /** The tick that ends at `endMs` begins. True where a new period began with it: everything starts anew. */
  begin(endMs: number): boolean;
  /** An increment with usable counts. */
  take(increment: Increment): void;
  /** Everything that began after this moment belongs to other blocks; call it before taking what followed. */
  change(atMs: number): void;
  /** All increments are in: late counts, then the blocks that are full. Answers with the panels whose evidence moved. */
  settle(): readonly Panel[];
  setFrozen(stream: StreamId, isFrozen: boolean): void;
  isFrozen(stream: StreamId): boolean;
  /** Are counts of this bucket left out: the stream is frozen, or they are the back-fill after it was? */
  isStale(stream: StreamId, bucketMs: number): boolean;
  readonly pooled: Panel;
  cohorts(): readonly Cohort[];
  periodStartMs(): number;
  save(): SavedComparison;
};

/** Candidate against control over all cohorts and streams: blocks in, evidence out (README.md, "Why this is valid"). */
export function createComparison(input: {
  readonly startedAtMs: number;
  readonly cohorts: readonly string[];
  readonly streams: readonly StreamId[];
  readonly notices: NoticeBook;
  readonly saved: SavedComparison | null;
}): Comparison {
  const { startedAtMs, streams, notices, saved } = input;
  const names = [...new Set(input.cohorts)].toSorted();
  const beforehand = names.length > 1 ? names.length : 0;
  const csat = streams.indexOf('csat');
  const rates = streams.flatMap((id, index): { readonly id: RateStreamId; readonly index: number }[] =>
    id === 'csat' ? [] : [{ id, index }],
  );

  let nowMs = saved?.nowMs ?? startedAtMs;
  let periodStartMs = saved?.periodStartMs ?? startedAtMs;
  const pooled = saved
    ? restorePanel(saved.pooled, streams)
    : createPanel({ cohort: 'all', weight: beforehand > 0 ? 0.5 : 1, streams, startMs: startedAtMs });
  const cohorts: Cohort[] = saved?.cohorts.map((each) => restoreCohort(each, streams)) ?? [];
  const byName = new Map(cohorts.map((cohort, index) => [cohort.name, index]));
  const changesMs: number[] = [...(saved?.changesMs ?? [])];
  const frozen = new Set<StreamId>(saved?.frozen);
  const unfrozenMs: number[] = [...(saved?.unfrozenMs ?? streams.map(() => 0))];
  let frozenMask = maskOf();

  let laid: number | null = null;
  let late = new Map<number, Late>();
  const touched = new Set<number>();
  /** Cohorts whose open block grew in this tick. */
  const grown = new Set<number>();
  let strangers: Increment[] = [];

  if (!saved && beforehand > 0) for (const name of names) join(name);

  function maskOf(): number {
    return streams.reduce((mask, id, index) => (frozen.has(id) ? mask | (1 << index) : mask), 0);
  }

  /** Onset weight laid by the tick in hand. */
  function laidNow(): number {
    laid ??= laidByAge(
      Math.ceil((nowMs - periodStartMs) / TICK_MS) - 1,
      changesMs
        .filter((atMs) => atMs >= periodStartMs + TICK_MS)
        .map((atMs) => Math.floor((atMs - periodStartMs) / TICK_MS)),
    );
    return laid;
  }

  function panelFor(cohort: string, weight: number): Panel {
    return createPanel({ cohort, weight, streams, startMs: periodStartMs });
  }

  function join(name: string): void {
    const index = cohorts.length;
    const cohort = createCohort(name, streams.length, startedAtMs);
    cohorts.push(cohort);
    byName.set(name, index);
    if (beforehand === 0 && index === 0) return;
    const [first] = cohorts;
    if (beforehand === 0 && index === 1 && first) {
      // Until now the first cohort was the whole: what the pooled streams know is what it knows.
      pooled.weight = 0.5;
      first.panel = panelFor(first.name, cohortWeight(1, 0));
      copyEvidence(pooled, first.panel);
    }
    const weight = cohortWeight(index + 1, beforehand);
    if (weight > 0) cohort.panel = panelFor(name, weight);
    else notices.count('no-budget', nowMs, 1);
  }

  /** The factors in hand, into the cohort's stream and the stratified one. Counts are never added over cohorts. */
  function apply(cohort: number, stream: number): void {
    const laid01 = laidNow();
    const own = cohorts[cohort]?.panel?.streams[stream];
    const all = pooled.streams[stream];
    if (own) {
      addTotals(own, totals);
      applyFactors(own, factors, laid01, nowMs);
    }
    if (all) {
      addTotals(all, totals);
      applyFactors(all, factors, laid01, nowMs);
    }
    touched.add(cohort);
  }

  function close(index: number, cohort: Cohort, endMs: number): void {
    const { open, openMask } = cohort.blocks;
    const mC = Math.round(open[0] ?? 0);
    const m0 = Math.round(open[1] ?? 0);
    for (const { index: stream } of rates) {
      const seenC = Math.round(open[2 + 2 * stream] ?? 0);
      const seen0 = Math.round(open[3 + 2 * stream] ?? 0);
      if ((seenC === 0 && seen0 === 0) || (openMask & (1 << stream)) !== 0) continue;
      const xC = Math.min(mC, seenC);
      const x0 = Math.min(m0, seen0);
      if (xC + x0 < seenC + seen0) notices.count('more-than-units', nowMs, seenC + seen0 - xC - x0);
      if (rateEvidence(mC, m0, xC, x0)) apply(index, stream);
    }
    closeBlock(cohort.blocks, endMs, nowMs);
  }

  /** The counts the increment belongs to: those of the open block, or late ones of a closed block; null = too old. */
  function countsFor(
    index: number,
    cohort: Cohort,
    bucketMs: number,
  ): { counts: Float64Array; block: number } | null {
    const { blocks } = cohort;
    if (bucketMs >= blocks.closedUntilMs) {
      blocks.openLastMs = Math.max(blocks.openLastMs, bucketMs);
      if (!blocks.hasOpen) blocks.openMask = frozenMask;
      blocks.hasOpen = true;
      grown.add(index);
      return { counts: blocks.open, block: -1 };
    }
    const block = closedAt(blocks, bucketMs, nowMs);
    if (block === null) return null;
    const key = index * BLOCKS_PER_COHORT + block;
    let entry = late.get(key);
    if (!entry) {
      entry = { cohort: index, block, counts: new Float64Array(blocks.open.length) };
      late.set(key, entry);
    }
    return { counts: entry.counts, block };
  }

  function takeInto(index: number, cohort: Cohort, increment: Increment): void {
    const { bucketMs, events } = increment;
    const arm = increment.arm === 'candidate' ? 0 : 1;
    if (increment.ratings.length > 0) takeRatings(index, cohort, increment, arm);
    const target = countsFor(index, cohort, bucketMs);
    if (!target) {
      notices.count('too-late', nowMs, 1);
      return;
    }
    const { counts, block } = target;
    const { blocks, seen } = cohort;
    const units = increment.conversations;
    counts[arm] = (counts[arm] ?? 0) + units;
    for (const { id, index: stream } of rates) {
      if ((frozenMask & (1 << stream)) !== 0) continue;
      if (block >= 0 && (isLeftOut(blocks, block, stream) || bucketMs < (unfrozenMs[stream] ?? 0))) continue;
      const field = SEEN_FIELDS * stream + 2 * arm;
      seen[field] = (seen[field] ?? 0) + units;
      const count = events[id] ?? 0;
      if (count === 0) continue;
      seen[field + 1] = (seen[field + 1] ?? 0) + count;
      const cell = 2 + 2 * stream + arm;
      counts[cell] = (counts[cell] ?? 0) + count;
    }
  }

  function takeRatings(index: number, cohort: Cohort, increment: Increment, arm: 0 | 1): void {
    if (csat < 0 || frozen.has('csat')) return;
    const { bucketMs } = increment;
    let epoch = 0;
    while (epoch < changesMs.length && (changesMs[epoch] ?? 0) < bucketMs + TICK_MS) epoch += 1;
    const { ratings } = increment;
    for (let at = 0; at < ratings.length; at += 1) {
      const rating = ratings[at];
      if (!rating) continue;
      const count = Math.round(rating[1]);
      if (count === 0) continue;
      addRating(blockOfEpoch(cohort.ratings, epoch, nowMs), arm, Math.round(rating[0]), count);
      const field = SEEN_FIELDS * csat + 2 * arm;
      cohort.seen[field] = (cohort.seen[field] ?? 0) + count;
    }
    grown.add(index);
  }

  /**
   * Late counts of closed blocks. Conversations that became known late make a block of their own with the events that came with them; the
   * other events fall on the units that had not shown one. Both are exact: the next factor of the same martingale.
   */
  function settleLate(): void {
    for (const key of [...late.keys()].toSorted((a, b) => a - b)) {
      const entry = late.get(key);
      const cohort = entry && cohorts[entry.cohort];
      if (!entry || !cohort) continue;
      const { counts, block } = entry;
      const { blocks } = cohort;
      const mC = Math.round(counts[0] ?? 0);
      const m0 = Math.round(counts[1] ?? 0);
      for (const { index: stream } of rates) {
        const seenC = Math.round(counts[2 + 2 * stream] ?? 0);
        const seen0 = Math.round(counts[3 + 2 * stream] ?? 0);
        if (seenC === 0 && seen0 === 0) continue;
        const [newC, new0] = [Math.min(mC, seenC), Math.min(m0, seen0)];
        if (rateEvidence(mC, m0, newC, new0)) apply(entry.cohort, stream);
        const restC = remainingUnits(blocks, block, stream, 0);
        const rest0 = remainingUnits(blocks, block, stream, 1);
        const [oldC, old0] = [Math.min(restC, seenC - newC), Math.min(rest0, seen0 - new0)];
        if (rateEvidence(restC, rest0, oldC, old0)) apply(entry.cohort, stream);
        const excess = seenC + seen0 - newC - new0 - oldC - old0;
        if (excess > 0) notices.count('more-than-units', nowMs, excess);
        noteLateEvents(blocks, block, stream, [newC + oldC, new0 + old0]);
      }
      noteLateUnits(blocks, block, mC, m0);
    }
    late = new Map();
  }

  function settleStrangers(): void {
    if (strangers.length === 0) return;
    const arrived = strangers;
    strangers = [];
    for (const name of [...new Set(arrived.map((each) => each.cohort))].toSorted()) join(name);
    for (const increment of arrived) {
      const index = byName.get(increment.cohort);
      const cohort = index === undefined ? undefined : cohorts[index];
      if (index !== undefined && cohort) takeInto(index, cohort, increment);
    }
  }

  return {
    pooled,
    cohorts: () => cohorts,
    periodStartMs: () => periodStartMs,
    isFrozen: (stream) => frozen.has(stream),
    isStale: (stream, bucketMs) =>
      frozen.has(stream) || bucketMs < (unfrozenMs[streams.indexOf(stream)] ?? 0),
    begin(endMs) {
      nowMs = endMs;
      laid = null;
      touched.clear();
      grown.clear();
      if (endMs <= periodStartMs + PERIOD_MS) return false;
      periodStartMs += PERIOD_MS * (Math.ceil((endMs - periodStartMs) / PERIOD_MS) - 1);
      restartPanel(pooled, periodStartMs);
      for (const { panel } of cohorts) if (panel) restartPanel(panel, periodStartMs);
      return true;
    },
    take(increment) {
      const { bucketMs } = increment;
      if (!(bucketMs + TICK_MS > startedAtMs)) return;
      const index = byName.get(increment.cohort);
      const cohort = index === undefined ? undefined : cohorts[index];
      if (index !== undefined && cohort) takeInto(index, cohort, increment);
      else strangers.push(increment);
    },
    change(atMs) {
      settleStrangers();
      settleLate();
      const boundaryMs = Math.floor(atMs) - TICK_MS + 1;
      for (const [index, cohort] of cohorts.entries()) {
        const { blocks } = cohort;
        if (!blocks.hasOpen) continue;
        // A change told of after its data: the block may hold some of them, so it ends behind them.
        close(index, cohort, Math.max(boundaryMs, blocks.openLastMs + 1, blocks.closedUntilMs));
      }
      changesMs.push(atMs);
      changesMs.sort((a, b) => a - b);
      laid = null;
    },
    settle() {
      settleStrangers();
      settleLate();
      for (const index of inOrder(grown)) {
        const cohort = cohorts[index];
        if (!cohort) continue;
        if (cohort.blocks.hasOpen && isFull(cohort.blocks)) close(index, cohort, nowMs);
        if (csat < 0 || cohort.ratings.length === 0) continue;
        for (const block of takeFull(cohort.ratings, changesMs.length, nowMs)) {
          if (ratingEvidence(block)) apply(index, csat);
        }
      }
      if (touched.size === 0) return [];
      const moved: Panel[] = [pooled];
      for (const index of inOrder(touched)) {
        const panel = cohorts[index]?.panel;
        if (panel) moved.push(panel);
      }
      return moved;
    },
    setFrozen(stream, isFrozen) {
      const index = streams.indexOf(stream);
      if (index < 0 || frozen.has(stream) === isFrozen) return;
      if (isFrozen) frozen.add(stream);
      else {
        frozen.delete(stream);
        // What the back-fill brings was counted in one arm only: nothing of it is used.
        unfrozenMs[index] = nowMs;
      }
      frozenMask = maskOf();
      for (const { blocks, ratings } of cohorts) {
        if (blocks.hasOpen) blocks.openMask |= frozenMask;
        if (stream === 'csat') ratings.length = 0;
      }
    },
    save() {
      return {
        nowMs,
        periodStartMs,
        pooled: savePanel(pooled),
        cohorts: cohorts.map(saveCohort),
        changesMs: [...changesMs],
        frozen: [...frozen],
        unfrozenMs: [...unfrozenMs],
      };
    },
  };
}

/** The order in which increments arrived must leave no trace, not even in the last digit. */
function inOrder(indices: ReadonlySet<number>): Iterable<number> {
  return indices.size > 1 ? [...indices].toSorted((a, b) => a - b) : indices;
}
