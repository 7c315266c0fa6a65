import { describe, expect, it } from 'vitest';
import type { Incident } from '#shared/model/incident.ts';
import type { DrillFacts } from './facts.ts';
import type { ObservedIncident } from './observation.ts';
import { QUIET_POINTS, scoreDrill } from './score.ts';
import {
  facts,
  flip,
  goodResponse,
  incident,
  MINUTE,
  observed,
  ONSET,
  quiet,
  scenario,
  SECOND,
} from './test-drill.ts';
import { TURN_POINTS } from './wrong-turns.ts';

const PAGE = {
  promptId: 'support',
  atMs: ONSET + 4 * MINUTE,
  class: 'page',
  signals: ['complaints'],
} as const;

function seen(
  incidents: readonly ObservedIncident[],
  change: Partial<DrillFacts['seen']> = {},
): DrillFacts['seen'] {
  return {
    readiness: {},
    alarms: incidents.length > 0 ? [PAGE] : [],
    leverChanges: [],
    incidents,
    ...change,
  };
}
const played = (
  it: Incident,
  change: Parameters<typeof facts>[0] = {},
  more: Partial<ObservedIncident> = {},
) => scoreDrill(facts({ badUntilMs: ONSET + 5.2 * MINUTE, seen: seen([observed(it, more)]), ...change }));
const turnsOf = (report: ReturnType<typeof scoreDrill>) => report.wrongTurns.map(({ id }) => id);

describe('a drill that went as it should', () => {
  it('earns every point, and says how close to the best possible it came', () => {
    const report = played(goodResponse());
    expect(report.points).toEqual({ earned: 100, possible: 100 });
    expect(report.wrongTurns).toEqual([]);
    expect(report.steps.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 7 }, () => 'within'));
    // Bad ones at 0, 10, 20 ... s: 25 had begun by the page at 4:00, 32 before they ended at 5:12, 222 over the whole drill.
    expect(report.badConversations).toEqual({ served: 32, best: 25, untouched: 222 });
    expect(report.sentence).toBe(
      'Back on v17 5 min after the onset: 32 bad conversations; 25 were the fewest possible, 222 without a response.',
    );
    expect(report.killswitch).toEqual({ lever: 'flag support_rollout', tookMs: 11 * SECOND, by: 'Dana' });
  });

  it('says so when no conversation was spared', () => {
    const truth = { onsetMs: ONSET, badStartsMs: [ONSET, ONSET + SECOND], badUntouched: 1 };
    expect(played(goodResponse(), { truth }).sentence).toContain(
      '2 bad conversations; 2 were the fewest possible, no fewer than without a response.',
    );
  });

  it('loses half of a step that took twice its time', () => {
    const late = goodResponse();
    const steps = late.steps.map((step) =>
      step.id === 'decide' ? { ...step, doneAtMs: (step.startedAtMs ?? 0) + 4 * MINUTE } : step,
    );
    const report = played({ ...late, steps });
    expect(report.steps.find(({ id }) => id === 'decide')).toMatchObject({
      verdict: 'late',
      points: 8,
      possible: 15,
    });
    expect(report.points).toEqual({ earned: 93, possible: 100 });
  });
});

describe('the eval case of a drill', () => {
  const [cases, at] = [1, ONSET + 20 * MINUTE];
  const draft = { cases, acceptedCaseId: null, acceptedAtMs: null, gatedAtMs: null, sentence: '' };
  const proven = { ...draft, acceptedCaseId: 'c-1', acceptedAtMs: at };
  const evalStep = (evals: Incident['evals'], canProve: boolean) =>
    played(goodResponse({ evals }), { canProve }).steps.find(({ id }) => id === 'eval');

  it('counts once it is proven, gated or not', () => {
    expect(evalStep(proven, true)).toMatchObject({ verdict: 'within', points: 10, tookMs: 11 * MINUTE });
    expect(evalStep({ ...proven, gatedAtMs: at + MINUTE }, true)).toMatchObject({ tookMs: 11 * MINUTE });
  });

  it('is worth nothing while nobody knows that it would have caught the bad output', () => {
    expect(evalStep(draft, true)).toMatchObject({ verdict: 'missed', points: 0, possible: 10 });
    expect(evalStep(null, true)).toMatchObject({ verdict: 'missed' });
  });

  it('counts when it is written where there is no suite to prove it in', () => {
    expect(evalStep(draft, false)).toMatchObject({ verdict: 'within', points: 10 });
    expect(evalStep(null, false)).toMatchObject({ verdict: 'missed' });
  });
});

describe('wrong turns', () => {
  const again = [flip(ONSET + 5 * MINUTE), flip(ONSET + 7 * MINUTE)];
  const away = [flip(ONSET + 5 * MINUTE), flip(ONSET + 11 * MINUTE)];
  const forward = scenario({}, { advice: ['forward-fix'] });
  const provider = scenario(
    { kind: 'not-the-prompt', declaredByHandMinutes: 4 },
    { page: null, advice: ['not-the-prompt'] },
  );
  const wave2 = scenario({}, { wave2: true });
  const stale = scenario({}, { staleWorkersNamed: true });
  const closed = { closedAtMs: ONSET + 30 * MINUTE, status: 'closed', evals: null } as const;
  it.each<[string, Partial<Incident>, Parameters<typeof facts>[0], string[]]>([
    ['a second flip 2 min after the first', { rollbacks: again }, {}, ['second-flip-in-window']],
    ['a second flip once the window was over', { rollbacks: away }, {}, []],
    [
      'holding the ramp after the flip',
      {
        rollbacks: [
          flip(ONSET + 5 * MINUTE),
          flip(ONSET + 6 * MINUTE, { operation: { kind: 'set-share', version: 'v18', share01: 0 } }),
        ],
      },
      {},
      [],
    ],
    ['closed without a case', closed, {}, ['closed-without-eval']],
    [
      'rolled back to a version with its own bug',
      {},
      { scenario: forward },
      ['rolled-back-when-forward-fix'],
    ],
    ['rolled back when the provider was down', {}, { scenario: provider }, ['rolled-back-not-the-prompt']],
    ['took the wrong version', { badVersion: 'v16' }, {}, ['wrong-version']],
    [
      'flipped ten minutes after the page',
      { rollbacks: [flip(ONSET + 14 * MINUTE)] },
      {},
      ['waited-past-page'],
    ],
    ['never flipped', { rollbacks: [] }, {}, ['waited-past-page']],
    [
      'a refused press counts for nothing',
      { rollbacks: [flip(ONSET + 5 * MINUTE, { state: 'refused' })] },
      {},
      ['waited-past-page'],
    ],
    ['stored bad output left where it was', {}, { scenario: wave2 }, ['missed-wave-2']],
    ['repaired and replayed', {}, { scenario: wave2, actions: ['repair-and-replay-queue'] }, []],
    ['stale workers left running', {}, { scenario: stale }, ['missed-stale-workers']],
    ['stale workers restarted', {}, { scenario: stale, actions: ['restart-stale-workers'] }, []],
  ])('%s', (_, change, about, ids) => {
    expect(turnsOf(played(goodResponse(change), about))).toEqual(ids);
  });

  it('never noticed', () => {
    const report = scoreDrill(facts());
    expect(turnsOf(report)).toEqual(['never-noticed']);
    expect(report.points.earned).toBe(0);
    expect(report.sentence).toBe('No incident was ever opened.');
    // A page was due after 8 min at the latest: 49 bad ones had begun by then.
    expect(report.badConversations).toEqual({ served: 222, best: 49, untouched: 222 });
  });

  it('left alone when nothing was wrong; a flip or a declaration there costs points', () => {
    const nothing = facts({ scenario: quiet(), truth: { onsetMs: null, badStartsMs: [], badUntouched: 0 } });
    expect(scoreDrill(nothing)).toMatchObject({
      points: { earned: QUIET_POINTS, possible: QUIET_POINTS },
      sentence: 'Nothing was wrong, and it was left alone.',
      checks: [{ what: 'Page', expected: 'none', isHit: true }],
    });
    const acted = scoreDrill({ ...nothing, seen: seen([observed(goodResponse())]) });
    expect(turnsOf(acted)).toEqual(['acted-on-nothing']);
    expect(acted.points.earned).toBe(QUIET_POINTS - TURN_POINTS['acted-on-nothing']);
    expect(acted.checks[0]).toMatchObject({ isHit: false });
    const declared = observed(incident({ alarm: null }));
    expect(turnsOf(scoreDrill({ ...nothing, seen: seen([declared], { alarms: [] }) }))).toEqual([
      'acted-on-nothing',
    ]);
    // The false alarm is the product's; looking into it and letting it be is right.
    const looked = scoreDrill({ ...nothing, seen: seen([observed(incident())]) });
    expect(looked.points.earned).toBe(QUIET_POINTS);
    expect(looked.checks[0]).toMatchObject({ isHit: false });
  });
});

describe('checks against what is expected', () => {
  const got = (
    expected: object,
    more: Partial<ObservedIncident> = {},
    change: Partial<DrillFacts['seen']> = {},
  ) =>
    scoreDrill(
      facts({ scenario: scenario({}, expected), seen: seen([observed(goodResponse(), more)], change) }),
    ).checks;

  it('a page in time, on its signal, naming the version', () => {
    expect(got({})).toEqual([
      {
        what: 'Page',
        expected: 'support on complaints within 8 min, naming v18',
        got: '4.0 min after the onset on complaints, naming v18',
        isHit: true,
      },
    ]);
  });

  it.each([
    ['too late', { atMs: ONSET + 9 * MINUTE }],
    ['before anything was wrong', { atMs: ONSET - MINUTE }],
    ['on another signal', { signals: ['safety'] as const }],
    ['for another prompt', { promptId: 'other' }],
  ])('a page %s is a miss', (_, change) => {
    const [first, ...others] = got({}, {}, { alarms: [{ ...PAGE, ...change }] });
    expect(first).toMatchObject({ what: 'Page', isHit: false });
    expect(others.map(({ isHit }) => isHit)).toEqual('promptId' in change ? [false] : []);
  });

  it('verdicts: the first that says something, and the last', () => {
    const verdicts = (['running', 'wave-2', 'running', 'recovered'] as const).map((verdict, index) => ({
      verdict,
      atMs: ONSET + index * MINUTE,
    }));
    const checks = got(
      { firstVerdict: 'wave-2', finalVerdict: 'recovered', wave2: true },
      { verdicts, wave2AtMs: 1 },
    );
    expect(checks.map(({ isHit }) => isHit)).toEqual([true, true, true, true]);
    expect(got({ finalVerdict: 'recovered' }, { verdicts: verdicts.slice(0, 3) })[1]).toMatchObject({
      got: 'running',
      isHit: false,
    });
  });

  it('readiness, blockers, recurrence, stale workers, advice, triage, lever', () => {
    const checks = got(
      {
        advice: ['roll-back'],
        triage: ['prompt'],
        lever: 'flag',
        staleWorkersNamed: true,
        recurrence: true,
        readiness: ['no-flag'],
        closingBlockedBy: ['eval-case'],
      },
      { staleWorkers: ['w-1'], earlier: ['INC-0'], blockers: ['note', 'eval-case'] },
      { readiness: { support: ['no-flag', 'no-paging'] } },
    );
    expect(checks.every(({ isHit }) => isHit)).toBe(true);
    expect(checks).toHaveLength(8);
  });

  it('a soft trigger: a warning, no page, and the time to hold the ramp', () => {
    const soft = scenario({}, { page: null, watch: true });
    const watch = { ...PAGE, class: 'watch' } as const;
    const held = [{ promptId: 'support', atMs: PAGE.atMs + MINUTE, by: 'Dana' }];
    const report = scoreDrill(
      facts({ scenario: soft, seen: { readiness: {}, alarms: [watch], leverChanges: held, incidents: [] } }),
    );
    expect(report.checks.map(({ isHit }) => isHit)).toEqual([true, true]);
    expect(report.points).toEqual({ earned: 15, possible: 15 });
    const paged = scoreDrill(facts({ scenario: soft, seen: seen([], { alarms: [watch, PAGE] }) }));
    expect(paged.checks.map(({ isHit }) => isHit)).toEqual([false, true]);
    const growing = scenario({}, { page: null, watch: true, mayPage: true });
    const hits = (pagedAtMs: number) =>
      scoreDrill(
        facts({ scenario: growing, seen: seen([], { alarms: [{ ...PAGE, atMs: pagedAtMs }, watch] }) }),
      ).checks.map(({ isHit }) => isHit);
    expect(hits(watch.atMs + MINUTE)).toEqual([true, true]);
    expect(hits(watch.atMs - MINUTE)).toEqual([false, true]);
  });
});
