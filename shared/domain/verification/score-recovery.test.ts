import { describe, expect, it } from 'vitest';
import { comparisonLogs } from './comparison-recovery.ts';
import { createScoreRecovery, hasDropped, scoresNeeded } from './score-recovery.ts';

const scores = (ratings: number, mean: number, sd: number) => ({
  ratings,
  sum: ratings * mean,
  sumSquares: (ratings - 1) * sd * sd + ratings * mean * mean,
});

/** Small, seeded, good enough. */
function createRandom(start: number): () => number {
  let seed = start;
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('csat after a rollback', () => {
  it('needs as many ratings as documented for a drop of 2.4 points', () => {
    const variance = 24.83 ** 2;
    expect(Math.abs(scoresNeeded(variance, 2.4) - 2_568) / 2_568).toBeLessThan(0.01);
    // "Not at the incident level any more": the margin is the whole drop.
    expect(Math.abs(scoresNeeded(variance, 4.8) - 642) / 642).toBeLessThan(0.01);
  });

  it('multiplies the bets of the formula', () => {
    const bets = createScoreRecovery(scores(900, 80, 20), scores(900, 70, 20))!;
    bets.add([
      [100, 2],
      [50, 1],
    ]);
    const product = (sign: number) =>
      [0.1, 0.2, 0.4, 0.8]
        .map((tilt) => (1 + sign * tilt * 0.25) ** 2 * (1 - sign * tilt * 0.25))
        .reduce((sum, value) => sum + value / 4, 0);
    expect(bets.evidence().recovered).toBeCloseTo(product(1), 12);
    expect(bets.evidence().notRecovered).toBeCloseTo(product(-1), 12);
    const again = createScoreRecovery(
      scores(900, 80, 20),
      scores(900, 70, 20),
      JSON.parse(JSON.stringify(bets.state())),
    );
    expect(again!.evidence()).toEqual(bets.evidence());
  });

  it('is about as fast as simulated, and rarely wrong', () => {
    // Drop of 2.4, levels 0..100 in steps of 25. Section 8.2: median 2,657, p90 6,792 ratings.
    const levels = [0, 25, 50, 75, 100];
    const weights = [0.03, 0.05, 0.15, 0.35, 0.42];
    const mean = levels.reduce((sum, level, index) => sum + level * weights[index]!, 0);
    const random = createRandom(21);
    const rating = () => {
      let left = random();
      return levels.find((_, index) => (left -= weights[index]!) < 0) ?? 100;
    };
    const needed: number[] = [];
    let wrong = 0;
    for (let run = 0; run < 150; run += 1) {
      const bets = createScoreRecovery(scores(1e6, mean, 24.8), scores(1e6, mean - 2.4, 24.8))!;
      let count = 0;
      while (count < 20_000) {
        bets.add([[rating(), 1]]);
        count += 1;
        if (count % 10 !== 0) continue;
        const { recovered, notRecovered } = bets.evidence();
        if (notRecovered >= 20) wrong += 1;
        if (recovered >= 20 || notRecovered >= 20) break;
      }
      needed.push(count);
    }
    const sorted = needed.toSorted((a, b) => a - b);
    expect(wrong).toBeLessThanOrEqual(8);
    expect(sorted[75]! / 2_657).toBeGreaterThan(0.7);
    expect(sorted[75]! / 2_657).toBeLessThan(1.3);
  });

  it('knows a drop from chance', () => {
    expect(hasDropped(scores(10_000, 77, 25), scores(900, 74, 25))).toBe(true);
    expect(hasDropped(scores(10_000, 77, 25), scores(900, 76.5, 25))).toBe(false);
    expect(hasDropped(scores(10_000, 77, 25), scores(20, 74, 25))).toBe(false);
    expect(hasDropped(scores(10_000, 77, 25), scores(0, 0, 0))).toBeNull();
    expect(createScoreRecovery(scores(10, 70, 20), scores(10, 70, 20))).toBeNull();
  });
});

describe('the comparison with the rest', () => {
  it('has the expectation of a fair bet at the margin, below 1 beyond it', () => {
    // One event among slice and rest falls to the slice with probability s rho / (1 + s (rho - 1)).
    const expected = (rho: number, of: 'recovered' | 'notRecovered') => {
      const share = 0.2;
      const toSlice = (share * rho) / (1 + share * (rho - 1));
      const block = (slice: number) => ({
        slice: { conversations: 20, events: slice },
        rest: { conversations: 80, events: 1 - slice },
      });
      return (
        toSlice * Math.exp(comparisonLogs(block(1), 4)[of]) +
        (1 - toSlice) * Math.exp(comparisonLogs(block(0), 4)[of])
      );
    };
    expect(expected(2, 'recovered')).toBeCloseTo(1, 12);
    expect(expected(3, 'recovered')).toBeLessThan(1);
    expect(expected(1, 'recovered')).toBeGreaterThan(1);
    expect(expected(2, 'notRecovered')).toBeCloseTo(1, 12);
    expect(expected(1, 'notRecovered')).toBeLessThan(1);
    expect(expected(4, 'notRecovered')).toBeGreaterThan(1);
  });

  it('says nothing without events or with an empty arm', () => {
    const nothing = { recovered: 0, notRecovered: 0 };
    const [some, none] = [
      { conversations: 10, events: 1 },
      { conversations: 0, events: 0 },
    ];
    expect(comparisonLogs({ slice: some, rest: none }, 4)).toEqual(nothing);
    expect(comparisonLogs({ slice: none, rest: some }, 4)).toEqual(nothing);
  });
});
