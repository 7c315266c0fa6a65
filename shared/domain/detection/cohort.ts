import type { StreamId } from '#shared/model/detection.ts';
import type { Blocks } from './blocks.ts';
import { createBlocks } from './blocks.ts';
import type { Panel, SavedPanel } from './panel.ts';
import { restorePanel, savePanel } from './panel.ts';
import type { RatingBlock } from './rating-blocks.ts';

/** One cohort: its open and closed blocks, what was seen, and its own streams where it has a share of the budget. */
export type Cohort = {
  readonly name: string;
  readonly blocks: Blocks;
  readonly ratings: RatingBlock[];
  /** Per stream: candidate units and events, control units and events, since launch. */
  readonly seen: Float64Array;
  /** Null while it is the only cohort (the pooled panel is its own), or where it has no share of the budget. */
  panel: Panel | null;
};

export type SavedCohort = {
  readonly name: string;
  readonly blocks: Omit<Blocks, 'open'> & { readonly open: readonly number[] };
  readonly ratings: readonly RatingBlock[];
  readonly seen: readonly number[];
  readonly panel: SavedPanel | null;
};

export const SEEN_FIELDS = 4;

export function createCohort(name: string, streams: number, startMs: number): Cohort {
  return {
    name,
    blocks: createBlocks(streams, startMs),
    ratings: [],
    seen: new Float64Array(SEEN_FIELDS * streams),
    panel: null,
  };
}

export function saveCohort(cohort: Cohort): SavedCohort {
  const { blocks } = cohort;
  return {
    name: cohort.name,
    blocks: {
      ...blocks,
      open: Array.from(blocks.open),
      head: 0,
      ends: blocks.ends.slice(blocks.head),
      candidateUnits: blocks.candidateUnits.slice(blocks.head),
      controlUnits: blocks.controlUnits.slice(blocks.head),
      masks: blocks.masks.slice(blocks.head),
      events: blocks.events.slice(blocks.head).map((events) => (events ? [...events] : null)),
    },
    ratings: cohort.ratings.map(copyRatings),
    seen: Array.from(cohort.seen),
    panel: cohort.panel ? savePanel(cohort.panel) : null,
  };
}

export function restoreCohort(saved: SavedCohort, streams: readonly StreamId[]): Cohort {
  const { blocks } = saved;
  return {
    name: saved.name,
    blocks: {
      ...blocks,
      open: Float64Array.from(blocks.open),
      ends: [...blocks.ends],
      candidateUnits: [...blocks.candidateUnits],
      controlUnits: [...blocks.controlUnits],
      masks: [...blocks.masks],
      events: blocks.events.map((events) => (events ? [...events] : null)),
    },
    ratings: saved.ratings.map(copyRatings),
    seen: Float64Array.from(saved.seen),
    panel: saved.panel ? restorePanel(saved.panel, streams) : null,
  };
}

function copyRatings(block: RatingBlock): RatingBlock {
  return {
    ...block,
    scores: [...block.scores],
    candidate: [...block.candidate],
    control: [...block.control],
    units: [block.units[0], block.units[1]],
  };
}
