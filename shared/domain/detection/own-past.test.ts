import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import type { Detector, DetectorSettings, Increment } from './kind.ts';
import { createOwnPast, HOUR_MS, type PastHour } from './own-past.ts';
import { poisson, SETTINGS, START } from './test-traffic.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
/** A rate of complaints over time, and conversations a minute. */
type Shape = { readonly perMinute: (atMs: number) => number; readonly rate01: (atMs: number) => number };

const flat = (perMinute: number, rate01: number): Shape => ({
  perMinute: () => perMinute,
  rate01: () => rate01,
});

/** An ordinary product: busy by day, quiet at night and at the weekend; complaints swing by 30 % a day, 10 % a week, and creep up 2 % a day. */
const ordinary = (perMinute: number, rate01: number): Shape => {
  const day = (atMs: number) => Math.sin((2 * Math.PI * atMs) / DAY_MS);
  const week = (atMs: number) => Math.sin((2 * Math.PI * atMs) / (7 * DAY_MS));
  return {
    perMinute: (atMs) => perMinute * (1 + 0.6 * day(atMs)) * (1 + 0.3 * week(atMs)),
    rate01: (atMs) =>
      rate01 * (1 - 0.3 * day(atMs)) * (1 + 0.1 * week(atMs)) * 1.02 ** ((atMs - START) / DAY_MS),
  };
};

/** Mulberry32: long runs of counts show the patterns of a plain congruence. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pastOf(shape: Shape, hours: number, next: () => number): PastHour[] {
  return Array.from({ length: hours }, (_, back) => {
    const startMs = START - (back + 1) * HOUR_MS;
    const units = poissonOf(60 * shape.perMinute(startMs), next);
    return {
      startMs,
      streams: { complaints: { units, events: poissonOf(units * shape.rate01(startMs), next) } },
    };
  });
}

/** A large mean in parts: the product method underflows. */
function poissonOf(mean: number, next: () => number): number {
  let count = 0;
  for (let rest = mean; rest > 0; rest -= 200) count += poisson(Math.min(200, rest), next);
  return count;
}

const settings = (ownPast: readonly PastHour[]): DetectorSettings => ({
  ...SETTINGS,
  streams: ['complaints'],
  ownPast,
});

function feed(
  detector: Detector,
  shape: Shape,
  span: { readonly fromMs: number; readonly toMs: number },
  next: () => number,
): void {
  for (let atMs = span.fromMs; atMs < span.toMs; atMs += MINUTE_MS) {
    const conversations = poissonOf(shape.perMinute(atMs), next);
    const complaints = Math.min(conversations, poissonOf(conversations * shape.rate01(atMs), next));
    const increment: Increment = {
      cohort: 'all',
      arm: 'candidate',
      bucketMs: atMs,
      conversations,
      events: { complaints },
      ratings: [],
    };
    detector.tick(atMs + MINUTE_MS, [increment]);
  }
}

const of = (detector: Detector, kind: 'page' | 'watch') =>
  detector.alarms().filter((alarm) => alarm.class === kind);
const times = (shape: Shape, ratio: number): Shape => ({
  ...shape,
  rate01: (atMs) => ratio * shape.rate01(atMs),
});

describe('against its own past', () => {
  it('a regression weeks later pages within hours, as weaker evidence, in words that say against what', () => {
    const next = numbers(7);
    const shape = flat(17, 0.005);
    const detector = createDetector(settings(pastOf(shape, 168, next)));
    const brokenMs = START + 20 * DAY_MS;
    feed(detector, shape, { fromMs: START, toMs: brokenMs }, next);
    expect(detector.alarms()).toEqual([]);
    feed(detector, times(shape, 4), { fromMs: brokenMs, toMs: brokenMs + 6 * HOUR_MS }, next);
    const [page] = of(detector, 'page');
    expect(page).toMatchObject({ basis: 'history', signal: 'complaints', cohort: 'all' });
    expect(page?.sentence).toContain(
      'on v18, across all cohorts, against its own past: no other version runs',
    );
    expect(page?.sentence).toContain('Weaker evidence');
    expect(Math.abs((page?.onset?.aboutMs ?? 0) - brokenMs)).toBeLessThan(HOUR_MS);
    const [reading] = detector.readings();
    expect(detector.readings()).toHaveLength(1);
    expect(reading).toMatchObject({ basis: 'history', state: 'page' });
    expect(reading?.control.events).toBeGreaterThan(50);
  });

  it('ordinary swings and drift page in none of many months, and a real step in all of them', () => {
    const delays: number[] = [];
    let [pages, watches] = [0, 0];
    for (let seed = 1; seed <= 15; seed += 1) {
      const next = numbers(seed * 7919);
      const shape = ordinary([2, 17, 170][seed % 3] ?? 17, 0.005);
      const detector = createDetector(settings(pastOf(shape, 168, next)));
      const brokenMs = START + 14 * DAY_MS;
      feed(detector, shape, { fromMs: START, toMs: brokenMs }, next);
      pages += of(detector, 'page').length;
      watches += of(detector, 'watch').length;
      feed(detector, times(shape, 4), { fromMs: brokenMs, toMs: brokenMs + 3 * DAY_MS }, next);
      const [page] = of(detector, 'page');
      delays.push(((page?.atMs ?? Infinity) - brokenMs) / HOUR_MS);
    }
    // Seven months of traffic: one watch a month is the budget.
    expect(pages).toBe(0);
    expect(watches).toBeLessThanOrEqual(3);
    expect(Math.max(...delays)).toBeLessThan(24);
  });

  it('a day that was not seen whole leaves more room, and a large step is seen all the same', () => {
    const next = numbers(3);
    const shape = ordinary(170, 0.005);
    const young = createDetector(settings(pastOf(shape, 6, next)));
    feed(young, shape, { fromMs: START, toMs: START + 18 * HOUR_MS }, next);
    expect(young.alarms()).toEqual([]);
    const worse = { fromMs: START + 18 * HOUR_MS, toMs: START + 20 * HOUR_MS };
    feed(young, times(shape, 6), worse, next);
    expect(of(young, 'page')).toHaveLength(1);
  });

  it('nothing known of the past: it is learned, meanwhile nothing is said, and a step after that is', () => {
    const next = numbers(5);
    const shape = flat(60, 0.01);
    const detector = createDetector(settings([]));
    feed(detector, shape, { fromMs: START, toMs: START + 30 * MINUTE_MS }, next);
    expect(detector.readings()[0]).toMatchObject({ basis: 'history', evidence: 0, state: 'quiet' });
    feed(detector, shape, { fromMs: START + 30 * MINUTE_MS, toMs: START + 30 * HOUR_MS }, next);
    expect(detector.alarms()).toEqual([]);
    feed(detector, times(shape, 4), { fromMs: START + 30 * HOUR_MS, toMs: START + 31 * HOUR_MS }, next);
    expect(of(detector, 'page')).toHaveLength(1);
  });

  it('restored from its state goes on as if it had never stopped', () => {
    const run = (isStopped: boolean) => {
      const next = numbers(11);
      const shape = ordinary(17, 0.01);
      const given = settings(pastOf(shape, 168, next));
      let detector = createDetector(given);
      for (let hour = 0; hour < 30; hour += 1) {
        feed(
          detector,
          shape,
          { fromMs: START + hour * HOUR_MS, toMs: START + (hour + 1) * HOUR_MS - 7 * MINUTE_MS },
          next,
        );
        if (isStopped) detector = createDetector(given, JSON.parse(JSON.stringify(detector.state())));
      }
      return detector.readings();
    };
    expect(run(true)).toEqual(run(false));
  });
});

describe('the past as a baseline', () => {
  const hour = (index: number) => START + index * HOUR_MS;
  const past = (hours: readonly PastHour[] = []) =>
    createOwnPast({ streams: ['complaints', 'csat'], startedAtMs: START, hours, saved: null });

  it('ends a day ago, so that a regression is not taken for normal while it is looked for', () => {
    const own = past();
    for (let index = 0; index < 48; index += 1) own.add(hour(index), 0, 1000, index < 30 ? 10 : 50, 0);
    expect(own.rate01(0, hour(48))).toBeCloseTo(0.01, 10);
    expect(own.rate01(0, hour(9 * 24))).toBeGreaterThan(0.01);
  });

  it('csat is taken at the lower end of what its ratings allow', () => {
    const own = past();
    for (let index = 0; index < 48; index += 1) own.add(hour(index), 1, 100, 80, 68);
    const error = Math.sqrt((0.68 - 0.64) / 2400);
    expect(own.mean01(1, hour(48))).toBeCloseTo(0.8 - 1.6449 * error, 6);
    expect(past().mean01(1, hour(1))).toBeNull();
  });
});
