import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import type { Detector, DetectorState, Increment, KnownChange } from './kind.ts';
import { bucket, numbers, SETTINGS, START, swapped, tickOf } from './test-traffic.ts';

type Step =
  | { readonly kind: 'tick'; readonly tick: number; readonly increments: readonly Increment[] }
  | { readonly kind: 'change'; readonly change: KnownChange }
  | { readonly kind: 'freeze'; readonly isFrozen: boolean };

const streams = ['complaints', 'csat', 'safety', 'downstream', 'fallback'] as const;
const settings = { ...SETTINGS, streams, intendedShare01: 0.2 };

/** Whole counts small and large; ticks with gaps; late reports; several cohorts; changes and freezes between. */
const count = fc.oneof({ arbitrary: fc.nat(3), weight: 4 }, fc.nat(60));
const story: fc.Arbitrary<Step[]> = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 4 }),
      parts: fc.array(
        fc.record({
          cohort: fc.constantFrom('acme', 'beta', 'corp'),
          arm: fc.constantFrom('candidate' as const, 'control' as const),
          lag: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(30)),
          conversations: count,
          complaints: fc.nat(4),
          fallback: fc.nat(2),
          ratings: fc.array(fc.tuple(fc.constantFrom(0, 25, 50, 75, 100), fc.nat(9)), { maxLength: 3 }),
        }),
        { maxLength: 6 },
      ),
      between: fc.constantFrom(
        'nothing' as const,
        'nothing' as const,
        'nothing' as const,
        'change' as const,
        'freeze' as const,
        'thaw' as const,
      ),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((ticks) => {
    let tick = 0;
    return ticks.flatMap(({ gap, parts, between }): Step[] => {
      tick += gap;
      const increments = parts.map((part) => ({
        cohort: part.cohort,
        arm: part.arm,
        bucketMs: bucket(Math.max(0, tick - part.lag)),
        conversations: part.conversations,
        events: { complaints: part.complaints, fallback: part.fallback },
        ratings: part.ratings,
      }));
      const change = { atMs: bucket(tick), what: 'ramp', intendedShare01: (tick % 5) / 10 };
      const extra: Step[] =
        between === 'change'
          ? [{ kind: 'change', change }]
          : between === 'nothing'
            ? []
            : [{ kind: 'freeze', isFrozen: between === 'freeze' }];
      return [...extra, { kind: 'tick', tick, increments }];
    });
  });

function play(detector: Detector, steps: readonly Step[]): Detector {
  for (const step of steps) {
    if (step.kind === 'tick') detector.tick(bucket(step.tick + 1), step.increments);
    else if (step.kind === 'change') detector.noteChange(step.change);
    else detector.setFrozen('complaints', step.isFrozen);
  }
  return detector;
}

const everything = (detector: Detector) =>
  JSON.stringify([detector.state(), detector.readings(), detector.alarms(), detector.notices()]);

describe('whatever arrives', () => {
  it('gives the same, digit for digit, in whichever order a tick arrives', () => {
    fc.assert(
      fc.property(story, fc.nat(), (steps, seed) => {
        const next = numbers(seed);
        const mixed = steps.map((step) =>
          step.kind === 'tick'
            ? {
                ...step,
                increments: step.increments
                  .map((each) => ({ each, at: next() }))
                  .toSorted((a, b) => a.at - b.at)
                  .map(({ each }) => each),
              }
            : step,
        );
        expect(everything(play(createDetector(settings), mixed))).toBe(
          everything(play(createDetector(settings), steps)),
        );
      }),
    );
  });

  it('goes on from a snapshot as if it had never stopped, digit for digit', () => {
    fc.assert(
      fc.property(story, fc.nat(60), (steps, cut) => {
        const first = play(createDetector(settings), steps.slice(0, cut));
        const saved = JSON.parse(JSON.stringify(first.state())) as DetectorState;
        const resumed = play(createDetector(settings, saved), steps.slice(cut));
        const never = play(createDetector(settings), steps);
        expect(everything(resumed)).toBe(everything(never));
      }),
    );
  });

  it('keeps every figure a number, for any counts however large, negative or broken', () => {
    const wild = fc.oneof(
      fc.nat(5),
      fc.double(),
      fc.constantFrom(1e6, 1e9, 1e15, Number.MAX_VALUE, -3, Number.NaN, Number.POSITIVE_INFINITY, 0.3),
    );
    const parts = fc.array(
      fc.record({
        cohort: fc.constantFrom('acme', 'beta'),
        arm: fc.constantFrom('candidate' as const, 'control' as const),
        bucketMs: fc.oneof(fc.nat(50).map(bucket), fc.double()),
        conversations: wild,
        events: fc.record({ complaints: wild, safety: wild }),
        ratings: fc.array(fc.tuple(fc.oneof(fc.nat(100), fc.double()), fc.oneof(fc.nat(400), wild)), {
          maxLength: 3,
        }),
      }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (ticks) => {
        const detector = createDetector(settings);
        ticks.forEach((increments, tick) => detector.tick(bucket(tick + 1), increments));
        // JSON turns what is no finite number into null.
        const saved = detector.state();
        expect(JSON.parse(JSON.stringify(saved))).toEqual(saved);
        for (const reading of detector.readings()) {
          for (const value of [
            reading.evidence,
            reading.anytimeSigma,
            ...Object.values(reading.effect ?? {}),
          ]) {
            expect(Number.isFinite(value)).toBe(true);
          }
        }
      }),
    );
  });

  it('never pages from nine conversations, whatever they did and however the ramp was moved meanwhile', () => {
    const parts = fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 400 }),
        arm: fc.constantFrom('candidate' as const, 'candidate' as const, 'control' as const),
        isStep: fc.boolean(),
        score: fc.constantFrom(0, 100),
      }),
      { maxLength: 9 },
    );
    const history = { complaints: { rate01: 0.005, events: null }, safety: { rate01: 0.0005, events: null } };
    fc.assert(
      fc.property(parts, (ones) => {
        const detector = createDetector({ ...settings, history });
        let tick = 0;
        for (const { gap, arm, isStep, score } of ones) {
          tick += gap;
          if (isStep) detector.noteChange({ atMs: bucket(tick), what: 'ramp', intendedShare01: 0.5 });
          const bad = arm === 'candidate' ? 1 : 0;
          const events = { complaints: bad, safety: bad, downstream: bad };
          detector.tick(bucket(tick + 1), [
            {
              cohort: 'all',
              arm,
              bucketMs: bucket(tick),
              conversations: 1,
              events,
              ratings: [[bad ? 0 : score, 1]],
            },
          ]);
        }
        detector.noteChange({ atMs: bucket(tick + 1), what: 'ramp' });
        for (const minute of [6, 12, 60]) {
          detector.tick(bucket(tick + minute), [
            {
              cohort: 'all',
              arm: 'candidate',
              bucketMs: bucket(tick),
              conversations: 0,
              events: {},
              ratings: [],
            },
          ]);
        }
        expect(detector.alarms().filter((alarm) => alarm.class === 'page')).toEqual([]);
      }),
    );
  });

  it('is one-sided: what pages one way round keeps silent the other', () => {
    const steady = fc.record({
      seed: fc.nat(),
      base: fc.double({ min: 0.01, max: 0.1, noNaN: true }),
      ratio: fc.double({ min: 3, max: 6, noNaN: true }),
      share01: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
    });
    fc.assert(
      fc.property(steady, ({ seed, base, ratio, share01 }) => {
        const next = numbers(seed);
        const [one, other] = [createDetector(SETTINGS), createDetector(SETTINGS)];
        const world = { perTick: 60, share01, rates: { complaints: [base * ratio, base] as const } };
        for (let tick = 0; tick < 200; tick += 1) {
          const increments = tickOf(world, tick, next);
          one.tick(bucket(tick + 1), increments);
          other.tick(bucket(tick + 1), swapped(increments));
        }
        const pages = (detector: Detector) =>
          detector.alarms().filter((alarm) => alarm.class === 'page').length;
        expect(Math.min(pages(one), pages(other))).toBe(0);
      }),
      { numRuns: 40 },
    );
    expect(START).toBe(SETTINGS.startedAtMs);
  });
});
