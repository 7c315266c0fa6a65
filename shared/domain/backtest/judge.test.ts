import { describe, expect, it } from 'vitest';
import { createDetector } from '../detection/detector.ts';
import type { Increment } from '../detection/kind.ts';
import { judged, shuffled, START, stretch, TICK } from './test-stream.ts';
import type { Line } from './test-stream.ts';
import { summaryLines } from './summary.ts';

const HOUR = 360;
const at = (tick: number) => START + tick * TICK;
const pages = (lines: readonly Line[]) => judged(lines).alarms.filter((alarm) => alarm.class === 'page');

describe('a recorded stream', () => {
  it('without a fault is quiet for thirty days, and says what a doubling could still hide in', () => {
    const result = judged([
      { options: { intendedShare: 0.05 } },
      ...stretch({ from: 0, to: 720 * HOUR, perHour: 1_000, share01: 0.05, seed: 11 }),
    ]);
    expect(result).toMatchObject({ alarms: [], verdict: 'quiet' });
    expect(result.verification).toBeUndefined();
    const safety = result.blind.find(({ signal }) => signal === 'safety');
    expect(safety?.until2xMin).toBeGreaterThan(60);
    expect(result.blind.find(({ signal }) => signal === 'complaints')).toBeUndefined();
    // Nobody was asked for a rating.
    expect(result.blind.find(({ signal }) => signal === 'csat')?.because).toContain('too few ratings');
  });

  it('with four times the complaints pages, says when and why', () => {
    const lines = stretch({
      from: 0,
      to: 12 * HOUR,
      perHour: 10_000,
      share01: 0.05,
      seed: 3,
      candidate: { complaints: 0.02 },
    });
    const result = judged([{ options: { intendedShare: 0.05 } }, ...lines]);
    expect(result.verdict).toBe('page');
    const page = result.alarms.find((alarm) => alarm.class === 'page');
    expect(page).toMatchObject({ signal: 'complaints', cohort: 'all', basis: 'comparison', version: 'v18' });
    expect(page?.sigma).toBeGreaterThanOrEqual(3);
    expect(page?.evidence).toBeGreaterThan(740);
    expect(page?.sentence).toMatch(/^Complaints \d/);
    expect((page?.t ?? 0) % TICK).toBe(0);
    expect(result.sentence).toContain('Page: Complaints');
    expect(summaryLines(result).join('\n')).toMatch(/2026-01-01 \d\d:\d\d:\d0 {2}PAGE {3}Complaints/);
  });

  it('with little traffic cannot tell, and until when it is blind', () => {
    const result = judged([
      { options: { history: { complaints: 0.005, safetyTrips: 0.0005, downstreamErrors: 0.002 } } },
      ...stretch({ from: 0, to: HOUR, perHour: 1_000, share01: 0.05, seed: 5 }),
    ]);
    expect(result.verdict).toBe('cannot-tell');
    const complaints = result.blind.find(({ signal }) => signal === 'complaints');
    expect(complaints?.until4xMin).toBeGreaterThan(300);
    expect(complaints?.until2xMin).toBeGreaterThan(complaints?.until4xMin ?? Infinity);
    expect(result.sentence).toContain('blind for about');
  });

  it('is what the detector says when it is fed directly', () => {
    const lines = stretch({
      from: 0,
      to: 6 * HOUR,
      perHour: 10_000,
      share01: 0.1,
      seed: 21,
      candidate: { complaints: 0.02, downstreamErrors: 0.01 },
      rated01: 0.2,
    });
    const first = lines.find(({ role }) => role === 'candidate')!;
    const direct = createDetector({
      startedAtMs: first['t'] as number,
      cohorts: [],
      streams: ['complaints', 'csat', 'safety', 'downstream'],
      history: {},
      intendedShare01: 0.1,
      candidateName: 'v18',
    });
    for (let tick = 0; tick < 6 * HOUR; tick += 1) {
      const increments = lines
        .filter(({ t }) => t === at(tick))
        .map((line): Increment => ({
          cohort: 'all',
          arm: line['role'] as 'candidate' | 'control',
          bucketMs: at(tick),
          conversations: line['conversations'] as number,
          events: {
            complaints: line['complaints'] as number,
            safety: line['safetyTrips'] as number,
            downstream: line['downstreamErrors'] as number,
          },
          ratings: line['csat'] as [number, number][],
        }));
      direct.tick(at(tick + 1), increments);
    }
    const { alarms } = judged([{ options: { intendedShare: 0.1 } }, ...lines]);
    expect(alarms.length).toBeGreaterThan(1);
    expect(alarms.map(({ t, signal, evidence, sentence }) => ({ t, signal, evidence, sentence }))).toEqual(
      direct
        .alarms()
        .map(({ atMs, signal, evidence, sentence }) => ({ t: atMs, signal, evidence, sentence })),
    );
  });

  it('gives the same result however its lines are mixed', () => {
    const lines = [
      ...stretch({
        from: 0,
        to: 4 * HOUR,
        perHour: 6_000,
        share01: 0.1,
        seed: 8,
        candidate: { complaints: 0.03 },
        rated01: 0.2,
        cohort: 'acme',
        lateTicks: 7,
      }),
      ...stretch({ from: 0, to: 4 * HOUR, perHour: 3_000, share01: 0.1, seed: 9, cohort: 'beta' }),
      { event: 'ramp', t: at(2 * HOUR), share: 0.1 },
      { event: 'rollback', t: at(3 * HOUR), to: 'v17' },
    ];
    const options = { options: { cohorts: ['acme', 'beta'], intendedShare: 0.1 } };
    const expected = judged([options, ...lines]);
    expect(expected.verdict).toBe('page');
    for (const seed of [1, 2, 3]) expect(judged([options, ...shuffled(lines, seed)])).toEqual(expected);
  });
});

describe('what is no regression', () => {
  it('a wrong split is told of, and does not page', () => {
    const result = judged([
      { options: { intendedShare: 0.05 } },
      ...stretch({ from: 0, to: 24 * HOUR, perHour: 10_000, share01: 0.08, seed: 4 }),
    ]);
    expect(result.verdict).toBe('watch');
    expect(result.alarms.map(({ signal, class: kind }) => [signal, kind])).toEqual([['split', 'watch']]);
  });

  it('complaints that come twenty minutes late over steps of the ramp', () => {
    const steps = [0.05, 0.5, 0.05, 0.5, 0.05, 0.5];
    const lines = steps.flatMap((share01, step): Line[] => [
      { event: 'ramp', t: at(step * HOUR), share: share01 },
      ...stretch({
        from: step * HOUR,
        to: (step + 1) * HOUR,
        perHour: 10_000,
        share01,
        seed: 40 + step,
        candidate: { complaints: 0.03 },
        control: { complaints: 0.03 },
        lateTicks: 120,
      }),
    ]);
    expect(judged(lines).alarms).toEqual([]);
  });

  it('an outage that hits both versions', () => {
    const calm = { perHour: 10_000, share01: 0.2 };
    const outage = { complaints: 0.05, downstreamErrors: 0.1 };
    const result = judged([
      ...stretch({ ...calm, from: 0, to: 6 * HOUR, seed: 51 }),
      ...stretch({ ...calm, from: 6 * HOUR, to: 8 * HOUR, seed: 52, candidate: outage, control: outage }),
      ...stretch({ ...calm, from: 8 * HOUR, to: 10 * HOUR, seed: 53 }),
    ]);
    expect(result).toMatchObject({ alarms: [], verdict: 'quiet' });
    expect(result.notices.some(({ sentence }) => sentence.includes('both versions got worse'))).toBe(true);
  });
});

describe('more than one comparison', () => {
  it('against history, once nobody runs the control', () => {
    const lines = [
      { options: { intendedShare: 0.5, history: { complaints: 0.005 } } },
      ...stretch({ from: 0, to: 2 * HOUR, perHour: 4_000, share01: 0.5, seed: 61 }),
      { event: 'ramp', t: at(2 * HOUR), share: 1 },
      ...stretch({
        from: 2 * HOUR,
        to: 8 * HOUR,
        perHour: 4_000,
        share01: 1,
        seed: 62,
        candidate: { complaints: 0.02 },
      }),
    ];
    const [page] = pages(lines);
    expect(page).toMatchObject({ signal: 'complaints', basis: 'history', class: 'page' });
    expect(page?.t).toBeGreaterThan(at(2 * HOUR));
    expect(page?.sentence).toContain('a shared outage looks the same');
  });

  it('what the control showed before the launch is history too', () => {
    const lines = [
      ...stretch({ from: 0, to: 6 * HOUR, perHour: 4_000, share01: 0, seed: 63 }),
      { event: 'ramp', t: at(6 * HOUR), share: 1 },
      ...stretch({
        from: 6 * HOUR,
        to: 12 * HOUR,
        perHour: 4_000,
        share01: 1,
        seed: 64,
        candidate: { complaints: 0.02 },
      }),
    ];
    expect(judged(lines).candidates[0]?.launchedAt).toBe(at(6 * HOUR));
    expect(pages(lines)[0]).toMatchObject({ signal: 'complaints', basis: 'history' });
  });

  it('a further candidate is a trial of its own, against the version promoted before it', () => {
    const first = stretch({ from: 0, to: 4 * HOUR, perHour: 10_000, share01: 0.2, seed: 71 });
    const second = stretch({
      from: 4 * HOUR,
      to: 10 * HOUR,
      perHour: 10_000,
      share01: 0.1,
      seed: 72,
      candidate: { complaints: 0.02 },
      versions: ['v19', 'v18'],
    });
    const result = judged([{ options: { intendedShare: 0.2 } }, ...first, ...second]);
    expect(result.candidates.map(({ version }) => version)).toEqual(['v18', 'v19']);
    expect(result.alarms.every(({ version }) => version === 'v19')).toBe(true);
    expect(result.verdict).toBe('page');
    // The share of the first says nothing about the second.
    expect(result.alarms.some(({ signal }) => signal === 'split')).toBe(false);
  });

  it('one bad cohort pages as that cohort, others not', () => {
    const lines = ['acme', 'beta', 'gamma'].flatMap((cohort, index) =>
      stretch({
        from: 0,
        to: 6 * HOUR,
        perHour: 4_000,
        share01: 0.2,
        seed: 80 + index,
        cohort,
        ...(cohort === 'beta' ? { candidate: { complaints: 0.04 } } : {}),
      }),
    );
    const cohorts = new Set(
      pages([{ options: { cohorts: ['acme', 'beta', 'gamma'] } }, ...lines]).map(({ cohort }) => cohort),
    );
    expect(cohorts).toContain('beta');
    expect([...cohorts].filter((cohort) => cohort !== 'beta' && cohort !== 'all')).toEqual([]);
  });
});

describe('without a candidate', () => {
  it('nothing can be said', () => {
    const result = judged(stretch({ from: 0, to: 10, perHour: 3_600, share01: 0, seed: 1 }));
    expect(result).toMatchObject({ verdict: 'cannot-tell', alarms: [], candidates: [] });
    expect(result.blind).toHaveLength(4);
    expect(result.warnings).toEqual(['no conversation of a candidate: nothing was compared']);
  });
});

describe('after a rollback', () => {
  const before = (complaints: number, perHour = 20_000) =>
    stretch({ from: 0, to: 3 * HOUR, perHour, share01: 0.2, seed: 91, candidate: { complaints } });
  const rollback = { event: 'rollback', t: at(3 * HOUR), to: 'v17' };
  const after = (share01: number, slice: number, to = 3 * HOUR + 360, perHour = 20_000) =>
    stretch({
      from: 3 * HOUR,
      to,
      perHour,
      share01,
      seed: 92,
      candidate: { complaints: slice },
      versions: ['v17', 'v17'],
    });

  it('recovered', () => {
    const { verification, alarms } = judged([...before(0.03), rollback, ...after(0.2, 0.005)]);
    expect(verification).toMatchObject({ verdict: 'recovered', from: 'v18', to: 'v17' });
    expect(verification?.at).toBeGreaterThan(at(3 * HOUR));
    expect(verification?.detail).toContain('back on v17');
    expect(alarms.some(({ signal, t }) => signal === 'split' || t > at(3 * HOUR))).toBe(false);
  });

  it('recovered, where nobody knows the slice', () => {
    expect(judged([...before(0.03), rollback, ...after(0, 0)]).verification?.verdict).toBe('recovered');
  });

  it('not recovered: the slice is as bad on the old version', () => {
    const { verification } = judged([...before(0.03), rollback, ...after(0.2, 0.03)]);
    expect(verification?.verdict).toBe('not-recovered');
  });

  it('not propagated: the bad version goes on being served', () => {
    const straggling = stretch({
      from: 3 * HOUR,
      to: 3 * HOUR + 60,
      perHour: 20_000,
      share01: 0.02,
      seed: 93,
    });
    expect(judged([...before(0.03), rollback, ...straggling]).verification?.verdict).toBe('not-propagated');
  });

  it('cannot tell yet, and how much more it takes', () => {
    const { verification } = judged([...before(0.03), rollback, ...after(0.2, 0.005, 3 * HOUR + 30, 1_500)]);
    expect(verification?.verdict).toBe('cannot-tell');
    expect(verification?.detail).toContain('Cannot tell yet');
  });

  it('with nothing after it', () => {
    const { verification } = judged([...before(0.03), rollback]);
    expect(verification).toMatchObject({ verdict: 'cannot-tell', at: at(3 * HOUR) });
  });

  it('of what was never on trial', () => {
    const quiet = stretch({ from: 0, to: 20, perHour: 3_600, share01: 0, seed: 5 });
    const { verification, warnings } = judged([...quiet, { event: 'rollback', t: at(20), to: 'v16' }]);
    expect(verification).toMatchObject({ verdict: 'cannot-tell', from: null, to: 'v16' });
    expect(warnings.join()).toContain('before any candidate ran');
  });

  it('a full rollout is judged by all traffic, with history in the place of a control', () => {
    const all = (from: number, to: number, complaints: number, versions: [string, string], share01: number) =>
      stretch({
        from,
        to,
        perHour: 20_000,
        share01,
        seed: from + 7,
        candidate: { complaints },
        versions,
      });
    const { verification, alarms } = judged([
      { options: { history: { complaints: 0.005, safetyTrips: 0.0005, downstreamErrors: 0.002 } } },
      { event: 'ramp', t: START, share: 1 },
      ...all(0, 2 * HOUR, 0.03, ['v18', 'v17'], 1),
      { event: 'rollback', t: at(2 * HOUR), to: 'v17' },
      ...all(2 * HOUR, 3 * HOUR, 0.03, ['v18', 'v17'], 0),
    ]);
    expect(alarms[0]).toMatchObject({ basis: 'history' });
    expect(verification?.verdict).toBe('recovered');
  });

  it('a candidate brought back on purpose begins anew', () => {
    const again = stretch({ from: 4 * HOUR, to: 5 * HOUR, perHour: 20_000, share01: 0.2, seed: 95 });
    const result = judged([
      ...before(0.03),
      rollback,
      ...after(0.2, 0.005),
      { event: 'ramp', t: at(4 * HOUR), share: 0.2 },
      ...again,
    ]);
    expect(result.verification?.verdict).toBe('recovered');
    expect(result.candidates.map(({ launchedAt }) => launchedAt)).toEqual([at(0), at(4 * HOUR)]);
  });
});
