import { BET_GRID, CSAT_MARGIN, RATE_MARGIN } from './history-stream.ts';
import { RATIO_GRID } from './label-factor.ts';
import { TILT_GRID } from './tilt-factor.ts';

/**
 * What a bet is expected to do to the logarithm of the evidence, per candidate conversation: `gain` if the change is real, `cost` while
 * nothing is wrong. Of all bets the one that gains most; null where none gains: so small a change never alarms, at any traffic.
 */
export type Growth = { readonly gain: number; readonly cost: number; readonly bets: number };

export type RateChange = {
  /** Candidate's share of the conversations. */
  readonly share01: number;
  readonly before01: number;
  readonly after01: number;
};

/**
 * Rates, candidate against control. The specification's formula (section 3.8) is the limit of this one for rare events; here a block's
 * normaliser N(r) is taken in the limit of many units, which holds at any rate: with p and q the tilted rates whose odds differ by r
 * and whose mean over both arms is the pooled rate, ln N(r) per candidate unit is p ln r - KL(p, pooled) - (1-s)/s KL(q, pooled).
 */
export function rateGrowth({ share01, before01, after01 }: RateChange): Growth | null {
  return best(
    RATIO_GRID.map((ratio) => {
      const pooled = share01 * after01 + (1 - share01) * before01;
      return {
        gain: after01 * Math.log(ratio) - logNormaliser(ratio, share01, pooled),
        cost: logNormaliser(ratio, share01, before01) - before01 * Math.log(ratio),
      };
    }),
  );
}

/** ln N(r) of a block of many units, per candidate unit. */
function logNormaliser(ratio: number, share01: number, pooled01: number): number {
  const more = ratio - 1;
  const b = 1 + more * (share01 - pooled01);
  const control = (2 * pooled01) / (b + Math.sqrt(b * b + 4 * (1 - share01) * more * pooled01));
  const candidate = (ratio * control) / (1 + more * control);
  return (
    candidate * Math.log(ratio) -
    divergence(candidate, pooled01) -
    ((1 - share01) / share01) * divergence(control, pooled01)
  );
}

/** Kullback-Leibler divergence of two Bernoulli rates, with 0 ln 0 = 0. */
function divergence(p: number, q: number): number {
  const term = (a: number, b: number) => (a > 0 ? a * Math.log(a / b) : 0);
  return term(p, q) + term(1 - p, 1 - q);
}

/** Rates against history: the bet of section 7, exact for Poisson events. */
export function rateGrowthAgainstHistory({
  before01,
  after01,
}: Pick<RateChange, 'before01' | 'after01'>): Growth | null {
  return best(
    RATIO_GRID.map((ratio) => {
      const expected = (ratio - 1) * RATE_MARGIN * before01;
      return {
        gain: after01 * Math.log(ratio) - expected,
        cost: expected - before01 * Math.log(ratio),
      };
    }),
  );
}

export type ScoreChange = {
  readonly share01: number;
  /** Ratings per conversation. */
  readonly response01: number;
  readonly sdPoints: number;
  readonly dropPoints: number;
};

/** csat, candidate against control: section 3.8 with the tilts that are really bet on, of which the best is drop / sd^2. */
export function scoreGrowth({ share01, response01, sdPoints, dropPoints }: ScoreChange): Growth | null {
  const weight = response01 * (1 - share01);
  const variance = (sdPoints / 100) ** 2;
  return best(
    TILT_GRID.map((tilt) => ({
      gain: weight * ((tilt * dropPoints) / 100 - (tilt * tilt * variance) / 2),
      cost: (weight * tilt * tilt * variance) / 2,
    })),
  );
}

/** csat against history: ln(1 - bet (y - mean)) to the second order. */
export function scoreGrowthAgainstHistory(change: Omit<ScoreChange, 'share01'>): Growth | null {
  const { response01, sdPoints, dropPoints } = change;
  const variance = (sdPoints / 100) ** 2;
  const growth = (bet: number, drop01: number) =>
    response01 * (bet * drop01 - (bet * bet * (variance + drop01 * drop01)) / 2);
  return best(
    BET_GRID.map((bet) => ({
      gain: growth(bet, dropPoints / 100 - CSAT_MARGIN),
      cost: -growth(bet, -CSAT_MARGIN),
    })),
  );
}

function best(bets: readonly { readonly gain: number; readonly cost: number }[]): Growth | null {
  const top = bets.reduce((most, bet) => (bet.gain > most.gain ? bet : most));
  return top.gain > 1e-12 ? { ...top, bets: bets.length } : null;
}
