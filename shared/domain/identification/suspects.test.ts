import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Circumstances, PossibleCause } from './possible-cause.ts';
import { rankSuspects } from './suspects.ts';

const T = Date.UTC(2026, 4, 9, 14, 0);
const MIN = 60_000;
const DAY = 24 * 60 * MIN;

const known = (change: Partial<Circumstances> = {}): Circumstances => ({
  alarm: { atMs: T + 8 * MIN, signal: 'complaints', cohort: 'all', basis: 'comparison' },
  onset: { aboutMs: T, earliestMs: T - 5 * MIN, latestMs: T + 3 * MIN },
  candidate: 'v18',
  control: 'v17',
  bothArmsWorse: false,
  affectedCohorts: [],
  cohorts: ['acme', 'globex', 'initech'],
  affectedWorkers: [],
  unread: [],
  ...change,
});
const history = (change: Partial<Circumstances> = {}) =>
  known({
    alarm: { atMs: T + 30 * MIN, signal: 'complaints', cohort: 'all', basis: 'history' },
    bothArmsWorse: null,
    ...change,
  });

const cause = (change: Partial<PossibleCause>): PossibleCause => ({
  kind: 'other',
  atMs: T - 2 * MIN,
  what: 'something changed',
  by: null,
  source: 'flags',
  reaches: { kind: 'prompt' },
  share: null,
  untilMs: null,
  ...change,
});
const ramp = (change: Partial<PossibleCause> = {}) =>
  cause({
    kind: 'flag',
    what: 'v18 went from 5 % to 25 %',
    by: 'bo',
    reaches: { kind: 'candidate' },
    share: { from01: 0.05, to01: 0.25 },
    ...change,
  });
const version = (change: Partial<PossibleCause> = {}) =>
  cause({
    kind: 'prompt-version',
    what: 'v18 was first seen in traffic',
    source: 'telemetry',
    reaches: { kind: 'candidate' },
    ...change,
  });
const deploy = (change: Partial<PossibleCause> = {}) =>
  cause({ kind: 'deploy', what: 'support-api 4.2 was deployed', source: 'ci', ...change });
const outage = (change: Partial<PossibleCause> = {}) =>
  cause({ kind: 'provider', what: 'the model provider answered every fifth call with an error', ...change });
const neighbour = (isOnSameFlag: boolean, change: Partial<PossibleCause> = {}) =>
  cause({
    kind: 'prompt-version',
    what: 'v3 of Router was first seen in traffic',
    reaches: { kind: 'neighbour', promptId: 'router', isOnSameFlag },
    ...change,
  });

const rank = (changes: PossibleCause[], circumstances = known()) =>
  rankSuspects({ ...circumstances, changes });
const order = (changes: PossibleCause[], circumstances = known()) =>
  rank(changes, circumstances).suspects.map(({ kind }) => kind);

describe('a change of the candidate shortly before the onset', () => {
  it('is the culprit, with its numbers and with what control did', () => {
    const culprit = rank([ramp()]);
    expect(culprit.isUnexplained).toBe(false);
    expect(culprit.suspects[0]?.reason).toBe(
      'v18 went from 5 % to 25 % 2 min before the complaints began; v17, on the same traffic, did not move.',
    );
    expect(culprit.sentence).toBe(
      'Most likely (by bo): v18 went from 5 % to 25 % 2 min before the complaints began; v17, on the same traffic, did not move.',
    );
    expect(culprit.suspects[0]?.weight01).toBeGreaterThan(0.85);
  });

  it('goes before a deploy at the same time, which reached control as well', () => {
    const culprit = rank([deploy({ atMs: T - MIN }), ramp()]);
    expect(culprit.suspects.map(({ kind }) => kind)).toEqual(['flag', 'deploy']);
    expect(culprit.suspects[1]?.reason).toBe(
      'support-api 4.2 was deployed 60 s before the complaints began, but it reaches v17 as well, and v17, on the same traffic, did not move.',
    );
    expect(culprit.suspects[1]?.weight01).toBeLessThan(0.05);
  });

  it('goes before one of an hour earlier, and says what came close behind', () => {
    expect(order([version({ atMs: T - 65 * MIN }), ramp()])).toEqual(['flag', 'prompt-version']);
    const model = cause({ kind: 'model', what: 'v18 moved to model m2', reaches: { kind: 'candidate' } });
    expect(rank([ramp(), model]).sentence).toContain('Close behind: ');
    expect(rank([ramp(), deploy()]).sentence).not.toContain('Close behind');
  });

  it('is less likely the further before the onset it came, and a deeper interval forgives distance', () => {
    const weightAt = (minutes: number, circumstances = known()) =>
      rank([ramp({ atMs: T - minutes * MIN })], circumstances).suspects[0]?.weight01 ?? 0;
    expect(weightAt(4)).toBeGreaterThan(weightAt(30));
    expect(weightAt(30)).toBeGreaterThan(weightAt(300));
    const vague = known({ onset: { aboutMs: T, earliestMs: T - 120 * MIN, latestMs: T + 3 * MIN } });
    expect(weightAt(100, vague)).toBeGreaterThan(weightAt(100));
  });

  it('that took traffic away from the candidate explains nothing', () => {
    const culprit = rank([ramp({ what: 'v18 went from 25 % to 5 %', share: { from01: 0.25, to01: 0.05 } })]);
    expect(culprit.isUnexplained).toBe(true);
    expect(culprit.suspects[0]?.reason).toContain('but that took traffic away from v18');
  });
});

describe('a change after the onset', () => {
  it('cannot be the cause, and is listed with that reason', () => {
    const culprit = rank([ramp({ atMs: T + 12 * MIN })]);
    expect(culprit.suspects[0]).toMatchObject({
      weight01: 0,
      reason:
        'v18 went from 5 % to 25 % 9 min after the latest time at which the complaints began: too late to be the cause.',
    });
    expect(culprit.isUnexplained).toBe(true);
  });

  it('by less than the clocks of two systems differ is forgiven', () => {
    const culprit = rank([ramp({ atMs: T + 3 * MIN + 30_000 })]);
    expect(culprit.isUnexplained).toBe(false);
    expect(culprit.suspects[0]?.reason).toContain(
      'at about the time the complaints began (between 13:55 UTC and 14:03 UTC)',
    );
  });

  it('never ranks before one in time, however fitting its kind', () => {
    expect(order([version({ atMs: T + 10 * MIN }), cause({ reaches: { kind: 'candidate' } })])).toEqual([
      'other',
      'prompt-version',
    ]);
  });
});

describe('two prompts changed at once', () => {
  it('the own version is it when control, behind the same neighbour, did not move', () => {
    const culprit = rank([neighbour(false), version()]);
    expect(culprit.suspects.map(({ what }) => what)).toEqual([
      'v18 was first seen in traffic',
      'v3 of Router was first seen in traffic',
    ]);
    expect(culprit.suspects[1]?.reason).toContain('but it reaches v18 and v17 alike');
    expect(culprit.suspects[1]?.weight01).toBeLessThan(0.05);
  });

  it('behind one flag the comparison cannot tell them apart, and that is said', () => {
    const culprit = rank([neighbour(true), version()]);
    expect(culprit.suspects[0]?.what).toContain('v18');
    expect(culprit.suspects[1]?.reason).toContain('the killswitch takes both back');
    expect(culprit.sentence).toContain('Close behind: v3 of Router');
  });

  it('the neighbour is it when both versions got worse', () => {
    const culprit = rank([neighbour(false), version()], history({ bothArmsWorse: true }));
    expect(culprit.suspects[0]?.what).toContain('Router');
    expect(culprit.suspects[1]?.reason).toContain('but v17, which it does not reach, got worse as well');
  });
});

describe('trouble of the provider', () => {
  it('is it when both versions got worse, whatever else was shipped', () => {
    const culprit = rank([version(), outage()], history({ bothArmsWorse: true }));
    expect(culprit.suspects.map(({ kind }) => kind)).toEqual(['provider', 'prompt-version']);
    expect(culprit.sentence).toContain('it reaches both versions, and both got worse');
  });

  it('is ruled out by the comparison when only the candidate did', () => {
    const culprit = rank([outage()]);
    expect(culprit.isUnexplained).toBe(true);
    expect(culprit.sentence).toContain('going back to v17 still helps');
  });

  it('stays second where both got worse and the candidate worse still', () => {
    expect(order([outage(), version()], known({ bothArmsWorse: true }))).toEqual([
      'prompt-version',
      'provider',
    ]);
  });

  it('that was over long before is none', () => {
    const over = outage({ atMs: T - 60 * MIN, untilMs: T - 20 * MIN });
    const culprit = rank([over], history({ bothArmsWorse: true }));
    expect(culprit.isUnexplained).toBe(true);
    expect(culprit.suspects[0]?.reason).toContain('but was over 15 min before');
    const lasting = outage({ atMs: T - 60 * MIN, untilMs: null });
    const ended = outage({ atMs: T - 60 * MIN, untilMs: T + MIN });
    for (const still of [lasting, ended]) {
      expect(rank([still], history({ bothArmsWorse: true })).isUnexplained).toBe(false);
    }
  });
});

describe('a regression weeks after the version', () => {
  const shipped = version({ atMs: T - 21 * DAY });

  it('is not blamed on the version when the model behind it was switched just before', () => {
    const model = cause({ kind: 'model', what: 'model alias support moved to 2026-05', atMs: T - 6 * MIN });
    const culprit = rank([shipped, model], history());
    expect(culprit.suspects.map(({ kind }) => kind)).toEqual(['model', 'prompt-version']);
    expect(culprit.suspects[0]?.reason).toContain('without v17 on the same traffic');
    expect(culprit.suspects[1]?.reason).toContain('21 days before the complaints began');
  });

  it('is blamed on nothing when nothing changed since', () => {
    const culprit = rank([shipped], history());
    expect(culprit.isUnexplained).toBe(true);
    expect(culprit.sentence).toContain(
      'The nearest before it came 21 days before the complaints began: v18 was first seen in traffic.',
    );
    expect(culprit.sentence).toContain('a model that changed behind its name');
    expect(culprit.sentence).toContain('some traffic on v17 would tell whether it is v18');
  });

  it('is blamed on the version again when its share rose just before', () => {
    const step = ramp({ what: 'v18 went from 1 % to 100 %', share: { from01: 0.01, to01: 1 } });
    const culprit = rank([shipped, step], history());
    expect(culprit.suspects.map(({ kind }) => kind)).toEqual(['flag', 'prompt-version']);
    expect(culprit.suspects[1]?.weight01).toBeGreaterThan(0.25);
    expect(culprit.suspects[1]?.reason).toContain(
      'and its share rose to 100 % 2 min before the complaints began',
    );
  });
});

describe('one cohort only', () => {
  const onlyAcme = known({ affectedCohorts: ['acme'] });
  const targeting = (cohort: string) =>
    cause({ kind: 'flag', what: `v18 was opened to ${cohort}`, reaches: { kind: 'cohort', cohort } });

  it('the change that touched that cohort alone goes first', () => {
    const culprit = rank([version(), targeting('acme'), targeting('globex')], onlyAcme);
    expect(culprit.suspects.map(({ what }) => what)).toEqual([
      'v18 was opened to acme',
      'v18 was first seen in traffic',
      'v18 was opened to globex',
    ]);
    expect(culprit.suspects[0]?.reason).toContain('it reached acme alone, and acme is where it got worse');
    expect(culprit.suspects[1]?.reason).toContain('though only acme got worse');
    expect(culprit.suspects[2]?.reason).toContain('it reached globex alone, and it got worse in acme');
  });

  it('a change of one cohort does not explain harm everywhere', () => {
    const wide = known({ affectedCohorts: ['acme', 'globex', 'initech'] });
    expect(order([targeting('acme'), version()], wide)[0]).toBe('prompt-version');
    expect(rank([targeting('acme')], known({ affectedCohorts: ['globex', 'initech'] })).isUnexplained).toBe(
      true,
    );
  });

  it('every cohort together is not one cohort', () => {
    const pooled = known({ affectedCohorts: ['all'], cohorts: ['all', 'acme', 'globex'] });
    expect(rank([version()], pooled)).toEqual(rank([version()]));
  });

  it('is taken from the alarm where no list is given, and a single cohort singles nothing out', () => {
    const alarm = { ...known().alarm, cohort: 'acme' };
    expect(rank([targeting('globex')], known({ alarm })).isUnexplained).toBe(true);
    expect(rank([version()], known({ alarm, cohorts: ['acme'] })).suspects[0]?.reason).not.toContain(
      'only acme',
    );
  });
});

describe('some workers only', () => {
  const partial = deploy({ reaches: { kind: 'workers', workers: ['w1', 'w2'] } });

  it('a partial deploy is it when it reached those that got worse', () => {
    const culprit = rank(
      [partial, version({ atMs: T - 60 * MIN })],
      known({ affectedWorkers: ['w1', 'w2'] }),
    );
    expect(culprit.suspects[0]?.kind).toBe('deploy');
    expect(culprit.suspects[0]?.reason).toContain('(w1, w2) are among those it reached');
  });

  it('and is not when it reached others, or when nothing is known of workers and control stood', () => {
    expect(rank([partial], known({ affectedWorkers: ['w9'] })).isUnexplained).toBe(true);
    expect(rank([partial]).isUnexplained).toBe(true);
    expect(rank([partial], history({ bothArmsWorse: true })).isUnexplained).toBe(false);
  });
});

describe('no change at all', () => {
  it('is an answer, and says what to check and what could not be read', () => {
    const culprit = rank([], known({ unread: ['flags (503)'] }));
    expect(culprit).toEqual({
      suspects: [],
      isUnexplained: true,
      sentence:
        'No change of yours explains it: nothing fits the time at which the complaints began (about 14:00 UTC) and the ' +
        'conversations that got worse. Nothing is known to have changed before it. Only v18 got worse, so going back to v17 still ' +
        'helps. Check next: what users ask since then that v18 handles badly, the data and retrieval only v18 uses, and changes ' +
        'outside the connected sources. Not read, so a change may be missing: flags (503).',
    });
  });

  it('says that going back will not help when both versions got worse', () => {
    expect(rank([], known({ bothArmsWorse: true })).sentence).toContain('going back will not help by itself');
  });
});

describe('other alarms', () => {
  it('a wrong split is about who decides it, not about the prompt', () => {
    const alarm = { ...known().alarm, signal: 'split' as const };
    const culprit = rank([version(), ramp()], known({ alarm }));
    expect(culprit.suspects[0]?.kind).toBe('flag');
    expect(culprit.sentence).toContain('it decides who gets v18');
    expect(rank([], known({ alarm })).sentence).toContain('workers that still hold an old flag value');
  });

  it('an onset that was not dated is some time in the hour before the alarm', () => {
    const undated = known({ onset: null });
    expect(rank([ramp({ atMs: T - 20 * MIN })], undated).suspects[0]?.reason).toContain(
      '28 min before the alarm',
    );
    expect(rank([ramp({ atMs: T - 20 * MIN })], undated).isUnexplained).toBe(false);
    expect(rank([ramp({ atMs: T + 20 * MIN })], undated).suspects[0]?.weight01).toBe(0);
  });

  it('declared by hand before any figure moved, what was there for long without harm goes after what changed just before', () => {
    const byHand = known({
      alarm: { atMs: T + 8 * MIN, signal: 'complaints', cohort: 'all', basis: 'none' },
      onset: null,
      bothArmsWorse: null,
    });
    const model = cause({ kind: 'model', what: 'the model began to answer as another one', atMs: T });
    const old = [version({ atMs: T - 22 * MIN }), ramp({ atMs: T - 22 * MIN })];
    expect(order([...old, model], byHand)).toEqual(['model', 'prompt-version', 'flag']);
    expect(rank([...old, model], byHand).suspects[0]?.reason).toContain('8 min before it was declared');
    expect(order([version({ atMs: T }), cause({ kind: 'model', atMs: T })], byHand)[0]).toBe(
      'prompt-version',
    );
    expect(order([version({ atMs: T }), deploy({ atMs: T - 22 * MIN })], byHand)[0]).toBe('prompt-version');
    // Within the hour before it is still an explanation.
    expect(rank(old, byHand).isUnexplained).toBe(false);
  });

  it('a change of control can explain a difference, not harm', () => {
    const culprit = rank([version({ what: 'v17 was edited', reaches: { kind: 'control' } }), ramp()]);
    expect(culprit.suspects.map(({ kind }) => kind)).toEqual(['flag', 'prompt-version']);
    expect(culprit.suspects[1]?.reason).toContain('it changed v17');
  });
});

describe('for any changes', () => {
  const anyCause = fc
    .record({
      make: fc.constantFrom(ramp, version, deploy, outage, (change: Partial<PossibleCause>) =>
        neighbour(false, change),
      ),
      minutes: fc.integer({ min: -60 * 24 * 60, max: 60 }),
      untilMs: fc.option(fc.constant(T), { nil: null }),
    })
    .map(({ make, minutes, untilMs }) => make({ atMs: T + minutes * MIN, untilMs }));
  const anyCircumstances = fc.record({
    basis: fc.constantFrom('comparison' as const, 'history' as const),
    bothArmsWorse: fc.constantFrom(true, false, null),
    affectedCohorts: fc.subarray(['acme', 'globex', 'initech']),
    isDated: fc.boolean(),
  });
  const circumstancesOf = ({
    basis,
    isDated,
    ...rest
  }: { basis: 'comparison' | 'history'; isDated: boolean } & Partial<Circumstances>) =>
    known({ ...rest, alarm: { ...known().alarm, basis }, ...(isDated ? {} : { onset: null }) });

  it('weights are shares of one, in order, and the order of arrival does not matter', () => {
    fc.assert(
      fc.property(fc.array(anyCause, { maxLength: 12 }), anyCircumstances, (changes, chosen) => {
        const circumstances = circumstancesOf(chosen);
        const culprit = rank(changes, circumstances);
        const weights = culprit.suspects.map(({ weight01 }) => weight01);
        expect(weights.every((weight) => weight >= 0 && weight < 1)).toBe(true);
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThan(1);
        expect(weights).toEqual(weights.toSorted((a, b) => b - a));
        expect(rank(changes.toReversed(), circumstances).sentence).toBe(culprit.sentence);
        expect(culprit.sentence).not.toMatch(/NaN|undefined|Infinity/);
      }),
    );
  });

  it('nothing after the latest onset weighs anything', () => {
    fc.assert(
      fc.property(
        anyCause,
        fc.integer({ min: 1, max: 10_000 }),
        anyCircumstances,
        (change, seconds, chosen) => {
          const circumstances = circumstancesOf(chosen);
          const latestMs = circumstances.onset?.latestMs ?? circumstances.alarm.atMs;
          const late = { ...change, atMs: latestMs + MIN + seconds * 1_000, untilMs: null };
          expect(rank([late], circumstances).suspects[0]?.weight01).toBe(0);
        },
      ),
    );
  });
});
