import type { StreamId } from '#shared/model/detection.ts';
import type { Standing } from './alarm-rules.ts';
import { copyStanding, createStanding } from './alarm-rules.ts';
import { RATIO_GRID } from './label-factor.ts';
import { streamWeight } from './lines.ts';
import type { Stream } from './stream.ts';
import { createStream, evidenceOf, restartStream } from './stream.ts';
import { TILT_GRID } from './tilt-factor.ts';

/** The streams of one cohort, or of all cohorts stratified ('all'), and where they stand. */
export type Panel = {
  readonly cohort: string;
  /** Share of the error budget of a signal; changes only when a second cohort joins. */
  weight: number;
  readonly streams: readonly Stream[];
  readonly standing: Standing;
};

export type SavedPanel = {
  readonly cohort: string;
  readonly weight: number;
  readonly cells: readonly (readonly number[])[];
  readonly standing: Standing;
};

const pointsOf = (stream: StreamId): number => (stream === 'csat' ? TILT_GRID.length : RATIO_GRID.length);

export function createPanel(input: {
  readonly cohort: string;
  readonly weight: number;
  readonly streams: readonly StreamId[];
  readonly startMs: number;
}): Panel {
  return {
    cohort: input.cohort,
    weight: input.weight,
    streams: input.streams.map((stream) => createStream(pointsOf(stream), input.startMs)),
    standing: createStanding(input.streams.length),
  };
}

/** Evidence x weight of every stream, into `scaled`. */
export function scaleInto(scaled: Float64Array, panel: Panel, ids: readonly StreamId[]): void {
  for (let stream = 0; stream < ids.length; stream += 1) {
    const own = panel.streams[stream];
    const id = ids[stream];
    if (own && id) scaled[stream] = evidenceOf(own) * streamWeight(id, panel.weight);
  }
}

/** A new period: evidence, standing and latches begin anew. */
export function restartPanel(panel: Panel, startMs: number): void {
  for (const stream of panel.streams) restartStream(stream, startMs);
  panel.standing.levels.fill(0);
  panel.standing.latched.fill(0);
  panel.standing.pair = 0;
}

/** What the pooled stream knows while there was one cohort only is what that cohort knows. */
export function copyEvidence(from: Panel, to: Panel): void {
  from.streams.forEach((stream, index) => to.streams[index]?.cells.set(stream.cells));
}

export function savePanel(panel: Panel): SavedPanel {
  return {
    cohort: panel.cohort,
    weight: panel.weight,
    cells: panel.streams.map((stream) => Array.from(stream.cells)),
    standing: copyStanding(panel.standing),
  };
}

export function restorePanel(saved: SavedPanel, ids: readonly StreamId[]): Panel {
  return {
    cohort: saved.cohort,
    weight: saved.weight,
    streams: ids.map((id, index) => ({
      points: pointsOf(id),
      cells: Float64Array.from(saved.cells[index] ?? []),
    })),
    standing: copyStanding(saved.standing),
  };
}
