import type { Culprit, Suspect } from '#shared/model/detection.ts';
import type { Circumstances, PossibleCause } from './possible-cause.ts';
import { NONE_SCORE, onsetOf, scoreOf, type Finding } from './score.ts';
import { began, clock, reasonFor, whenWords } from './words.ts';

/** A list a person reads under stress. */
const MAX_SUSPECTS = 8;
/** A runner-up this near to the first is named beside it. */
const CLOSE_SHARE = 0.6;

type Ranked = {
  readonly cause: PossibleCause;
  readonly score: number;
  readonly finding: Finding;
};

/**
 * Ranks what changed by time (distance to the dated onset), reach (does what it touched match what got worse) and effect (the comparison
 * rules out what both versions share; both versions worse rules out what only one has). `weight01` is a share of all scores with a fixed
 * one for "none of these": good for an order, not a probability of guilt. A change after the latest possible onset weighs 0 and stays in
 * the list with that reason, because somebody will suspect it.
 */
export function rankSuspects(given: Circumstances & { readonly changes: readonly PossibleCause[] }): Culprit {
  const { changes } = given;
  // 'all' is every cohort, stratified: it singles none out.
  const isOne = (cohort: string) => cohort !== 'all';
  const input = {
    ...given,
    affectedCohorts: given.affectedCohorts.filter(isOne),
    cohorts: given.cohorts.filter(isOne),
  };
  const ranked = changes
    .map((cause): Ranked => ({ cause, ...scoreOf(cause, input, changes) }))
    .toSorted(
      (a, b) => b.score - a.score || b.cause.atMs - a.cause.atMs || compare(a.cause.what, b.cause.what),
    );
  const total = ranked.reduce((sum, { score }) => sum + score, NONE_SCORE);
  const suspects = ranked.slice(0, MAX_SUSPECTS).map(({ cause, score, finding }): Suspect => ({
    kind: cause.kind,
    what: cause.what,
    atMs: cause.atMs,
    by: cause.by,
    source: cause.source,
    weight01: score / total,
    reason: reasonFor(cause, finding, input, changes),
  }));
  const [first, second] = ranked;
  const isUnexplained = !first || first.score < NONE_SCORE;
  const sentence = isUnexplained ? unexplained(input, ranked) : explained(input, first, second);
  return { suspects, isUnexplained, sentence: `${sentence}${missing(input)}` };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function explained(
  known: Circumstances & { readonly changes: readonly PossibleCause[] },
  first: Ranked,
  second: Ranked | undefined,
): string {
  const by = first.cause.by === null ? '' : ` (by ${first.cause.by})`;
  const reason = reasonFor(first.cause, first.finding, known, known.changes);
  const also =
    second && second.score >= CLOSE_SHARE * first.score
      ? ` Close behind: ${second.cause.what}${second.cause.by === null ? '' : ` (by ${second.cause.by})`}.`
      : '';
  return `Most likely${by}: ${reason}${also}`;
}

/** The mission's triage list, in the order in which the evidence makes each likely. */
function unexplained(known: Circumstances, ranked: readonly Ranked[]): string {
  const { alarm, candidate, control, bothArmsWorse } = known;
  const nearest = ranked
    .filter(({ finding }) => finding !== 'too-late')
    .toSorted((a, b) => b.cause.atMs - a.cause.atMs)[0];
  const near = nearest
    ? ` The nearest before it came ${whenWords(nearest.cause, known)}: ${nearest.cause.what}.`
    : ' Nothing is known to have changed before it.';
  if (alarm.signal === 'split') {
    return (
      `No change of yours explains the split.${near} Check next: workers that still hold an old flag value, requests that reach ` +
      `${candidate} past the flag, and conversations without a version.`
    );
  }
  const dated = known.onset ? ` (about ${clock(onsetOf(known).aboutMs)})` : '';
  const fits =
    alarm.basis === 'none' && known.onset === null
      ? 'the hour before it was declared'
      : `the time at which ${began(alarm.signal)}${dated} and the conversations that got worse`;
  const intro = `No change of yours explains it: nothing fits ${fits}.${near}`;
  if (alarm.basis === 'comparison' && bothArmsWorse !== true) {
    return (
      `${intro} Only ${candidate} got worse, so going back to ${control} still helps. ` +
      `Check next: what users ask since then that ${candidate} handles badly, the data and retrieval only ${candidate} uses, ` +
      'and changes outside the connected sources.'
    );
  }
  if (bothArmsWorse === true) {
    return (
      `${intro} ${control} got worse as well, so going back will not help by itself. Check next: the status page of the model ` +
      'provider, a model that changed behind its name, upstream data (queues, indexes, columns), deploys outside the connected sources.'
    );
  }
  if (alarm.basis === 'none') {
    return (
      `${intro} No figure has told ${candidate} and ${control} apart so far. Check next: the status page of the model provider, ` +
      'a model that changed behind its name, upstream data (queues, indexes, columns), and the conversations that were reported.'
    );
  }
  return (
    `${intro} There is no ${control} on the same traffic to compare with. Check next: the status page of the model provider, ` +
    'a model that changed behind its name, upstream data (queues, indexes, columns), what users ask since then; ' +
    `some traffic on ${control} would tell whether it is ${candidate}.`
  );
}

function missing({ unread }: Circumstances): string {
  return unread.length === 0 ? '' : ` Not read, so a change may be missing: ${unread.join('; ')}.`;
}
