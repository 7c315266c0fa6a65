import { describe, expect, it } from 'vitest';
import { windowLimits, type WindowFacts } from './limits.ts';

const MIN = 60_000;

describe('what the list of records cannot hold', () => {
  const WHOLE: WindowFacts = {
    version: 'v18',
    conversations: 40,
    shippedAtMs: 10 * MIN,
    keptSinceMs: 5 * MIN,
    retentionHours: 6,
    isSampled: false,
    unversioned01: 0,
    beganElsewhere: 0,
    isStillServed: false,
  };
  it('is said, one sentence each, and nothing where it holds everything', () => {
    expect(windowLimits(WHOLE)).toEqual([]);
    const of = (facts: Partial<WindowFacts>) => windowLimits({ ...WHOLE, ...facts });
    expect(of({ version: null })[0]).toContain('not known yet');
    expect(of({ keptSinceMs: 20 * MIN })[0]).toContain('kept for 6 h');
    expect(of({ isSampled: true })[0]).toContain('sampled');
    expect(of({ unversioned01: 0.123 })[0]).toContain('12.3 % of the spans');
    expect(of({ beganElsewhere: 1 })[0]).toContain('1 conversation began on another version and was');
    expect(of({ isStillServed: true })[0]).toContain('may still grow');
    expect(of({ conversations: 0 })).toEqual(['No received trace names v18.']);
    expect(of({ conversations: 0, keptSinceMs: null })[0]).toContain('its own stores');
  });
});
