import type { Onset } from '#shared/model/detection.ts';
import { assertNever } from '#shared/lib/assert-never.ts';
import type { Circumstances, PossibleCause } from './possible-cause.ts';

/** Clocks of different systems differ by up to this much, so that a cause may be stamped a little after its effect. */
export const CLOCK_SKEW_MS = 60_000;
/** A change this long before the earliest possible onset counts half. */
const HALF_TIME_MS = 10 * 60_000;
/** What an onset that was not dated is taken to be: some time in the hour before the alarm. */
const UNDATED_MS = 60 * 60_000;
/** A version that has been there for long counts this much where its share rose at the right time: the step counts more. */
const RE_EXPOSED = 0.6;
/** What "none of these" scores: a change below it explains nothing better than chance would. */
export const NONE_SCORE = 0.1;

/**
 * How readily a change of this kind makes a prompt worse, all else being equal: a new text first, a deploy of other code last.
 * Judgement, not measurement; it only decides between changes that time and reach cannot tell apart.
 */
const KIND_WEIGHT: Record<PossibleCause['kind'], number> = {
  'prompt-version': 1,
  flag: 0.9,
  label: 0.9,
  model: 0.9,
  retrieval: 0.8,
  provider: 0.8,
  deploy: 0.7,
  other: 0.4,
};

/** Which relation between a change and the harm decided its score; the reason is written from it. */
export type Finding =
  | 'too-late'
  | 'split-rule'
  | 'split-not-ruled'
  | 'over-before'
  | 'share-fell'
  | 'only-candidate-worse'
  | 'only-candidate-worse-but-shared'
  | 'both-worse-and-shared'
  | 'both-worse-but-not-shared'
  | 'not-told-apart'
  | 'no-control'
  | 'no-control-shared'
  | 'control-changed'
  | 'right-cohort'
  | 'wrong-cohort'
  | 'wide-but-one-cohort'
  | 'one-cohort-but-wide'
  | 'right-workers'
  | 'wrong-workers'
  | 'workers-unknown'
  | 'neighbour-same-flag'
  | 'neighbour-but-compared'
  | 'neighbour';

export type Score = { readonly score: number; readonly finding: Finding };

/** The onset as dated, or the hour before the alarm. */
export function onsetOf({ onset, alarm }: Pick<Circumstances, 'onset' | 'alarm'>): Onset {
  return onset ?? { aboutMs: alarm.atMs, earliestMs: alarm.atMs - UNDATED_MS, latestMs: alarm.atMs };
}

/**
 * What the distance of a change is counted from: the onset. Declared by hand before any figure moved, it is when it was declared: that
 * it began within the hour says nothing between the changes of that hour, and what was there for long without harm is the less likely cause.
 */
export function distanceFrom(known: Pick<Circumstances, 'onset' | 'alarm'>): Onset {
  const onset = onsetOf(known);
  const isUndated = known.onset === null && known.alarm.basis === 'none';
  return isUndated ? { ...onset, earliestMs: onset.latestMs } : onset;
}

/**
 * Time x reach x kind, each 0..1: a ranking, no probability. Time: 1 inside the interval of the onset, halved every time the distance
 * before it grows by another 10 minutes' worth (hyperbolic, so that days still rank above weeks), 0 after it. Reach: does the population
 * the change touched match the one that got worse, and does the comparison rule it out?
 */
export function scoreOf(cause: PossibleCause, known: Circumstances, all: readonly PossibleCause[]): Score {
  const onset = onsetOf(known);
  const time = timeFactor(cause, distanceFrom(known), all);
  if (cause.atMs > onset.latestMs + CLOCK_SKEW_MS) return { score: 0, finding: 'too-late' };
  if (cause.untilMs !== null && cause.untilMs < onset.earliestMs - CLOCK_SKEW_MS) {
    return { score: time * 0.1 * KIND_WEIGHT[cause.kind], finding: 'over-before' };
  }
  const { factor, finding } = reachFactor(cause, known);
  return { score: time * factor * KIND_WEIGHT[cause.kind], finding };
}

function timeFactor(cause: PossibleCause, onset: Onset, all: readonly PossibleCause[]): number {
  const own = nearness(cause.atMs, cause.untilMs, onset);
  const step = exposureStep(cause, onset, all);
  return step ? RE_EXPOSED * step.nearness : own;
}

function nearness(atMs: number, untilMs: number | null, onset: Onset): number {
  if (atMs > onset.latestMs + CLOCK_SKEW_MS) return 0;
  if (atMs > onset.aboutMs) {
    // Inside the interval, but after the likeliest beginning.
    const width = Math.max(1, onset.latestMs + CLOCK_SKEW_MS - onset.aboutMs);
    return 1 - 0.5 * ((atMs - onset.aboutMs) / width);
  }
  // Trouble that lasted counts from its end, if it had ended by then.
  const reachedMs = untilMs === null ? atMs : Math.max(atMs, Math.min(untilMs, onset.earliestMs));
  const gapMs = Math.max(0, onset.earliestMs - reachedMs);
  return 1 / (1 + gapMs / HALF_TIME_MS);
}

/**
 * The rise of the candidate's share that makes an old version a suspect again: the one nearest to the onset after the version came.
 * Null where there is none, or where the version's own time says more.
 */
export function exposureStep(
  version: PossibleCause,
  onset: Onset,
  all: readonly PossibleCause[],
): { readonly cause: PossibleCause; readonly nearness: number } | null {
  if (version.kind !== 'prompt-version' || version.reaches.kind !== 'candidate') return null;
  const own = nearness(version.atMs, version.untilMs, onset);
  const steps = all
    .filter((other) => other.share !== null && other.atMs > version.atMs && isRise(other.share))
    .map((cause) => ({ cause, nearness: nearness(cause.atMs, null, onset) }))
    .filter((step) => RE_EXPOSED * step.nearness > own)
    .toSorted(
      (a, b) =>
        b.nearness - a.nearness ||
        b.cause.atMs - a.cause.atMs ||
        (b.cause.share?.to01 ?? 0) - (a.cause.share?.to01 ?? 0),
    );
  return steps[0] ?? null;
}

function isRise(share: NonNullable<PossibleCause['share']>): boolean {
  return share.to01 > (share.from01 ?? 0) + 1e-9;
}

function reachFactor(
  cause: PossibleCause,
  known: Circumstances,
): { readonly factor: number; readonly finding: Finding } {
  const { reaches, share } = cause;
  // Who gets which version is decided by the lever and by those who cache it: nothing else explains a wrong split.
  if (known.alarm.signal === 'split') {
    const isRule = cause.kind === 'flag' || cause.kind === 'label' || cause.kind === 'deploy';
    return isRule ? { factor: 1, finding: 'split-rule' } : { factor: 0.05, finding: 'split-not-ruled' };
  }
  if (share !== null && share.from01 !== null && share.to01 < share.from01 - 1e-9) {
    return { factor: 0.03, finding: 'share-fell' };
  }
  switch (reaches.kind) {
    case 'candidate':
      return candidateReach(known);
    case 'prompt':
      return sharedReach(known);
    case 'control':
      return known.alarm.basis === 'comparison'
        ? { factor: 0.3, finding: 'control-changed' }
        : { factor: 0.1, finding: 'control-changed' };
    case 'cohort':
      return cohortReach(reaches.cohort, known);
    case 'workers':
      return workerReach(reaches.workers, known);
    case 'neighbour':
      return neighbourReach(reaches.isOnSameFlag, known);
    default:
      return assertNever(reaches, 'reach');
  }
}

function candidateReach(known: Circumstances) {
  const { alarm, bothArmsWorse } = known;
  if (alarm.basis === 'history') {
    return bothArmsWorse === true
      ? { factor: 0.05, finding: 'both-worse-but-not-shared' as const }
      : { factor: 0.9, finding: 'no-control' as const };
  }
  if (alarm.basis === 'none') {
    return bothArmsWorse === true
      ? { factor: 0.05, finding: 'both-worse-but-not-shared' as const }
      : { factor: 0.9, finding: 'not-told-apart' as const };
  }
  // One cohort out of several would more readily come from something that touched only that one.
  const cohort = onlyCohort(known);
  return cohort !== null
    ? { factor: 0.6, finding: 'wide-but-one-cohort' as const }
    : { factor: 1, finding: 'only-candidate-worse' as const };
}

function sharedReach({ alarm, bothArmsWorse }: Circumstances) {
  if (bothArmsWorse === true) {
    // A comparison alarm on top says that the candidate is worse still: then this is only half of it.
    return alarm.basis === 'comparison'
      ? { factor: 0.4, finding: 'both-worse-and-shared' as const }
      : { factor: 1, finding: 'both-worse-and-shared' as const };
  }
  if (alarm.basis === 'none') return { factor: 0.9, finding: 'not-told-apart' as const };
  return alarm.basis === 'comparison'
    ? { factor: 0.02, finding: 'only-candidate-worse-but-shared' as const }
    : { factor: 0.9, finding: 'no-control-shared' as const };
}

/** The cohort in which alone it is worse, where that can be told. */
export function onlyCohort({ alarm, affectedCohorts, cohorts }: Circumstances): string | null {
  if (cohorts.length < 2) return null;
  const [one] = affectedCohorts;
  if (affectedCohorts.length === 1 && one !== undefined) return one;
  return affectedCohorts.length === 0 && alarm.cohort !== 'all' ? alarm.cohort : null;
}

function cohortReach(cohort: string, known: Circumstances) {
  const worse = onlyCohort(known);
  if (worse === cohort) return { factor: 1, finding: 'right-cohort' as const };
  if (worse !== null) return { factor: 0.02, finding: 'wrong-cohort' as const };
  const isOneOfThem = known.affectedCohorts.length === 0 || known.affectedCohorts.includes(cohort);
  return isOneOfThem
    ? { factor: 0.3, finding: 'one-cohort-but-wide' as const }
    : { factor: 0.02, finding: 'wrong-cohort' as const };
}

function workerReach(workers: readonly string[], known: Circumstances) {
  if (known.affectedWorkers.length === 0) {
    const { factor } = sharedReach(known);
    return { factor: 0.5 * factor, finding: 'workers-unknown' as const };
  }
  const shared = known.affectedWorkers.filter((worker) => workers.includes(worker)).length;
  const union = new Set([...workers, ...known.affectedWorkers]).size;
  return shared === 0
    ? { factor: 0.02, finding: 'wrong-workers' as const }
    : { factor: shared / union, finding: 'right-workers' as const };
}

function neighbourReach(isOnSameFlag: boolean, { alarm, bothArmsWorse }: Circumstances) {
  if (isOnSameFlag && bothArmsWorse !== true) return { factor: 0.7, finding: 'neighbour-same-flag' as const };
  if (alarm.basis === 'comparison' && bothArmsWorse !== true) {
    return { factor: 0.02, finding: 'neighbour-but-compared' as const };
  }
  return { factor: alarm.basis === 'comparison' ? 0.2 : 0.5, finding: 'neighbour' as const };
}
