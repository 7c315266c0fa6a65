import { LATEST_LAG_MS } from './blocks.ts';
import type { RatingCounts } from './tilt-factor.ts';

/**
 * Open block of ratings of one cohort. Ratings are units of their own, counted when they arrive, but under the allocation with which
 * their conversation began: quick and slow raters differ, and a step of the ramp would otherwise mix them in different proportions.
 */
export type RatingBlock = {
  /** Number of changes noted before the conversation began. */
  readonly epoch: number;
  readonly scores: number[];
  readonly candidate: number[];
  readonly control: number[];
  units: [candidate: number, control: number];
  lastMs: number;
};

const MIN_RATINGS = 20;

/** The open block of an allocation, begun where there is none. */
export function blockOfEpoch(blocks: RatingBlock[], epoch: number, nowMs: number): RatingBlock {
  let block = blocks.find((each) => each.epoch === epoch);
  if (!block) {
    block = { epoch, scores: [], candidate: [], control: [], units: [0, 0], lastMs: 0 };
    blocks.push(block);
    blocks.sort((a, b) => a.epoch - b.epoch);
  }
  block.lastMs = nowMs;
  return block;
}

/** Adds `count` ratings of `score`, a whole point of 0..100, so that there are at most 101 levels. */
export function addRating(block: RatingBlock, arm: 0 | 1, score: number, count: number): void {
  const { scores } = block;
  let level = 0;
  while (level < scores.length && (scores[level] ?? 0) < score) level += 1;
  if (scores[level] !== score) {
    scores.splice(level, 0, score);
    block.candidate.splice(level, 0, 0);
    block.control.splice(level, 0, 0);
  }
  const list = arm === 0 ? block.candidate : block.control;
  list[level] = (list[level] ?? 0) + count;
  block.units[arm] += count;
}

/** Takes the blocks out that are full: a rating in each arm and at least 20 in all. Forgets those that nobody has added to for two hours and an allocation since. */
export function takeFull(blocks: RatingBlock[], epoch: number, nowMs: number): readonly RatingCounts[] {
  let full: RatingCounts[] | null = null;
  for (let index = 0; index < blocks.length;) {
    const block = blocks[index];
    if (!block) break;
    const [candidate, control] = block.units;
    const isFull = candidate >= 1 && control >= 1 && candidate + control >= MIN_RATINGS;
    if (isFull) (full ??= []).push(block);
    if (isFull || (block.epoch < epoch && block.lastMs < nowMs - LATEST_LAG_MS)) blocks.splice(index, 1);
    else index += 1;
  }
  return full ?? [];
}
