/**
 * Blocks of conversations of one cohort: which are open, and what is left of those that closed. A block reaches from the end of the one
 * before to its own end; a conversation belongs to the block in which it began, whenever its events become known.
 */
export type Blocks = {
  /** Counts of the open block: units per arm, then events per stream and arm. */
  readonly open: Float64Array;
  /** Streams (bits) that the open block must not be used for: their feed was stale. */
  openMask: number;
  hasOpen: boolean;
  /** Latest bucket in the open block. */
  openLastMs: number;
  closedUntilMs: number;
  /** Everything that began before is too old to be corrected. */
  keptFromMs: number;
  /** Closed blocks, oldest first, as parallel lists; those before `head` are gone. */
  head: number;
  ends: number[];
  candidateUnits: number[];
  controlUnits: number[];
  masks: number[];
  /** Events per stream and arm; null = none. */
  events: (number[] | null)[];
};

/** How long a closed block can still be corrected. */
export const LATEST_LAG_MS = 2 * 3_600_000;
const MIN_UNITS = 20;

export function createBlocks(streams: number, startMs: number): Blocks {
  return {
    open: new Float64Array(2 + 2 * streams),
    openMask: 0,
    hasOpen: false,
    openLastMs: startMs,
    closedUntilMs: 0,
    keptFromMs: 0,
    head: 0,
    ends: [],
    candidateUnits: [],
    controlUnits: [],
    masks: [],
    events: [],
  };
}

/** First tick end with a unit in each arm and at least 20 in all: a rule that never looks at outcomes. */
export function isFull({ open }: Blocks): boolean {
  const [candidate, control] = [Math.round(open[0] ?? 0), Math.round(open[1] ?? 0)];
  return candidate >= 1 && control >= 1 && candidate + control >= MIN_UNITS;
}

/** Files the open block under its end and begins a new one. */
export function closeBlock(blocks: Blocks, endMs: number, nowMs: number): void {
  const counts = blocks.open;
  let events: number[] | null = null;
  for (let index = 2; index < counts.length; index += 1) {
    if ((counts[index] ?? 0) !== 0) {
      events = roundedFrom(counts, 2);
      break;
    }
  }
  blocks.ends.push(endMs);
  blocks.candidateUnits.push(Math.round(counts[0] ?? 0));
  blocks.controlUnits.push(Math.round(counts[1] ?? 0));
  blocks.masks.push(blocks.openMask);
  blocks.events.push(events);
  counts.fill(0);
  blocks.hasOpen = false;
  blocks.openMask = 0;
  blocks.closedUntilMs = endMs;
  evict(blocks, nowMs);
}

function roundedFrom(counts: Float64Array, from: number): number[] {
  const rounded: number[] = [];
  for (let index = from; index < counts.length; index += 1) rounded.push(Math.round(counts[index] ?? 0));
  return rounded;
}

function evict(blocks: Blocks, nowMs: number): void {
  const { ends } = blocks;
  let goneMs = ends[blocks.head];
  while (goneMs !== undefined && goneMs <= nowMs - LATEST_LAG_MS) {
    blocks.keptFromMs = goneMs;
    blocks.events[blocks.head] = null;
    blocks.head += 1;
    goneMs = ends[blocks.head];
  }
  if (blocks.head > 64 && blocks.head * 2 > ends.length) {
    blocks.ends = ends.slice(blocks.head);
    blocks.candidateUnits = blocks.candidateUnits.slice(blocks.head);
    blocks.controlUnits = blocks.controlUnits.slice(blocks.head);
    blocks.masks = blocks.masks.slice(blocks.head);
    blocks.events = blocks.events.slice(blocks.head);
    blocks.head = 0;
  }
}

/** Index of the closed block in which the bucket began; null when it is too old to be corrected. */
export function closedAt(blocks: Blocks, bucketMs: number, nowMs: number): number | null {
  evict(blocks, nowMs);
  if (bucketMs < blocks.keptFromMs) return null;
  const { ends } = blocks;
  let low = blocks.head;
  let high = ends.length - 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((ends[middle] ?? 0) > bucketMs) high = middle;
    else low = middle + 1;
  }
  return low < ends.length ? low : null;
}

/** Is the stream's data in this closed block to be left out, because its feed was stale? */
export function isLeftOut(blocks: Blocks, block: number, stream: number): boolean {
  return ((blocks.masks[block] ?? 0) & (1 << stream)) !== 0;
}

/** The units of a closed block that have not shown the event, in one arm (0 = candidate, 1 = control). */
export function remainingUnits(blocks: Blocks, block: number, stream: number, arm: 0 | 1): number {
  const units = (arm === 0 ? blocks.candidateUnits[block] : blocks.controlUnits[block]) ?? 0;
  return Math.max(0, units - (blocks.events[block]?.[2 * stream + arm] ?? 0));
}

/** Late events of a closed block, so that they are not expected again. */
export function noteLateEvents(
  blocks: Blocks,
  block: number,
  stream: number,
  late: readonly [candidate: number, control: number],
): void {
  const known = (blocks.events[block] ??= Array.from({ length: blocks.open.length - 2 }, () => 0));
  known[2 * stream] = (known[2 * stream] ?? 0) + late[0];
  known[2 * stream + 1] = (known[2 * stream + 1] ?? 0) + late[1];
}

/** Conversations of a closed block that became known late: from now on they are among its units. */
export function noteLateUnits(blocks: Blocks, block: number, candidate: number, control: number): void {
  blocks.candidateUnits[block] = (blocks.candidateUnits[block] ?? 0) + candidate;
  blocks.controlUnits[block] = (blocks.controlUnits[block] ?? 0) + control;
}
