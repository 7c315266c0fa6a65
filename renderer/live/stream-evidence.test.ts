import { describe, expect, it } from 'vitest';
import { incidentEvidence, readingOf } from './stream-evidence.ts';

const live = [{ signal: 'complaints', cohort: 'all', basis: 'comparison', anytimeSigma: 3 }] as never;
const kept = [{ signal: 'complaints', cohort: 'all', basis: 'comparison', anytimeSigma: 2 }] as never;
const incident = { status: 'open', badVersion: 'v18', evidence: kept } as const;

describe('incidentEvidence', () => {
  it('is live only about the version on trial', () => {
    expect(incidentEvidence(incident, { candidate: 'v18', evidence: live })).toBe(live);
    expect(incidentEvidence(incident, { candidate: 'v19', evidence: live })).toBe(kept);
    expect(incidentEvidence(incident, { candidate: 'v18', evidence: [] })).toBe(kept);
    expect(incidentEvidence(incident, null)).toBe(kept);
  });
  it('of a closed incident stays as recorded', () => {
    expect(incidentEvidence({ ...incident, status: 'closed' }, { candidate: 'v18', evidence: live })).toBe(
      kept,
    );
  });
});

describe('readingOf', () => {
  it('takes the comparison before history, and nothing of another cohort', () => {
    const history = { signal: 'csat', cohort: 'all', basis: 'history' };
    const comparison = { signal: 'csat', cohort: 'all', basis: 'comparison' };
    expect(readingOf([history, comparison], 'csat', 'all')).toBe(comparison);
    expect(readingOf([history], 'csat', 'all')).toBe(history);
    expect(readingOf([history], 'csat', 'acme')).toBeNull();
  });
});
