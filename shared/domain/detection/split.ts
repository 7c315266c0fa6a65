import { logGamma } from './rates.ts';

/** From here on a split (or the response rates) is said to be off: in one of a thousand sound rollouts, however often one looks. */
export const SPLIT_LINE = 1000;
/** Weight of the prior on the stated shares: how sharply a mismatch is expected to differ from them. */
const PRIOR_UNITS = 100;
/** At 0 % and 100 % one straggler would be proof: a mismatch of a thousandth of the traffic is not what this is for. */
const SMALLEST_SHARE = 0.001;

/**
 * Evidence that counts were not drawn with the stated shares, valid however often one looks: ln of the Dirichlet-multinomial
 * likelihood over the multinomial one (Lindon and Malek, NeurIPS 2022, arXiv 2011.03567, prior Dirichlet(100 theta)). Shares add up to 1
 * and are above 0; counts may be fractions.
 */
export function logMultinomialEvidence(shares01: readonly number[], counts: readonly number[]): number {
  let logRatio = 0;
  let total = 0;
  for (const [index, share] of shares01.entries()) {
    const count = counts[index] ?? 0;
    const prior = PRIOR_UNITS * share;
    total += count;
    logRatio += gammaRatio(prior, count) - count * Math.log(share);
  }
  return logRatio - gammaRatio(PRIOR_UNITS, total);
}

/** ln Gamma(a + n) - ln Gamma(a). */
function gammaRatio(a: number, n: number): number {
  return n > 0 ? lnGamma(a + n) - lnGamma(a) : 0;
}

function lnGamma(x: number): number {
  return x < 0.5 ? logGamma(x + 1) - Math.log(x) : logGamma(x);
}

/** Plain JSON. */
export type SplitCheckState = { readonly candidate: number; readonly control: number };

/** Is the share seen the share the flag is set to? One check per ramp period, fed with conversations started a minute after its step. */
export type SplitCheck = {
  /** Conversations that started; answers with the evidence of a mismatch so far. */
  add(candidate: number, control: number): number;
  evidence(): number;
  /** The share seen so far; null before the first conversation. */
  observed01(): number | null;
  state(): SplitCheckState;
};

export function createSplitCheck(
  { intended01 }: { readonly intended01: number },
  saved?: SplitCheckState,
): SplitCheck {
  const share = Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, intended01));
  let candidate = saved?.candidate ?? 0;
  let control = saved?.control ?? 0;
  const evidence = () => {
    const [here, there] = [candidate / (candidate + control), control / (candidate + control)];
    // Set to 0 % or 100 %, fewer stragglers than allowed for are no mismatch.
    if (intended01 < SMALLEST_SHARE && here <= SMALLEST_SHARE) return 1;
    if (intended01 > 1 - SMALLEST_SHARE && there <= SMALLEST_SHARE) return 1;
    return Math.exp(Math.min(690, logMultinomialEvidence([share, 1 - share], [candidate, control])));
  };
  return {
    add(moreCandidate, moreControl) {
      candidate += Math.max(0, moreCandidate);
      control += Math.max(0, moreControl);
      return evidence();
    },
    evidence,
    observed01: () => (candidate + control > 0 ? candidate / (candidate + control) : null),
    state: () => ({ candidate, control }),
  };
}

export type AnswerCounts = { readonly conversations: number; readonly ratings: number };

/**
 * A sentence where the two arms' users answer differently often: csat compares those who answered, so it is then a comparison of
 * different people. Null without evidence for it. Conversations should be old enough to have been rated, in both arms.
 */
export function responseNote(candidate: AnswerCounts, control: AnswerCounts): string | null {
  const conversations = candidate.conversations + control.conversations;
  if (candidate.conversations <= 0 || control.conversations <= 0) return null;
  const share = candidate.conversations / conversations;
  const log = logMultinomialEvidence([share, 1 - share], [candidate.ratings, control.ratings]);
  if (log < Math.log(SPLIT_LINE)) return null;
  const rateC = candidate.ratings / candidate.conversations;
  const rate0 = control.ratings / control.conversations;
  const word = rateC < rate0 ? 'less' : 'more';
  return (
    `The candidate's users answer ${word} often: ${percent(rateC)} against ${percent(rate0)}. ` +
    'csat compares those who answered.'
  );
}

function percent(rate01: number): string {
  const value = rate01 * 100;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
}
