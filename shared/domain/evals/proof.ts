import type { EvalRun, FlakeRule, ProofVerdict } from '#shared/model/eval-case.ts';

type Runs = readonly Pick<EvalRun, 'version' | 'verdict' | 'detail'>[];

/**
 * A case proves something when it fails on the bad version and passes on the good one. A run that broke says nothing about the case,
 * so it refuses the proof; it never counts as the failure that was wanted. Up to `flipsAllowed` runs of a side may differ from the
 * rest, as long as they are the minority.
 */
export function judgeProof(bad: Runs, good: Runs, rule: FlakeRule): ProofVerdict {
  const broken = [...bad, ...good].find(({ verdict }) => verdict === 'error');
  if (broken) {
    return refused(
      'run-error',
      `A run on ${broken.version} broke, so it says nothing about the case: ${broken.detail}`,
    );
  }
  if (bad.length < rule.repeats || good.length < rule.repeats) {
    return refused(
      'incomplete',
      `${bad.length} of ${rule.repeats} runs on the bad version and ${good.length} of ${rule.repeats} on the good one: too few to say.`,
    );
  }
  const badVersion = bad[0]?.version ?? 'the bad version';
  const goodVersion = good[0]?.version ?? 'the good version';
  const failed = bad.filter(({ verdict }) => verdict === 'fail').length;
  const passed = good.filter(({ verdict }) => verdict === 'pass').length;
  if (failed === 0) {
    return refused(
      'passes-on-bad',
      `It passes on the bad version ${badVersion} (${bad.length} of ${bad.length} runs): it would not have caught it.`,
    );
  }
  if (passed === 0) {
    return refused(
      'fails-on-good',
      `It fails on the good version ${goodVersion} too (${good.length} of ${good.length} runs): it would block every change.`,
    );
  }
  if (!isSteady(failed, bad.length, rule)) {
    return refused(
      'flaky-on-bad',
      `Flaky on the bad version ${badVersion}: it fails in ${failed} of ${bad.length} runs, ${allowed(rule)}.`,
    );
  }
  if (!isSteady(passed, good.length, rule)) {
    return refused(
      'flaky-on-good',
      `Flaky on the good version ${goodVersion}: it passes in ${passed} of ${good.length} runs, ${allowed(rule)}.`,
    );
  }
  return {
    isAccepted: true,
    why: 'accepted',
    sentence: `Fails on ${badVersion} in ${failed} of ${bad.length} runs and passes on ${goodVersion} in ${passed} of ${good.length}.`,
  };
}

function isSteady(asWanted: number, runs: number, { flipsAllowed }: FlakeRule): boolean {
  return runs - asWanted <= flipsAllowed && asWanted * 2 > runs;
}

function allowed({ flipsAllowed }: FlakeRule): string {
  return flipsAllowed === 0
    ? 'and every run must agree'
    : `and at most ${flipsAllowed} may differ, as the minority`;
}

function refused(why: ProofVerdict['why'], sentence: string): ProofVerdict {
  return { isAccepted: false, why, sentence };
}
