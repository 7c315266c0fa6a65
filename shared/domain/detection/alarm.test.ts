import { describe, expect, it } from 'vitest';
import type { SignalComparison, SignalId } from '#shared/model/signal.ts';
import { alarmSentence, findFiring, holdFiring } from './alarm.ts';
import { compare } from './compare.ts';
import { RULE } from './rule.ts';

function seen(
  signal: SignalId,
  cohort: string,
  verdict: SignalComparison['verdict'],
  sigma: number,
  windowMs = 1,
): SignalComparison {
  return {
    ...compare({ signal, cohort, source: 'telemetry', windowMs, asOfMs: 0, candidate: null, control: null }),
    verdict,
    sigma,
    ratio: signal === 'csat' ? null : 4.1,
    difference: signal === 'csat' ? -2.4 : 15.4,
  };
}

describe('the rule', () => {
  it('fires on one signal over the page line', () => {
    const firing = findFiring([
      seen('complaints', 'tenant_cohort_B', 'page', 4.6),
      seen('csat', 'all', 'watch', 3.4),
    ]);
    expect(firing).toMatchObject({ rule: 'one-at-page', cohort: 'tenant_cohort_B' });
    expect(alarmSentence(firing!)).toBe('complaints 4.1x in tenant_cohort_B, 4.6 sigma');
  });

  it('fires on two signals over the watch line in the same stream', () => {
    const firing = findFiring([seen('complaints', 'all', 'watch', 3.4), seen('csat', 'all', 'watch', 3.5)]);
    expect(firing?.rule).toBe('two-at-watch');
    expect(alarmSentence(firing!)).toBe(
      'csat −2.4 and complaints 4.1x across all cohorts, 3.5 and 3.4 sigma',
    );
  });

  it('does not add up different cohorts or different windows', () => {
    expect(findFiring([seen('complaints', 'a', 'watch', 3.4), seen('csat', 'b', 'watch', 3.5)])).toBeNull();
    expect(
      findFiring([seen('complaints', 'a', 'watch', 3.4, 1), seen('csat', 'a', 'watch', 3.5, 2)]),
    ).toBeNull();
  });

  it('does not act on blind, unknown or unremarkable figures', () => {
    expect(
      findFiring([
        seen('complaints', 'a', 'blind', 9),
        seen('csat', 'a', 'unknown', 9),
        seen('safety', 'a', 'none', 9),
      ]),
    ).toBeNull();
  });

  it('prefers the stronger of two streams', () => {
    expect(
      findFiring([seen('complaints', 'all', 'page', 4.5), seen('complaints', 'b', 'page', 6)])?.cohort,
    ).toBe('b');
    const pairInB = [seen('complaints', 'b', 'watch', 9), seen('csat', 'b', 'watch', 9)];
    expect(findFiring([seen('complaints', 'all', 'page', 4.5), ...pairInB])?.cohort).toBe('all');
  });
});

describe('holding', () => {
  const firing = findFiring([seen('complaints', 'all', 'page', 5)]);

  it('needs the same stream for several ticks in a row', () => {
    let state = holdFiring(null, firing);
    for (let tick = 2; tick < RULE.ticksInARow; tick += 1) state = holdFiring(state.hold, firing);
    expect(state.isDue).toBe(false);
    expect(holdFiring(state.hold, firing).isDue).toBe(true);
  });

  it('starts again after a quiet tick or in another stream', () => {
    const once = holdFiring(null, firing).hold;
    expect(holdFiring(once, null).hold).toBeNull();
    expect(holdFiring({ cohort: 'other', ticks: 9 }, firing).hold).toEqual({ cohort: 'all', ticks: 1 });
  });
});
