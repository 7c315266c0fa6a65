import type { DetectorSettings, Increment } from './kind.ts';
import { TICK_MS } from './kind.ts';
import type { RateStreamId } from '#shared/model/detection.ts';

/** Made-up traffic for the tests of this folder. */

export const START = Date.UTC(2026, 0, 1, 12);
export const SETTINGS: DetectorSettings = {
  startedAtMs: START,
  cohorts: [],
  streams: ['complaints', 'csat', 'safety', 'downstream'],
  history: {},
  intendedShare01: null,
  candidateName: 'v18',
};

export const bucket = (tick: number): number => START + tick * TICK_MS;

type Events = Partial<Record<RateStreamId, number>>;
type Ratings = [number, number][];

export function increment(
  arm: Increment['arm'],
  tick: number,
  conversations: number,
  rest: { events?: Events; ratings?: Ratings; cohort?: string } = {},
): Increment {
  return {
    cohort: rest.cohort ?? 'all',
    arm,
    bucketMs: bucket(tick),
    conversations,
    events: rest.events ?? {},
    ratings: rest.ratings ?? [],
  };
}

export function bothArms(
  tick: number,
  n: readonly [number, number],
  complaints: readonly [number, number] = [0, 0],
  cohort = 'all',
): Increment[] {
  return [
    increment('candidate', tick, n[0], { cohort, events: { complaints: complaints[0] } }),
    increment('control', tick, n[1], { cohort, events: { complaints: complaints[1] } }),
  ];
}

/** The same arms, the other way round. */
export function swapped(increments: readonly Increment[]): Increment[] {
  return increments.map((each) => ({ ...each, arm: each.arm === 'candidate' ? 'control' : 'candidate' }));
}

/** Numbers in [0, 1), the same for the same seed (Numerical Recipes' linear congruence). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

export function poisson(mean: number, next: () => number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = next(); product > limit; product *= next()) count += 1;
  return count;
}

export type World = {
  readonly perTick: number;
  readonly share01: number;
  /** Rates per arm, candidate first. */
  readonly rates: Partial<Record<RateStreamId, readonly [number, number]>>;
  /** Mean score per arm, candidate first; a quarter of conversations is rated. */
  readonly csat?: readonly [number, number];
  readonly cohort?: string;
};

/** One tick of a world: Poisson arrivals, independent events. */
export function tickOf(world: World, tick: number, next: () => number): Increment[] {
  return (['candidate', 'control'] as const).flatMap((arm, index) => {
    const n = poisson(world.perTick * (index === 0 ? world.share01 : 1 - world.share01), next);
    const events: Events = {};
    for (const [id, pair] of Object.entries(world.rates) as [RateStreamId, readonly [number, number]][]) {
      const count = Array.from({ length: n }, () => next() < (pair[index] ?? 0)).filter(Boolean).length;
      if (count > 0) events[id] = count;
    }
    const ratings: Ratings = [];
    const mean = world.csat?.[index] ?? 0;
    const rated = world.csat ? n : 0;
    for (let each = 0; each < rated; each += 1) {
      if (next() >= 0.25) continue;
      // Two levels with the wanted mean, and a spread of about 25.
      const low = mean - 25 < 0 ? 0 : Math.round(mean - 25);
      const high = Math.min(100, low + 50);
      ratings.push([next() < (mean - low) / (high - low) ? high : low, 1]);
    }
    if (n === 0) return [];
    return [increment(arm, tick, n, { events, ratings, ...(world.cohort ? { cohort: world.cohort } : {}) })];
  });
}
