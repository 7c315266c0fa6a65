import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateGrowth } from './meter-growth.ts';
import { createDetector } from './detector.ts';
import { baselineRate01, meterReading, minutesToSee, type MeterInput } from './meter.ts';
import { bothArms, bucket, numbers, SETTINGS, START } from './test-traffic.ts';

const NOW = Date.UTC(2026, 4, 9, 14, 12, 0);
const HOUR = 3_600_000;
const input = (change: Partial<MeterInput> = {}): MeterInput => ({
  signal: 'complaints',
  cohort: 'all',
  basis: 'comparison',
  line: 740.8,
  evidence: 1,
  nowMs: NOW,
  launchedAtMs: NOW,
  candidateShare01: 0.05,
  conversationsPerHour: 10_000,
  candidateConversations: 0,
  baseline01: 0.005,
  scores: null,
  isFrozen: false,
  ...change,
});
const csat = (change: Partial<MeterInput> = {}) =>
  input({ signal: 'csat', baseline01: null, scores: { sdPoints: 24.8, response01: 0.25 }, ...change });
/** Candidate conversations to a page, for a change present from launch. */
const conversations = (from: MeterInput, change: number) => ((minutesToSee(from, change) ?? NaN) / 60) * 500;

describe('minutes to a page', () => {
  // Section 3.8: simulated means at a share of 5 %.
  it.each([
    ['complaint 4x', input(), 4, 747],
    ['complaint 1.5x', input({ baseline01: 0.01 }), 1.5, 8_091],
    ['csat -2.4', csat(), 2.4, 7_801],
    ['safety 6x', input({ signal: 'safety', baseline01: 0.0005 }), 6, 3_490],
    ['error 5x', input({ signal: 'downstream', baseline01: 0.002 }), 5, 1_193],
  ])('agree with the simulated mean of %s', (_, from, change, simulated) => {
    expect(conversations(from, change) / simulated).toBeGreaterThan(0.93);
    expect(conversations(from, change) / simulated).toBeLessThan(1.07);
  });

  it('agree with the formula of the specification where events are rare', () => {
    const [share01, p0, p1] = [0.05, 0.0005, 0.003];
    const plain = Math.max(
      ...[1.4, 2, 3, 5, 10].map((r) => {
        const mixed = 1 + share01 * (r - 1);
        return p1 * Math.log(r / mixed) - ((1 - share01) / share01) * p0 * Math.log(mixed);
      }),
    );
    expect(rateGrowth({ share01, before01: p0, after01: p1 })!.gain / plain).toBeCloseTo(1, 2);
  });

  // Section 11, the mission's story: 4,000 conversations an hour, complaints 4x, simulated medians. A mean lies above its median.
  it.each([
    [0.05, 0.005, 201],
    [0.05, 0.01, 100.2],
    [0.05, 0.02, 51.5],
    [0.05, 0.05, 16.5],
    [0.05, 0.1, 8.5],
    [0.25, 0.005, 57.3],
    [0.25, 0.01, 25.8],
    [0.25, 0.02, 13.3],
    [0.25, 0.05, 5.5],
    [0.25, 0.1, 2.7],
  ])('are near the simulated median at a share of %f and a base rate of %f', (share, base, median) => {
    const from = input({ candidateShare01: share, baseline01: base, conversationsPerHour: 4_000 });
    const predicted = minutesToSee(from, 4)!;
    expect(predicted / median).toBeGreaterThan(0.95);
    expect(predicted / median).toBeLessThan(1.4);
  });

  // Section 11, regression starting 24 h after launch, in hours: medians at 1,000, 10,000 and 100,000 an hour.
  it.each([
    ['complaint 4x', (at: Partial<MeterInput>) => input(at), 4, [18.4, 2.4, 16 / 60]],
    [
      'complaint 1.5x',
      (at: Partial<MeterInput>) => input({ baseline01: 0.01, ...at }),
      1.5,
      [174, 21.6, 2.6],
    ],
    ['csat -2.4', csat, 2.4, [175, 21.8, 2.7]],
    ['safety 6x', (at: Partial<MeterInput>) => input({ baseline01: 0.0005, ...at }), 6, [62.4, 9.1, 1.1]],
    ['error 5x', (at: Partial<MeterInput>) => input({ baseline01: 0.002, ...at }), 5, [29.3, 3.4, 26 / 60]],
  ] as const)('count in that later starts have less stake: %s', (_, at, change, medians) => {
    for (const [index, conversationsPerHour] of [1_000, 10_000, 100_000].entries()) {
      const from = at({
        conversationsPerHour,
        launchedAtMs: NOW - 24 * HOUR,
        candidateConversations: 24 * 0.05 * conversationsPerHour,
        evidence: 0.3,
      });
      const hours = minutesToSee(from, change)! / 60;
      expect(hours / medians[index]!).toBeGreaterThan(0.85);
      expect(hours / medians[index]!).toBeLessThan(1.4);
    }
  });

  // Section 11, against history: medians in minutes at 1,000, 10,000 and 100,000 an hour.
  it.each([
    [4, [65, 8, 1]],
    [2, [558, 79, 9]],
  ] as const)('are near the simulated median against history: %d x', (change, medians) => {
    for (const [index, conversationsPerHour] of [1_000, 10_000, 100_000].entries()) {
      const from = input({
        basis: 'history',
        line: 525_600,
        candidateShare01: 1,
        conversationsPerHour,
        launchedAtMs: NOW - 24 * HOUR,
        candidateConversations: 24 * conversationsPerHour,
      });
      const minutes = minutesToSee(from, change)!;
      expect(minutes / medians[index]!).toBeGreaterThan(0.8);
      expect(minutes / medians[index]!).toBeLessThan(1.45);
    }
  });
});

describe('the meter against the detector itself', () => {
  // Means over 60 runs were 6.0 and 10.1 min; 24 runs leave a standard error of about 8 %.
  it.each([
    [0, 5.7],
    [60, 9.9],
  ])(
    '4x at a share of 25 %, 4,000 an hour and a base rate of 5 %%, %d min after launch',
    (delayMin, about) => {
      const [share, perTick, base] = [0.25, 4_000 / 360, 0.05];
      const random = numbers(40 + delayMin);
      const onset = delayMin * 6;
      const waits: number[] = [];
      for (let run = 0; run < 24; run += 1) {
        const detector = createDetector({ ...SETTINGS, streams: ['complaints'] });
        const paged = () => detector.alarms().some((alarm) => alarm.class === 'page');
        let tick = 0;
        for (; tick < onset + 1_000 && !paged(); tick += 1) {
          const n = [poisson(random, share * perTick), poisson(random, (1 - share) * perTick)] as const;
          const rate01 = tick >= onset ? 4 * base : base;
          detector.tick(
            bucket(tick + 1),
            bothArms(tick, n, [draw(random, n[0], rate01), draw(random, n[1], base)]),
          );
        }
        if (tick > onset) waits.push((tick - onset) / 6);
      }
      const from = input({
        nowMs: START + delayMin * 60_000,
        launchedAtMs: START,
        candidateShare01: share,
        conversationsPerHour: 4_000,
        candidateConversations: (share * 4_000 * delayMin) / 60,
        baseline01: base,
      });
      const predicted = minutesToSee(from, 4)!;
      expect(predicted).toBeCloseTo(about, 0);
      const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
      expect(mean / predicted).toBeGreaterThan(0.75);
      expect(mean / predicted).toBeLessThan(1.3);
    },
  );
});

const draw = (random: () => number, units: number, rate01: number) => {
  let events = 0;
  for (let unit = 0; unit < units; unit += 1) if (random() < rate01) events += 1;
  return events;
};
/** Knuth's method, for small means. */
const poisson = (random: () => number, mean: number) => {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count += 1;
  return count;
};

describe('the meter', () => {
  it('is blind at first and says until when; later a change since launch would have shown', () => {
    const first = meterReading(input());
    expect(first.until4xMin).toBeGreaterThan(60);
    expect(first.blindUntilMs).toBe(NOW + first.until4xMin! * 60_000);
    expect(first.until2xMin).toBeGreaterThan(first.until4xMin!);
    const later = meterReading(
      input({ launchedAtMs: NOW - 2 * HOUR, candidateConversations: 1_000, evidence: 0.6 }),
    );
    expect(later.until4xMin).toBe(0);
    expect(later.blindUntilMs).toBeNull();
    expect(later.until2xMin).toBeGreaterThan(0);
    expect(later.minutesTo4x).toBeGreaterThan(first.minutesTo4x!);
  });

  it('has less to wait for once the evidence leans', () => {
    const at = { launchedAtMs: NOW - HOUR, candidateConversations: 500 };
    const leaning = meterReading(input({ ...at, evidence: 200 }));
    expect(leaning.until4xMin).toBeLessThan(15);
    expect(leaning.minutesTo4x).toBeLessThan(15);
    expect(meterReading(input({ ...at, evidence: 1e6 })).until4xMin).toBe(0);
  });

  it('finds the smallest change that shows in time', () => {
    const reading = meterReading(input());
    expect(reading.smallestIn60Min).toBeGreaterThan(3);
    expect(minutesToSee(input(), reading.smallestIn60Min!)).toBeCloseTo(60, 3);
    expect(reading.smallestIn5Min).toBeGreaterThan(reading.smallestIn60Min!);
    const points = meterReading(csat());
    expect(points.smallestIn60Min).toBeGreaterThan(5);
    expect(minutesToSee(csat(), points.smallestIn60Min!)).toBeCloseTo(60, 3);
    expect(meterReading(input({ conversationsPerHour: 10 })).smallestIn5Min).toBeNull();
  });

  it('never sees what is smaller than the practical minimum', () => {
    expect(minutesToSee(input({ conversationsPerHour: 1e7 }), 1.15)).toBeNull();
    expect(minutesToSee(csat({ conversationsPerHour: 1e7 }), 0.5)).toBeNull();
  });

  it('gains as the specification says from a larger share', () => {
    // Information per hour is proportional to share x (1 - share): 5 % to 25 % is four times as fast.
    const slow = minutesToSee(input(), 4)!;
    const fast = minutesToSee(input({ candidateShare01: 0.25 }), 4)!;
    expect(slow / fast).toBeGreaterThan(3);
    expect(slow / fast).toBeLessThan(5);
  });

  it.each([
    [input({ conversationsPerHour: 0 }), 'there is no traffic'],
    [input({ conversationsPerHour: null }), 'the traffic is not known'],
    [input({ candidateShare01: null }), "the candidate's share is not known"],
    [input({ candidateShare01: 0 }), 'the candidate gets no traffic'],
    [input({ candidateShare01: 1 }), 'nobody runs the control: nothing to compare with'],
    [input({ baseline01: null }), 'too few events on the control yet to know what is normal'],
    [csat({ scores: null }), 'too few ratings yet to know how they scatter'],
    [input({ line: Infinity }), 'it has no alarm budget of its own: it counts in all cohorts together'],
    [input({ isFrozen: true }), 'its figures are not coming in'],
  ])('says in plain words why it does not know', (from, because) => {
    const reading = meterReading(from);
    expect(reading.unknownBecause).toBe(because);
    expect(reading.minutesTo4x).toBeNull();
    expect(reading.blindUntilMs).toBeNull();
  });

  it('takes the control for normal once it shows events, else the history', () => {
    expect(baselineRate01({ units: 1_000, events: 10 }, { rate01: 0.5, events: null })).toBe(0.01);
    expect(baselineRate01({ units: 1_000, events: 2 }, { rate01: 0.005, events: null })).toBe(0.005);
    expect(baselineRate01({ units: 1_000, events: 2 }, null)).toBeNull();
  });

  it('gives finite figures for any traffic, share and rate', () => {
    const any = fc.record({
      basis: fc.constantFrom('comparison' as const, 'history' as const),
      signal: fc.constantFrom('complaints' as const, 'csat' as const),
      evidence: fc.double({ min: 0, max: 1e300, noNaN: true }),
      candidateShare01: fc.double({ min: 1e-9, max: 1, noNaN: true }),
      conversationsPerHour: fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
      candidateConversations: fc.double({ min: 0, max: 1e12, noNaN: true }),
      baseline01: fc.double({ min: 1e-9, max: 0.999, noNaN: true }),
      scores: fc.record({
        sdPoints: fc.double({ min: 0.1, max: 50, noNaN: true }),
        response01: fc.double({ min: 1e-6, max: 1, noNaN: true }),
      }),
      launchedAtMs: fc.integer({ min: NOW - 40 * 24 * HOUR, max: NOW + HOUR }),
    });
    fc.assert(
      fc.property(any, (change) => {
        const { smallestIn5Min, smallestIn60Min, ...reading } = meterReading(input(change));
        for (const value of Object.values(reading)) {
          if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0).toBe(true);
        }
        if (smallestIn5Min !== null) {
          expect(smallestIn60Min).not.toBeNull();
          expect(smallestIn60Min!).toBeLessThanOrEqual(smallestIn5Min * 1.001);
        }
      }),
    );
  });
});
