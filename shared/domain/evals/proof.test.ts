import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeProof } from './proof.ts';

const runs = (version: string, verdicts: string) =>
  verdicts.split('').map((letter) => ({
    version,
    verdict: letter === 'p' ? ('pass' as const) : letter === 'f' ? ('fail' as const) : ('error' as const),
    detail: 'detail',
  }));
const judge = (bad: string, good: string, flipsAllowed = 0, repeats = 5) =>
  judgeProof(runs('v18', bad), runs('v17', good), { repeats, flipsAllowed });

describe('the proof of a case', () => {
  it.each([
    ['fffff', 'ppppp', 0, 'accepted'],
    ['ppppp', 'ppppp', 0, 'passes-on-bad'],
    ['fffff', 'fffff', 0, 'fails-on-good'],
    ['ffpff', 'ppppp', 0, 'flaky-on-bad'],
    ['fffff', 'pfpfp', 0, 'flaky-on-good'],
    ['fffff', 'ppfpp', 1, 'accepted'],
    ['fffff', 'pfpfp', 1, 'flaky-on-good'],
    ['ffepf', 'ppppp', 5, 'run-error'],
    ['fffff', 'ppppe', 5, 'run-error'],
    ['ffff', 'ppppp', 0, 'incomplete'],
    ['', '', 0, 'incomplete'],
    ['fppp', 'pppp', 20, 'incomplete'],
    ['ffppp', 'ppppp', 20, 'flaky-on-bad'],
  ])('bad %s, good %s, %i may differ: %s', (bad, good, flips, why) => {
    const verdict = judge(bad, good, flips);
    expect([verdict.why, verdict.isAccepted]).toEqual([why, why === 'accepted']);
  });

  it('says it in words', () => {
    expect(judge('ppppp', 'ppppp').sentence).toBe(
      'It passes on the bad version v18 (5 of 5 runs): it would not have caught it.',
    );
    expect(judge('fffff', 'pppff').sentence).toContain('passes in 3 of 5 runs');
    expect(judge('fffff', 'ppppp').sentence).toBe('Fails on v18 in 5 of 5 runs and passes on v17 in 5 of 5.');
  });

  it('never accepts a run that broke, a side that is not as wanted in its majority, or too few runs', () => {
    const side = fc.array(fc.constantFrom('p', 'f', 'e'), { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(side, side, fc.nat(20), fc.integer({ min: 1, max: 12 }), (bad, good, flips, repeats) => {
        if (!judge(bad, good, flips, repeats).isAccepted) return;
        expect(bad + good).not.toContain('e');
        expect(Math.min(bad.length, good.length)).toBeGreaterThanOrEqual(repeats);
        const count = (text: string, letter: string) => text.split(letter).length - 1;
        expect(count(bad, 'f') * 2).toBeGreaterThan(bad.length);
        expect(count(good, 'p') * 2).toBeGreaterThan(good.length);
        expect(count(bad, 'p') + 0).toBeLessThanOrEqual(flips);
        expect(count(good, 'f') + 0).toBeLessThanOrEqual(flips);
      }),
    );
  });
});
