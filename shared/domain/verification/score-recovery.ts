import type { MeanCounts } from '#shared/model/signal.ts';
import { meanOf, varianceOf, welchZ } from '../detection/scores.ts';
import { EVIDENCE_LINE } from './recovery-evidence.ts';

const TILTS = [0.1, 0.2, 0.4, 0.8];
/** A drop counts as one from two sigma and one point on: less is chance, or below what is ever acted on. */
const DROPPED_SIGMA = 2;
const DROPPED_POINTS = 1;

/** Plain JSON; logarithms of the bets, one per tilt. */
export type ScoreRecoveryState = {
  readonly up: readonly number[];
  readonly down: readonly number[];
  readonly ratings: number;
};

/** Two e-processes over the ratings since the drain: is the mean above half way back, or below it? */
export type ScoreRecovery = {
  /** [score 0..100, count]; order does not matter. */
  add(ratings: readonly (readonly [score: number, count: number])[]): void;
  evidence(): ScoreEvidence;
  state(): ScoreRecoveryState;
};

export type ScoreEvidence = {
  readonly recovered: number;
  readonly notRecovered: number;
  readonly ratings: number;
  /** Ratings that a full recovery is expected to need in all, and how many are still to come. */
  readonly needed: number;
  readonly moreNeeded: number;
};

/** Did csat drop in the incident at all? Null = too few ratings of either version to say. */
export function hasDropped(baseline: MeanCounts, incident: MeanCounts): boolean | null {
  const [before, during] = [meanOf(baseline), meanOf(incident)];
  const sigma = welchZ(incident, baseline);
  if (before === null || during === null || sigma === null) return null;
  return before - during >= DROPPED_POINTS && sigma >= DROPPED_SIGMA;
}

/**
 * csat against a fixed margin by betting (Waudby-Smith and Ramdas, JRSS-B 2024, with a small grid of bets): with y in 0..1 and the margin
 * m half way between both means, the mean over the tilts of prod(1 + tilt (y - m)) is evidence that the mean lies above m, with the minus
 * sign that it lies below. Both means must differ; null where either has no ratings.
 */
export function createScoreRecovery(
  baseline: MeanCounts,
  incident: MeanCounts,
  saved?: ScoreRecoveryState,
): ScoreRecovery | null {
  const [before, during] = [meanOf(baseline), meanOf(incident)];
  if (before === null || during === null || before === during) return null;
  const margin01 = (before + during) / 200;
  const needed = scoresNeeded(varianceOf(baseline) ?? 0, before - during);
  const up = TILTS.map((_, index) => saved?.up[index] ?? 0);
  const down = TILTS.map((_, index) => saved?.down[index] ?? 0);
  let count = saved?.ratings ?? 0;
  return {
    add(ratings) {
      for (const [score, times] of ratings) {
        if (!(times > 0)) continue;
        const gap = Math.min(1, Math.max(0, score / 100)) - margin01;
        count += times;
        for (const [index, tilt] of TILTS.entries()) {
          up[index] = (up[index] ?? 0) + times * Math.log1p(tilt * gap);
          down[index] = (down[index] ?? 0) + times * Math.log1p(-tilt * gap);
        }
      }
    },
    evidence() {
      const recovered = meanOfBets(up);
      const line = Math.log(EVIDENCE_LINE);
      const left = Math.max(0, (line - Math.log(recovered)) / line);
      return {
        recovered,
        notRecovered: meanOfBets(down),
        ratings: count,
        needed,
        moreNeeded: Math.ceil(left * needed),
      };
    },
    state: () => ({ up: [...up], down: [...down], ratings: count }),
  };
}

/** 2 ln 20 sd^2 / margin^2 ratings, the margin being half the drop. */
export function scoresNeeded(variance: number, dropPoints: number): number {
  const margin = dropPoints / 2;
  return Math.max(1, Math.ceil((2 * Math.log(EVIDENCE_LINE) * variance) / (margin * margin)));
}

function meanOfBets(logs: readonly number[]): number {
  const sum = logs.reduce((total, log) => total + Math.exp(Math.min(690, Math.max(-690, log))), 0);
  return sum / logs.length;
}
