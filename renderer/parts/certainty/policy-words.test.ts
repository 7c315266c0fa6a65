import { describe, expect, it } from 'vitest';
import type { PolicyAction } from '#shared/model/detection.ts';
import { isPolicyShown, policyAnnouncement, policyOutcomeWords } from './policy-words.ts';

const action = (over: Partial<PolicyAction>): PolicyAction => ({
  id: 'p1',
  promptId: 'support',
  kind: 'killswitch',
  state: 'announced',
  because: 'complaints 4.1x',
  announcedAtMs: 1_000_000,
  actsAtMs: 1_060_000,
  vetoedBy: null,
  operationId: null,
  outcome: null,
  ...over,
});

describe('policies in words', () => {
  it('count down and never below now', () => {
    expect(policyAnnouncement(action({}), 'support_agent', 1_018_000)).toBe(
      'rolls support_agent back in 0:42',
    );
    expect(policyAnnouncement(action({}), 'support_agent', 1_070_000)).toBe('rolls support_agent back now');
    expect(policyAnnouncement(action({ kind: 'freeze-ramp' }), 'support_agent', 1_059_500)).toBe(
      'holds the ramp of support_agent where it is in 0:01',
    );
  });

  it('say who stopped it and why it failed', () => {
    expect(policyOutcomeWords(action({ state: 'vetoed', vetoedBy: 'mira' }))).toBe(
      'stopped by mira, nothing was changed.',
    );
    expect(policyOutcomeWords(action({ state: 'failed', outcome: 'the flag changed' }))).toBe(
      'failed: the flag changed.',
    );
  });

  it('stay on screen while they matter, a failure longest', () => {
    const later = 1_060_000 + 5 * 60_000;
    expect(isPolicyShown(action({}), later)).toBe(true);
    expect(isPolicyShown(action({ state: 'done' }), later)).toBe(false);
    expect(isPolicyShown(action({ state: 'failed' }), later)).toBe(true);
  });
});
