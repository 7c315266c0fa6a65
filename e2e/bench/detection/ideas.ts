import type { Counts } from './source.ts';
import { evenly, type Grid, onsetWeights, type OnsetWeights } from './reference.ts';

// Other choices for the test of one rate signal, to be measured against the document's on the same streams.

export type Idea = {
  readonly name: string;
  readonly ratios: Grid;
  readonly onset: OnsetWeights;
  readonly blockUnits: number;
  /**
   * Spends what would overshoot the line: where some outcome of a block would carry E beyond it, all outcomes are raised by one factor b so that
   * the expectation of min(line, E) is E again. Valid: min(line, E) stays a martingale, and reaching the line is all that counts.
   */
  readonly topped: 'never' | 'single events' | 'always';
  /** Instead of the fixed grid: one bet on the ratio estimated from the blocks before, pulled towards `prior` by `weight` expected events. */
  readonly plugIn?: { readonly prior: number; readonly weight: number; readonly share: number };
};

const ratios = evenly([1.4, 2, 3, 5, 10]);
const onset = onsetWeights(0.5, 0.3, 60);
const DOCUMENT_IDEA: Idea = { name: "the document's", ratios, onset, blockUnits: 20, topped: 'never' };

const grid = (points: readonly number[], weights: readonly number[]): Grid => ({ points, weights });

const four = evenly([1.5, 2.5, 4.5, 8]);

export const IDEAS: readonly Idea[] = [
  DOCUMENT_IDEA,
  { ...DOCUMENT_IDEA, name: 'topped at the line', topped: 'always' },
  { ...DOCUMENT_IDEA, name: 'topped, in blocks with one event only', topped: 'single events' },
  { ...DOCUMENT_IDEA, name: 'blocks of 10', blockUnits: 10 },
  { ...DOCUMENT_IDEA, name: 'blocks of 40', blockUnits: 40 },
  { ...DOCUMENT_IDEA, name: 'blocks of 60', blockUnits: 60 },
  { ...DOCUMENT_IDEA, name: 'blocks of 100', blockUnits: 100 },
  { ...DOCUMENT_IDEA, name: 'blocks of 200', blockUnits: 200 },
  { ...DOCUMENT_IDEA, name: 'launch 0.6, later 0.2', onset: onsetWeights(0.6, 0.2, 60) },
  { ...DOCUMENT_IDEA, name: 'launch 0.4, later 0.4', onset: onsetWeights(0.4, 0.4, 60) },
  { ...DOCUMENT_IDEA, name: 'launch 0.6, later 0.4, no reserve', onset: onsetWeights(0.6, 0.4, 60) },
  { ...DOCUMENT_IDEA, name: 'launch 0.5, later 0.4, reserve 0.1', onset: onsetWeights(0.5, 0.4, 60) },
  { ...DOCUMENT_IDEA, name: 'tau 1 min', onset: onsetWeights(0.5, 0.3, 6) },
  { ...DOCUMENT_IDEA, name: 'tau 30 min', onset: onsetWeights(0.5, 0.3, 180) },
  { ...DOCUMENT_IDEA, name: 'tau 60 min', onset: onsetWeights(0.5, 0.3, 360) },
  { ...DOCUMENT_IDEA, name: 'tau 3 h', onset: onsetWeights(0.5, 0.3, 1080) },
  { ...DOCUMENT_IDEA, name: 'later 0.2 log-uniform, 0.1 uniform', onset: onsetWeights(0.5, 0.2, 60, 0.1) },
  { ...DOCUMENT_IDEA, name: 'ratios 1.5, 3, 6', ratios: evenly([1.5, 3, 6]) },
  { ...DOCUMENT_IDEA, name: 'ratios 1.5, 2.5, 4.5, 8', ratios: four },
  { ...DOCUMENT_IDEA, name: 'eight ratios 1.3 to 12', ratios: evenly([1.3, 1.6, 2, 2.8, 4, 5.6, 8, 12]) },
  {
    ...DOCUMENT_IDEA,
    name: 'weights 0.3, 0.2, 0.2, 0.2, 0.1',
    ratios: grid([1.4, 2, 3, 5, 10], [0.3, 0.2, 0.2, 0.2, 0.1]),
  },
  {
    ...DOCUMENT_IDEA,
    name: 'plug-in estimate for half of the stake',
    plugIn: { prior: 3, weight: 0.5, share: 0.5 },
  },
  {
    ...DOCUMENT_IDEA,
    name: 'plug-in estimate for all of the stake',
    plugIn: { prior: 3, weight: 0.5, share: 1 },
  },
  { ...DOCUMENT_IDEA, name: 'topped, ratios 1.5, 2.5, 4.5, 8', topped: 'always', ratios: four },
  {
    ...DOCUMENT_IDEA,
    name: 'topped, ratios 1.5, 2.5, 4.5, 8, blocks of 40',
    topped: 'always',
    ratios: four,
    blockUnits: 40,
  },
  {
    ...DOCUMENT_IDEA,
    name: 'the same, launch 0.5, later 0.4, reserve 0.1',
    topped: 'always',
    ratios: four,
    blockUnits: 40,
    onset: onsetWeights(0.5, 0.4, 60),
  },
  { ...DOCUMENT_IDEA, name: 'topped, blocks of 60', topped: 'always', blockUnits: 60 },
  {
    ...DOCUMENT_IDEA,
    name: 'topped, blocks of 60, tau 60 min',
    topped: 'always',
    blockUnits: 60,
    onset: onsetWeights(0.5, 0.3, 360),
  },
];

const chance = new Float64Array(4096);

/** H(u) of section 3.1, into `chance`. */
function drawChances(mc: number, m0: number, events: number): void {
  chance[0] = 1;
  for (let j = 0; j < events; j += 1) {
    const left = mc + m0 - j;
    chance[j + 1] = 0;
    for (let u = j + 1; u >= 0; u -= 1) {
      const stays = ((chance[u] ?? 0) * Math.max(0, m0 - (j - u))) / left;
      const rises = u === 0 ? 0 : ((chance[u - 1] ?? 0) * Math.max(0, mc - (u - 1))) / left;
      chance[u] = stays + rises;
    }
  }
}

function meanOf(r: number, events: number): number {
  let mean = 0;
  for (let u = events; u >= 0; u -= 1) mean = mean * r + (chance[u] ?? 0);
  return mean;
}

export type IdeaTest = { readonly crossedAt: number | null; tick(age: number, counts: Counts): void };

/** One rate signal (`signal` in the order of RATE_SIGNALS) under an idea; crosses at E >= `line`. */
export function createIdeaTest(idea: Idea, signal: number, line: number): IdeaTest {
  const { points, weights } = idea.ratios;
  const values = points.map(() => 0);
  const plugShare = idea.plugIn?.share ?? 0;
  let plugValue = 0;
  let seenCandidate = 0;
  let expectedCandidate = 0;
  let spent = 0;
  let crossedAt: number | null = null;
  let mc = 0;
  let m0 = 0;
  let xc = 0;
  let x0 = 0;
  return {
    get crossedAt() {
      return crossedAt;
    },
    tick(age, { candidate, control }) {
      if (crossedAt !== null) return;
      mc += candidate.conversations;
      m0 += control.conversations;
      xc += candidate.events[signal] ?? 0;
      x0 += control.events[signal] ?? 0;
      if (mc < 1 || m0 < 1 || mc + m0 < idea.blockUnits) return;
      const events = xc + x0;
      if (events > 0) {
        // The stake since the last block with events joins here: factors of 1 lie between.
        const due = (idea.onset.spentAt[age] ?? 0) - spent;
        spent += due;
        for (let k = 0; k < values.length; k += 1) values[k] = (values[k] ?? 0) + due;
        plugValue += due;
        drawChances(mc, m0, events);
        const means = points.map((r) => meanOf(r, events));
        const plugR =
          idea.plugIn === undefined
            ? 1
            : Math.min(
                20,
                Math.max(
                  1.2,
                  (seenCandidate + idea.plugIn.weight * idea.plugIn.prior) /
                    (expectedCandidate + idea.plugIn.weight),
                ),
              );
        const plugMean = plugShare > 0 ? meanOf(plugR, events) : 1;
        const staked = (u: number) => {
          let sum = plugShare > 0 ? (plugShare * plugValue * plugR ** u) / plugMean : 0;
          for (let k = 0; k < values.length; k += 1)
            sum +=
              (1 - plugShare) *
              (weights[k] ?? 0) *
              (values[k] ?? 0) *
              ((points[k] ?? 1) ** u / (means[k] ?? 1));
          return sum;
        };
        const cash = 1 - spent;
        let top = 1;
        const isTopped = idea.topped === 'always' || (idea.topped === 'single events' && events === 1);
        if (isTopped && cash + staked(Math.min(events, mc)) > line) {
          const outcomes = Array.from({ length: Math.min(events, mc) + 1 }, (_, u) => staked(u));
          const before = outcomes.reduce((sum, value, u) => sum + (chance[u] ?? 0) * value, cash);
          let low = 1;
          let high = line;
          for (let round = 0; round < 50; round += 1) {
            const b = (low + high) / 2;
            let after = 0;
            outcomes.forEach((value, u) => {
              after += (chance[u] ?? 0) * Math.min(line, cash + b * value);
            });
            if (after <= before) low = b;
            else high = b;
          }
          top = low;
        }
        for (let k = 0; k < values.length; k += 1)
          values[k] = (top * (values[k] ?? 0) * (points[k] ?? 1) ** xc) / (means[k] ?? 1);
        plugValue = (top * plugValue * plugR ** xc) / plugMean;
        const staken =
          plugShare * plugValue +
          (1 - plugShare) * values.reduce((sum, value, k) => sum + (weights[k] ?? 0) * value, 0);
        if (cash + staken >= line) crossedAt = age;
        seenCandidate += xc;
        expectedCandidate += (x0 * mc) / m0;
      }
      mc = 0;
      m0 = 0;
      xc = 0;
      x0 = 0;
    },
  };
}
