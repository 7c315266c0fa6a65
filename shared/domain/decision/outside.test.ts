import { describe, expect, it } from 'vitest';
import type { ControlHistory } from '../detection/kind.ts';
import type { Culprit, EvidenceReading, Suspect } from '#shared/model/detection.ts';
import { outsideFinding } from './outside.ts';
import { suggest } from './tree.ts';

const T = Date.UTC(2026, 4, 9, 14, 0);
const moved = (change: Partial<ControlHistory> = {}): ControlHistory => ({
  signal: 'complaints',
  evidence: 1e9,
  effect: { value: 3.1, low: 2.2, high: 4.5 },
  onset: { aboutMs: T, earliestMs: T - 60_000, latestMs: T + 60_000 },
  ...change,
});
const reading = (change: Partial<EvidenceReading> = {}): EvidenceReading => ({
  signal: 'complaints',
  cohort: 'all',
  basis: 'comparison',
  evidence: 0.8,
  watchLine: 44,
  pageLine: 741,
  anytimeSigma: 0,
  state: 'quiet',
  candidate: { units: 1000, events: 20 },
  control: { units: 9000, events: 180 },
  effect: { value: 1, low: 0.7, high: 1.4 },
  onset: null,
  isFrozen: false,
  ...change,
});
const culprit = (kind: Suspect['kind'], what: string): Culprit => ({
  suspects: [{ kind, what, atMs: T, by: null, source: 'telemetry', weight01: 0.8, reason: what }],
  isUnexplained: false,
  sentence: what,
});
const find = (change: Partial<Parameters<typeof outsideFinding>[0]> = {}) =>
  outsideFinding({
    candidate: 'v18',
    control: 'v17',
    isAlone: false,
    controlHistory: [moved()],
    readings: [reading()],
    culprit: null,
    nowMs: T + 600_000,
    ...change,
  });
const suggested = (outside: ReturnType<typeof find>, isAgainstPast = false) =>
  suggest({
    signals: [],
    triage: 'unknown',
    badVersion: 'v18',
    goodVersion: 'v17',
    knownIssues: [],
    outside,
    isAgainstPast,
  })[0];

describe('outside the prompt', () => {
  it('both worse together, no difference between them: it is not the prompt, with the numbers', () => {
    const outside = find();
    expect(outside).toMatchObject({ kind: 'shared', signals: ['complaints'], triage: 'model-change' });
    expect(outside?.sentence).toContain(
      'complaints 3.1x (2.2x to 4.5x) on v17 against its own past since about 14:00 UTC; ' +
        'v18, on the same traffic, does not differ (complaints 1.0x (0.7x to 1.4x))',
    );
    expect(suggested(outside)).toMatchObject({ suggested: 'no', evidence: outside?.sentence });
  });

  it.each([
    ['provider', 'provider'],
    ['model', 'model-change'],
    ['retrieval', 'upstream-data'],
  ] as const)('a change of kind %s is triage %s', (kind, triage) => {
    expect(find({ culprit: culprit(kind, 'it changed') })).toMatchObject({
      triage,
      because: expect.stringContaining('it changed'),
    });
  });

  it('without a change, by which signals moved', () => {
    const downstream = { signal: 'downstream' as const };
    const only = find({ controlHistory: [moved(downstream)], readings: [reading(downstream)] });
    expect(only).toMatchObject({ triage: 'upstream-data' });
    const both = find({
      controlHistory: [moved(), moved(downstream)],
      readings: [reading(), reading(downstream)],
      culprit: culprit('deploy', 'support-api 4.2 was deployed'),
    });
    expect(both).toMatchObject({ triage: 'unknown', because: expect.stringContaining('support-api 4.2') });
  });

  it('the candidate worse still: both halves, and it stays the prompt', () => {
    const outside = find({ readings: [reading({ state: 'page', effect: { value: 3, low: 2, high: 5 } })] });
    expect(outside).toMatchObject({ kind: 'mixed' });
    expect(outside?.sentence).toContain('going back helps with the difference');
  });

  it('says nothing where the control is as ever, or where too little is known of the candidate', () => {
    expect(find({ controlHistory: [moved({ evidence: 100 })] })).toBeNull();
    expect(find({ controlHistory: [] })).toBeNull();
    expect(find({ readings: [reading({ effect: null })] })).toBeNull();
    expect(find({ readings: [reading({ candidate: { units: 30, events: 0 } })] })).toBeNull();
    expect(find({ readings: [reading({ effect: { value: 2.5, low: 1.5, high: 4 } })] })).toBeNull();
    expect(find({ readings: [reading({ basis: 'history' })] })).toBeNull();
  });

  it('a version that runs alone is never called a shared fault, whatever the control once showed', () => {
    const outside = find({ isAlone: true, culprit: culprit('model', 'the model began to answer as x-2') });
    expect(outside).toMatchObject({ kind: 'alone', triage: 'model-change' });
    expect(outside?.sentence).toContain('Nothing runs beside v18');
    expect(suggested(outside)).toMatchObject({ suggested: 'unknown' });
    expect(suggested(null, true)).toMatchObject({ suggested: 'unknown' });
    expect(find({ isAlone: true })).toMatchObject({ kind: 'alone', triage: 'unknown' });
  });
});
