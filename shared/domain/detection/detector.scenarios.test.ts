import { describe, expect, it } from 'vitest';
import { createDetector } from './detector.ts';
import type { Detector, Increment } from './kind.ts';
import { labelFactors, RATIO_GRID } from './label-factor.ts';
import { laidByAge } from './onset-weights.ts';
import { bothArms, bucket, increment, numbers, SETTINGS, START, tickOf } from './test-traffic.ts';
import type { World } from './test-traffic.ts';

const reading = (detector: Detector, signal: string, cohort = 'all') =>
  detector.readings().find((each) => each.signal === signal && each.cohort === cohort);
const evidence = (detector: Detector, signal = 'complaints', cohort = 'all') =>
  reading(detector, signal, cohort)?.evidence ?? Number.NaN;
const pages = (detector: Detector) => detector.alarms().filter((alarm) => alarm.class === 'page');

function factors(mC: number, m0: number, xC: number, x0: number): number[] {
  const out = new Float64Array(RATIO_GRID.length).fill(1);
  labelFactors(out, mC, m0, xC, x0);
  return Array.from(out);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function run(detector: Detector, world: World, from: number, to: number, next: () => number): void {
  for (let tick = from; tick < to; tick += 1) detector.tick(bucket(tick + 1), tickOf(world, tick, next));
}

describe('late reports', () => {
  it('fall on the units that had not shown the event, with the same expectation of 1', () => {
    const detector = createDetector(SETTINGS);
    detector.tick(bucket(1), bothArms(0, [1, 19], [0, 1]));
    detector.tick(bucket(31), [increment('candidate', 0, 0, { events: { complaints: 1 } })]);
    const first = factors(1, 19, 0, 1);
    const late = factors(1, 18, 1, 0);
    const [g0, g30] = [laidByAge(0, []), laidByAge(30, [])];
    const expected =
      mean(RATIO_GRID.map((_, k) => (g0 * (first[k] ?? 0) + g30 - g0) * (late[k] ?? 0))) + 1 - g30;
    expect(evidence(detector)).toBeCloseTo(expected, 10);
  });

  it('are a martingale: over every way the events fall, on time or late, the mean factor is 1', () => {
    const [mC, m0] = [3, 17];
    const choose = (n: number, k: number): number =>
      k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
    const chance = (a: number, b: number, x: number, u: number) =>
      (choose(a, u) * choose(b, x - u)) / choose(a + b, x);
    for (const [onTime, late] of [
      [1, 1],
      [2, 3],
      [0, 4],
    ] as const) {
      const sums = RATIO_GRID.map(() => 0);
      for (let u = 0; u <= Math.min(mC, onTime); u += 1) {
        for (let v = 0; v <= Math.min(mC - u, late); v += 1) {
          const weight = chance(mC, m0, onTime, u) * chance(mC - u, m0 - onTime + u, late, v);
          if (weight === 0) continue;
          const one = factors(mC, m0, u, onTime - u);
          const two = factors(mC - u, m0 - onTime + u, v, late - v);
          RATIO_GRID.forEach((_, k) => {
            sums[k] = (sums[k] ?? 0) + weight * (one[k] ?? 0) * (two[k] ?? 0);
          });
        }
      }
      for (const sum of sums) expect(sum).toBeCloseTo(1, 10);
    }
  });

  it('count like any other while their block is open, and not at all after two hours', () => {
    const [late, prompt] = [createDetector(SETTINGS), createDetector(SETTINGS)];
    late.tick(bucket(1), bothArms(0, [1, 9]));
    late.tick(bucket(2), [
      ...bothArms(1, [1, 9]),
      increment('candidate', 0, 0, { events: { complaints: 1 } }),
    ]);
    prompt.tick(bucket(1), bothArms(0, [1, 9], [1, 0]));
    prompt.tick(bucket(2), bothArms(1, [1, 9]));
    expect(evidence(late)).toBe(evidence(prompt));

    const before = evidence(late);
    late.tick(bucket(2000), [increment('candidate', 0, 0, { events: { complaints: 1 } })]);
    expect(evidence(late)).toBe(before);
    expect(late.notices().map((notice) => notice.sentence)).toEqual([
      '1 report came more than two hours late and could not be used',
    ]);
  });

  it('cannot be more than the conversations they belong to', () => {
    const detector = createDetector(SETTINGS);
    detector.tick(bucket(1), bothArms(0, [1, 19], [4, 0]));
    expect(evidence(detector)).toBeCloseTo(2.208209901, 8);
    detector.tick(bucket(5), [increment('candidate', 0, 0, { events: { complaints: 2 } })]);
    expect(evidence(detector)).toBeCloseTo(2.208209901, 8);
    expect(detector.notices()[0]?.sentence).toMatch(/^5 events beyond the conversations seen/);
  });

  it('quiet where shares flip and complaints come minutes after their conversation', () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const next = numbers(seed);
      const detector = createDetector(SETTINGS);
      const waiting: { at: number; item: Increment }[] = [];
      for (let tick = 0; tick < 1440; tick += 1) {
        const isHigh = Math.floor(tick / 120) % 2 === 1;
        if (tick > 0 && tick % 120 === 0) detector.noteChange({ atMs: bucket(tick), what: 'ramp' });
        const world = {
          perTick: 28,
          share01: isHigh ? 0.5 : 0.05,
          rates: { complaints: [0.03, 0.03] as const },
        };
        const now = tickOf(world, tick, next);
        for (const item of now) {
          const { events, ...rest } = item;
          waiting.push({
            at: tick + 6 + Math.floor(next() * 60),
            item: { ...rest, conversations: 0, events },
          });
        }
        const due = waiting.filter((each) => each.at === tick).map(({ item }) => item);
        detector.tick(bucket(tick + 1), [...now.map((item) => ({ ...item, events: {} })), ...due]);
      }
      expect(pages(detector)).toEqual([]);
    }
  });
});

describe('blocks', () => {
  it('do not reach across a change, and a change noted early waits for its data', () => {
    const apart = createDetector(SETTINGS);
    apart.tick(bucket(1), bothArms(0, [1, 9], [1, 0]));
    apart.noteChange({ atMs: bucket(1), what: 'ramp to 50 %' });
    apart.tick(bucket(2), bothArms(1, [10, 10]));
    // Ten units in the block that the change closed: its factor stands by itself.
    const g = laidByAge(1, []);
    expect(evidence(apart)).toBeCloseTo(g * mean(factors(1, 9, 1, 0)) + 1 - g, 10);

    const early = createDetector(SETTINGS);
    early.noteChange({ atMs: bucket(1), what: 'ramp to 50 %' });
    early.tick(bucket(1), bothArms(0, [1, 9], [1, 0]));
    early.tick(bucket(2), bothArms(1, [10, 10]));
    expect(evidence(early)).toBe(evidence(apart));

    const atOnce = createDetector(SETTINGS);
    atOnce.noteChange({ atMs: bucket(1), what: 'ramp to 50 %' });
    atOnce.tick(bucket(2), [...bothArms(0, [1, 9], [1, 0]), ...bothArms(1, [10, 10])]);
    expect(evidence(atOnce)).toBe(evidence(apart));
  });

  it('leave out the ticks of a stale feed, in both arms, and its back-fill', () => {
    const detector = createDetector(SETTINGS);
    detector.setFrozen('complaints', true);
    detector.tick(bucket(1), bothArms(0, [5, 50], [5, 0]));
    expect(reading(detector, 'complaints')).toMatchObject({ isFrozen: true, evidence: 1 });
    detector.setFrozen('complaints', false);
    detector.tick(bucket(10), [increment('candidate', 0, 0, { events: { complaints: 3 } })]);
    expect(evidence(detector)).toBe(1);
    detector.tick(bucket(11), bothArms(10, [5, 50], [1, 0]));
    expect(evidence(detector)).toBeGreaterThan(1);
  });

  it('are stratified: a candidate served mostly to a noisy tenant does not look worse', () => {
    const detector = createDetector({ ...SETTINGS, cohorts: ['noisy', 'calm'] });
    for (let tick = 0; tick < 400; tick += 1) {
      const noisy = tick % 2;
      detector.tick(bucket(tick + 1), [
        ...bothArms(tick, [20, 20], [noisy * 2, noisy * 2], 'noisy'),
        ...bothArms(tick, [2, 200], [0, tick % 10 === 0 ? 1 : 0], 'calm'),
      ]);
    }
    const all = reading(detector, 'complaints');
    expect((all?.candidate.events ?? 0) / (all?.candidate.units ?? 1)).toBeGreaterThan(
      3 * ((all?.control.events ?? 0) / (all?.control.units ?? 1)),
    );
    expect(all?.evidence).toBeLessThan(1);
    expect(detector.alarms()).toEqual([]);
  });

  it('give each cohort its share of the budget', () => {
    const detector = createDetector({ ...SETTINGS, cohorts: ['a', 'b', 'c', 'd'] });
    expect(reading(detector, 'complaints')?.pageLine).toBeCloseTo(2 * 740.8, 0);
    expect(reading(detector, 'complaints', 'c')?.watchLine).toBeCloseTo(8 * 43.956, 1);
    const joining = createDetector(SETTINGS);
    joining.tick(bucket(1), bothArms(0, [1, 19], [1, 0], 'first'));
    expect(joining.readings().map((each) => each.cohort)).toEqual(['all', 'all', 'all', 'all']);
    const alone = evidence(joining);
    joining.tick(bucket(2), bothArms(1, [1, 19], [0, 0], 'second'));
    expect(evidence(joining, 'complaints', 'first')).toBe(alone);
    expect(evidence(joining, 'complaints', 'second')).toBe(1);
    expect(reading(joining, 'complaints', 'second')?.watchLine).toBeCloseTo(12 * 43.956, 1);
  });
});

describe('alarms', () => {
  it('page on two signals at two sigma, never with a canary as one of them', () => {
    const streams = [...SETTINGS.streams, 'fallback'] as const;
    const both = createDetector({ ...SETTINGS, streams });
    const canary = createDetector({ ...SETTINGS, streams });
    for (let tick = 0; tick < 5 && pages(both).length === 0; tick += 1) {
      both.tick(bucket(tick + 1), [
        increment('candidate', tick, 2, { events: { complaints: 1, downstream: 1 } }),
        increment('control', tick, 38),
      ]);
    }
    expect(pages(both)).toMatchObject([{ rule: 'two-at-watch', class: 'page', resolvedAtMs: null }]);
    expect(both.alarms()[0]?.sentence).toContain(' and downstream errors ');
    expect(reading(both, 'complaints')?.state).toBe('page');
    expect(reading(both, 'downstream')?.state).toBe('page');
    for (let tick = 0; tick < 30; tick += 1) {
      canary.tick(bucket(tick + 1), [
        increment('candidate', tick, 2, { events: { fallback: 1, complaints: tick < 4 ? 1 : 0 } }),
        increment('control', tick, 38),
      ]);
    }
    expect(reading(canary, 'fallback')?.evidence).toBeGreaterThan(1e6);
    expect(reading(canary, 'fallback')?.state).toBe('watch');
    expect(pages(canary)).toEqual([]);
    expect(
      canary
        .alarms()
        .map((alarm) => alarm.signal)
        .toSorted(),
    ).toEqual(['complaints', 'fallback']);
  });

  it('stay until the evidence is clearly under the line, are latched, and are told resolved then', () => {
    const detector = createDetector(SETTINGS);
    let tick = 0;
    while (reading(detector, 'complaints')?.state !== 'watch') {
      detector.tick(bucket(tick + 1), bothArms(tick, [2, 38], [1, 0]));
      tick += 1;
    }
    let held = 0;
    let last = reading(detector, 'complaints');
    while (last?.state === 'watch') {
      if (last.anytimeSigma < 2) held += 1;
      expect(last.anytimeSigma).toBeGreaterThanOrEqual(1.5);
      detector.tick(bucket(tick + 1), bothArms(tick, [1, 60], [0, 1]));
      tick += 1;
      last = reading(detector, 'complaints');
    }
    expect(held).toBeGreaterThan(0);
    expect(last?.anytimeSigma).toBeLessThan(1.5);
    expect(detector.alarms()).toMatchObject([{ class: 'watch', resolvedAtMs: bucket(tick) }]);
  });

  it('find a drop in csat, say how large and date it', () => {
    const detector = createDetector(SETTINGS);
    const next = numbers(7);
    const healthy: World = { perTick: 60, share01: 0.2, rates: {}, csat: [75, 75] };
    run(detector, healthy, 0, 360, next);
    expect(detector.alarms()).toEqual([]);
    run(detector, { ...healthy, csat: [62, 75] }, 360, 720, next);
    const [page] = pages(detector);
    expect(page).toMatchObject({ signal: 'csat', basis: 'comparison' });
    expect(Math.abs((page?.onset?.aboutMs ?? 0) - bucket(360))).toBeLessThan(10 * 60_000);
    expect(page?.effect?.value).toBeLessThan(-5);
    expect(page?.sentence).toMatch(
      /^csat \d+\.\d points lower \(.*\) on v18, across all cohorts: 3\.\d sigma/,
    );
  });

  it('begin anew with a new period of thirty days', () => {
    const detector = createDetector(SETTINGS);
    for (let tick = 0; tick < 6; tick += 1) detector.tick(bucket(tick + 1), bothArms(tick, [2, 38], [1, 0]));
    expect(pages(detector)).toHaveLength(1);
    const later = 30 * 8640 + 5;
    detector.tick(bucket(later + 1), bothArms(later, [1, 5]));
    expect(evidence(detector)).toBe(1);
    expect(pages(detector)[0]?.resolvedAtMs).toBe(bucket(later + 1));
    for (let tick = later + 1; tick < later + 8; tick += 1) {
      detector.tick(bucket(tick + 1), bothArms(tick, [2, 38], [1, 0]));
    }
    expect(pages(detector)).toHaveLength(2);
  });

  it('never come from a better candidate, and hardly ever from an equal one', () => {
    let equal = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const next = numbers(seed * 7919);
      const world = (better: number): World => ({
        perTick: 28,
        share01: 0.1,
        rates: { complaints: [0.02 * better, 0.02], downstream: [0.01 * better, 0.01] },
        csat: [better < 1 ? 80 : 75, 75],
      });
      const [better, same] = [createDetector(SETTINGS), createDetector(SETTINGS)];
      run(better, world(0.5), 0, 720, next);
      run(same, world(1), 0, 720, next);
      expect(pages(better)).toEqual([]);
      equal += pages(same).length;
    }
    // Budget 0.54 % and a little per stream of thirty days; these are 60 of two hours.
    expect(equal).toBeLessThanOrEqual(1);
  });
});

describe('against history', () => {
  const world = (candidate: number, control: number, share01: number): World => ({
    perTick: 30,
    share01,
    rates: { complaints: [candidate, control] },
  });

  it('pages at 100 %, weeks later, on what the control showed before, and says that it is weaker', () => {
    const detector = createDetector({ ...SETTINGS, intendedShare01: 0.2 });
    const next = numbers(3);
    run(detector, world(0.01, 0.01, 0.2), 0, 720, next);
    detector.noteChange({ atMs: bucket(720), what: 'v18 to 100 %', intendedShare01: 1 });
    run(detector, world(0.01, 0.01, 1), 720, 1440, next);
    expect(detector.alarms()).toEqual([]);
    expect(reading(detector, 'complaints')).toMatchObject({
      basis: 'history',
      state: 'quiet',
      pageLine: 525_600,
    });
    const weeks = 20 * 8640;
    run(detector, world(0.01, 0.01, 1), weeks, weeks + 360, next);
    run(detector, world(0.05, 0.05, 1), weeks + 360, weeks + 720, next);
    const [page] = pages(detector);
    expect(page).toMatchObject({ basis: 'history', signal: 'complaints', cohort: 'all', class: 'page' });
    expect(Math.abs((page?.onset?.aboutMs ?? 0) - bucket(weeks + 360))).toBeLessThan(5 * 60_000);
    expect(page?.sentence).toContain('Weaker evidence');
    expect(page?.sentence).toContain('a shared outage looks the same');
  });

  it('needs a baseline: one that was given, or enough of the control', () => {
    const none = createDetector(SETTINGS);
    const given = createDetector({ ...SETTINGS, history: { complaints: { rate01: 0.01, events: null } } });
    const weak = createDetector({ ...SETTINGS, history: { complaints: { rate01: 0.01, events: 2 } } });
    for (const detector of [none, given, weak]) run(detector, world(0.05, 0.05, 1), 0, 120, numbers(5));
    expect(reading(none, 'complaints')?.basis).toBe('comparison');
    expect(none.alarms()).toEqual([]);
    expect(pages(given)).toHaveLength(1);
    expect(evidence(weak)).toBeLessThan(evidence(given));
  });

  it('tells when the control got worse as well', () => {
    const detector = createDetector({ ...SETTINGS, history: { complaints: { rate01: 0.01, events: 500 } } });
    const next = numbers(11);
    run(detector, world(0.01, 0.01, 0.2), 0, 180, next);
    expect(detector.notices()).toEqual([]);
    run(detector, world(0.04, 0.04, 0.2), 180, 360, next);
    expect(detector.alarms()).toEqual([]);
    expect(detector.notices().map((notice) => notice.sentence)).toEqual([
      expect.stringContaining('both versions got worse, probably not this prompt'),
    ]);
  });
});

describe('the split', () => {
  it('is told once per ramp period, never pages, and ignores the first minute after a step', () => {
    const detector = createDetector({ ...SETTINGS, intendedShare01: 0.05 });
    for (let tick = 0; tick < 60; tick += 1) detector.tick(bucket(tick + 1), bothArms(tick, [3, 17]));
    expect(detector.alarms()).toMatchObject([{ class: 'watch', signal: 'split', rule: 'split' }]);
    expect(detector.alarms()[0]?.sentence).toContain(
      'v18 runs in 15 % of conversations, the flag is set to 5.0 %',
    );
    detector.noteChange({ atMs: bucket(60), what: 'ramp', intendedShare01: 0.5 });
    for (let tick = 60; tick < 66; tick += 1) detector.tick(bucket(tick + 1), bothArms(tick, [30, 570]));
    for (let tick = 66; tick < 120; tick += 1) detector.tick(bucket(tick + 1), bothArms(tick, [10, 10]));
    expect(detector.alarms()).toHaveLength(1);
    expect(detector.alarms()[0]?.resolvedAtMs).toBe(bucket(61));
  });
});

it('refuses a state of another format', () => {
  expect(() => createDetector(SETTINGS, { format: 1 })).toThrow(RangeError);
  expect(START).toBe(bucket(0));
});
