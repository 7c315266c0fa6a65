import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeanCounts } from '#shared/model/signal.ts';
import type { SinceFlip, StreamVerificationInput, VersionTotals } from './kind.ts';
import { createStreamVerification, type StreamVerdict } from './stream-verification.ts';

const FLIP = Date.UTC(2026, 4, 9, 14, 12, 0);
const TICK = 10_000;

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
const draw = (random: () => number, units: number, rate01: number) => {
  let events = 0;
  for (let unit = 0; unit < units; unit += 1) if (random() < rate01) events += 1;
  return events;
};

const scores = (ratings: number, mean: number, sd: number): MeanCounts => ({
  ratings,
  sum: ratings * mean,
  sumSquares: (ratings - 1) * sd * sd + ratings * mean * mean,
});
const totals = (
  conversations: number,
  complaints01: number,
  change: Partial<VersionTotals> = {},
): VersionTotals => ({
  conversations,
  events: {
    complaints: Math.round(conversations * complaints01),
    safety: Math.round(conversations * 0.0005),
    downstream: Math.round(conversations * 0.002),
  },
  scores: null,
  ...change,
});
const input = (change: Partial<StreamVerificationInput> = {}): StreamVerificationInput => ({
  flipAtMs: FLIP,
  badVersion: 'v18',
  goodVersion: 'v17',
  baseline: totals(1_000_000, 0.005),
  incident: totals(50_000, 0.02),
  alarmed: ['complaints'],
  ...change,
});
const increment = (bucketMs: number, change: Partial<SinceFlip> = {}): SinceFlip => ({
  bucketMs,
  on: 'rest',
  conversations: 0,
  events: {},
  ratings: [],
  ...change,
});

/** Ticks of `perTick` conversations until the verdict is no longer "cannot tell", or the time is up. */
function run(
  from: StreamVerificationInput,
  options: { ticks: number; perTick: number; rate01: number; seed: number; isStoppedBy?: readonly string[] },
): { result: StreamVerdict; conversations: number } {
  const verification = createStreamVerification(from);
  const random = createRandom(options.seed);
  let conversations = 0;
  for (let tick = 0; tick < options.ticks; tick += 1) {
    const bucketMs = FLIP + tick * TICK;
    const complaints = draw(random, options.perTick, options.rate01);
    verification.tick(bucketMs + TICK, [
      increment(bucketMs, { conversations: options.perTick, events: { complaints } }),
    ]);
    if (bucketMs >= FLIP + 90_000) conversations += options.perTick;
    const { verdict } = verification.result();
    if ((options.isStoppedBy ?? ['recovered', 'not-recovered']).includes(verdict)) break;
  }
  return { result: verification.result(), conversations };
}

describe('a recovery, tick by tick', () => {
  it('takes as many conversations as simulated in the specification', () => {
    // Section 8.2, complaint 2 % to 0.5 %: median 1,427, p90 3,644 conversations. Every complaint costs 137 more, so that the median
    // jumps by as much between samples of runs.
    const needed = Array.from({ length: 200 }, (_, seed) =>
      run(input(), { ticks: 2_000, perTick: 10, rate01: 0.005, seed: seed + 1 }),
    );
    const wrong = needed.filter(({ result }) => result.verdict !== 'recovered').length;
    expect(wrong / needed.length).toBeLessThanOrEqual(0.05);
    const sorted = needed.map(({ conversations }) => conversations).toSorted((a, b) => a - b);
    expect(sorted[100]! / 1_427).toBeGreaterThan(0.85);
    expect(sorted[100]! / 1_427).toBeLessThan(1.25);
    expect(sorted[180]! / 3_644).toBeGreaterThan(0.75);
    expect(sorted[180]! / 3_644).toBeLessThan(1.3);
  });

  it('is not claimed while the rate stays up', () => {
    const runs = Array.from({ length: 100 }, (_, seed) =>
      run(input(), { ticks: 2_000, perTick: 10, rate01: 0.02, seed: seed + 1 }),
    );
    const verdicts = runs.map(({ result }) => result.verdict);
    expect(verdicts.filter((verdict) => verdict === 'recovered').length).toBeLessThanOrEqual(5);
    expect(verdicts.filter((verdict) => verdict === 'not-recovered').length).toBeGreaterThanOrEqual(95);
  });

  it('says what is missing while it cannot tell', () => {
    const { result } = run(input(), { ticks: 20, perTick: 10, rate01: 0, seed: 1 });
    expect(result.verdict).toBe('cannot-tell');
    expect(result.detail).toMatch(
      /^Cannot tell yet\. Complaints: 0 in 110 conversations since 14:13:30Z, evidence of recovery \d\.\d of 20; about [\d,]+ more conversations \(about \d+ min at current traffic\)\.$/,
    );
    const complaints = result.signals.find(({ signal }) => signal === 'complaints')!;
    expect(complaints.more).toBeGreaterThan(1_000);
    expect(complaints.moreMinutes).toBeCloseTo(complaints.more / 60, 6);
    // The incident's level is gone sooner than the baseline is reached.
    const later = run(input(), { ticks: 55, perTick: 10, rate01: 0, seed: 1 }).result;
    expect(later.detail).toContain("Already excluded: the incident's 20 per 1,000.");
  });

  it('widens the search ten minutes after a flip that did not help', () => {
    const { result } = run(input(), { ticks: 90, perTick: 60, rate01: 0.02, seed: 4, isStoppedBy: [] });
    expect(result.verdict).toBe('not-recovered');
    expect(result.detail).toContain('the prompt was not it, or the rollback is partial');
    expect(result.atMs).toBeGreaterThan(FLIP + 90_000);
    expect(result.atMs).toBeLessThan(FLIP + 900_000);
  });
});

describe('propagation', () => {
  const verification = () =>
    createStreamVerification(input({ incident: totals(50_000, 0.005), alarmed: [] }));
  const feed = (from: ReturnType<typeof verification>, tick: number, bad: number, good: number) => {
    const bucketMs = FLIP + tick * TICK;
    from.tick(bucketMs + TICK, [
      increment(bucketMs, { on: 'bad', conversations: bad }),
      increment(bucketMs, { conversations: good }),
    ]);
    return from.result();
  };

  it('forgives what starts on the bad version within thirty seconds', () => {
    const from = verification();
    for (let tick = 0; tick < 3; tick += 1) feed(from, tick, 50, 50);
    for (let tick = 3; tick < 12; tick += 1) feed(from, tick, 0, 50);
    expect(from.result()).toMatchObject({ verdict: 'recovered', stillOnBad: 0 });
  });

  it('fails on two, and heals once they are over', () => {
    const from = verification();
    for (let tick = 0; tick < 4; tick += 1) feed(from, tick, 2, 50);
    expect(from.result()).toMatchObject({ verdict: 'not-propagated', stillOnBad: 2, atMs: FLIP + 40_000 });
    expect(from.result().detail).toContain('2 conversations started on v18 after 14:12:30Z');
    for (let tick = 4; tick < 9; tick += 1) expect(feed(from, tick, 0, 50).verdict).toBe('not-propagated');
    for (let tick = 9; tick < 14; tick += 1) feed(from, tick, 0, 50);
    expect(from.result().verdict).toBe('recovered');
  });

  it('waits a minute with a single straggler', () => {
    const from = verification();
    feed(from, 3, 1, 5);
    expect(from.result().verdict).toBe('cannot-tell');
    for (let tick = 4; tick <= 12; tick += 1) feed(from, tick, 0, 1);
    expect(from.result().verdict).toBe('not-propagated');
  });

  it('cannot tell from few conversations', () => {
    const from = verification();
    for (let tick = 0; tick < 12; tick += 1) feed(from, tick, 0, 3);
    expect(from.result().verdict).toBe('cannot-tell');
    expect(from.result().detail).toContain('33 more conversations needed to say v18 is gone');
  });
});

describe('the parts', () => {
  it('counts late complaints to the conversations they belong to', () => {
    // Everything is reported five minutes late, at the incident's level: taken at once, silence would look like recovery.
    const lagsMs = Array.from({ length: 100 }, () => 300_000);
    const late = (reportLagsMs: readonly number[]) => {
      const verification = createStreamVerification(input({ reportLagsMs }));
      for (let tick = 0; tick < 38; tick += 1) {
        const bucketMs = FLIP + tick * TICK;
        verification.tick(bucketMs + TICK, [increment(bucketMs, { conversations: 100 })]);
      }
      return verification.result().verdict;
    };
    expect(late([])).toBe('recovered');
    expect(late(lagsMs)).toBe('cannot-tell');
  });

  it('compares with the rest where the slice is known, so that a shared drift does no harm', () => {
    const drifting = (slice01: number) => {
      const verification = createStreamVerification(input());
      const random = createRandom(9);
      for (let tick = 0; tick < 400; tick += 1) {
        const bucketMs = FLIP + tick * TICK;
        verification.tick(bucketMs + TICK, [
          increment(bucketMs, {
            on: 'slice',
            conversations: 20,
            events: { complaints: draw(random, 20, slice01) },
          }),
          increment(bucketMs, { conversations: 200, events: { complaints: draw(random, 200, 0.02) } }),
        ]);
      }
      return verification.result().verdict;
    };
    // A provider outage lifts everybody to 2 %, the incident's level: only the comparison can tell.
    expect(drifting(0.02)).toBe('recovered');
    expect(drifting(0.08)).toBe('not-recovered');
  });

  it('bets on the ratings for csat', () => {
    const before = scores(50_000, 77.5, 24.8);
    const from = input({
      baseline: totals(200_000, 0.005, { scores: before }),
      incident: totals(20_000, 0.005, { scores: scores(5_000, 72.5, 24.8) }),
      alarmed: ['csat'],
    });
    const after = (levels: readonly (readonly [number, number])[]) => {
      const verification = createStreamVerification(from);
      for (let tick = 0; tick < 200; tick += 1) {
        const bucketMs = FLIP + tick * TICK;
        verification.tick(bucketMs + TICK, [increment(bucketMs, { conversations: 60, ratings: levels })]);
      }
      return verification.result();
    };
    // Means 77.5 and 72.5 over ten ratings a tick.
    const back = after([
      [100, 4],
      [75, 4],
      [50, 1],
      [25, 1],
    ]);
    expect(back.verdict).toBe('recovered');
    expect(back.detail).toContain('csat: 1,910 ratings');
    expect(
      after([
        [100, 4],
        [75, 2],
        [50, 2],
        [25, 2],
      ]).verdict,
    ).toBe('not-recovered');
    expect(after([]).verdict).toBe('cannot-tell');
  });

  it('waits for what paged only, or for what was raised when nothing paged', () => {
    const raised = input({
      incident: { ...totals(50_000, 0.02), events: { complaints: 1_000, downstream: 2_000 } },
    });
    const required = (from: StreamVerificationInput) => {
      const verification = createStreamVerification(from);
      verification.tick(FLIP + TICK, []);
      return verification
        .result()
        .signals.filter(({ isRequired }) => isRequired)
        .map(({ signal }) => signal);
    };
    expect(required(raised)).toEqual(['complaints']);
    expect(required({ ...raised, alarmed: [] })).toEqual(['complaints', 'downstream']);
  });

  it('says that it has nothing to compare with', () => {
    const verification = createStreamVerification(input({ baseline: totals(0, 0) }));
    for (let tick = 0; tick < 60; tick += 1) {
      const bucketMs = FLIP + tick * TICK;
      verification.tick(bucketMs + TICK, [increment(bucketMs, { conversations: 100 })]);
    }
    expect(verification.result()).toMatchObject({ verdict: 'cannot-tell' });
    expect(verification.result().detail).toContain('no figures of both versions');
  });

  it('does not depend on the order within a tick, and gives numbers for any counts', () => {
    const any = fc.record({
      on: fc.constantFrom('bad' as const, 'slice' as const, 'rest' as const),
      bucket: fc.integer({ min: 0, max: 30 }),
      conversations: fc.oneof(fc.nat(5), fc.nat(1_000_000)),
      complaints: fc.nat(50),
      downstream: fc.nat(50),
      ratings: fc.array(fc.tuple(fc.constantFrom(0, 25, 50, 75, 100), fc.nat(20)), { maxLength: 4 }),
    });
    const from = input({ incident: totals(50_000, 0.02, { scores: scores(900, 60, 20) }) });
    fc.assert(
      fc.property(fc.array(fc.array(any, { maxLength: 5 }), { maxLength: 20 }), (ticks) => {
        const forwards = createStreamVerification(from);
        const backwards = createStreamVerification(from);
        for (const [index, list] of ticks.entries()) {
          const increments = list.map(({ bucket, complaints, downstream, ...rest }) =>
            increment(FLIP + bucket * TICK, { ...rest, events: { complaints, downstream } }),
          );
          forwards.tick(FLIP + (index + 31) * TICK, increments);
          backwards.tick(FLIP + (index + 31) * TICK, increments.toReversed());
        }
        expect(backwards.result().verdict).toBe(forwards.result().verdict);
        expect(backwards.result().atMs).toBe(forwards.result().atMs);
        for (const { recovered, notRecovered, more } of forwards.result().signals) {
          for (const value of [recovered, notRecovered, more]) expect(Number.isFinite(value)).toBe(true);
        }
      }),
    );
  });
});
