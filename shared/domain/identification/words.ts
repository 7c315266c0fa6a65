import type { StreamId } from '#shared/model/detection.ts';
import { assertNever } from '#shared/lib/assert-never.ts';
import type { Circumstances, PossibleCause } from './possible-cause.ts';
import { CLOCK_SKEW_MS, distanceFrom, exposureStep, onlyCohort, onsetOf, type Finding } from './score.ts';

/** How the beginning of each kind of harm is called. */
const BEGAN: Record<StreamId | 'split', string> = {
  complaints: 'the complaints began',
  csat: 'csat began to fall',
  safety: 'the safety trips began',
  downstream: 'the downstream errors began',
  fallback: 'the fallbacks began',
  escalation: 'the escalations began',
  correction: 'the manual corrections began',
  split: 'the split went off',
};

/** "40 s", "2 min", "3 h 20 min", "12 days" */
export function span(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

export function percent(share01: number): string {
  return `${Math.round(share01 * 1000) / 10} %`;
}

/** "14:03" in UTC. */
export function clock(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 16)} UTC`;
}

/** "the complaints began" */
export const began = (signal: StreamId | 'split') => BEGAN[signal];

/** When a change came, seen from the beginning of the harm. */
export function whenWords(cause: PossibleCause, known: Circumstances): string {
  const onset = onsetOf(known);
  const harm = began(known.alarm.signal);
  const between = `between ${clock(onset.earliestMs)} and ${clock(onset.latestMs)}`;
  if (cause.atMs > onset.latestMs + CLOCK_SKEW_MS) {
    return `${span(cause.atMs - onset.latestMs)} after the latest time at which ${harm}`;
  }
  if (known.onset === null) {
    const until = known.alarm.basis === 'none' ? 'it was declared' : 'the alarm';
    return `${span(known.alarm.atMs - cause.atMs)} before ${until}`;
  }
  if (cause.atMs > onset.aboutMs) return `at about the time ${harm} (${between})`;
  return `${span(onset.aboutMs - cause.atMs)} before ${harm}`;
}

/** One sentence with its numbers: what, when, and what speaks for or against it. */
export function reasonFor(
  cause: PossibleCause,
  finding: Finding,
  known: Circumstances,
  all: readonly PossibleCause[],
): string {
  const exposed = exposureStep(cause, distanceFrom(known), all);
  const share = exposed?.cause.share;
  const since =
    exposed && share
      ? `, and its share rose to ${percent(share.to01)} ${whenWords(exposed.cause, known)}`
      : '';
  return `${cause.what} ${whenWords(cause, known)}${since}${evidence(cause, finding, known)}.`;
}

function evidence(cause: PossibleCause, finding: Finding, known: Circumstances): string {
  const { candidate, control, affectedWorkers } = known;
  const stood =
    known.bothArmsWorse === false
      ? `${control}, on the same traffic, did not move`
      : `${control}, on the same traffic, did better`;
  const where = onlyCohort(known) ?? (known.affectedCohorts.join(', ') || 'every cohort');
  switch (finding) {
    case 'too-late':
      return ': too late to be the cause';
    case 'split-rule':
      return `; it decides who gets ${candidate}`;
    case 'split-not-ruled':
      return `, but it does not decide who gets ${candidate}`;
    case 'over-before':
      return `, but was over ${span(onsetOf(known).earliestMs - (cause.untilMs ?? 0))} before the earliest time at which ${began(known.alarm.signal)}`;
    case 'share-fell':
      return `, but that took traffic away from ${candidate}`;
    case 'only-candidate-worse':
      return `; ${stood}`;
    case 'only-candidate-worse-but-shared':
      return `, but it reaches ${control} as well, and ${stood}`;
    case 'both-worse-and-shared':
      return `; it reaches both versions, and both got worse`;
    case 'both-worse-but-not-shared':
      return `, but ${control}, which it does not reach, got worse as well`;
    case 'not-told-apart':
      return `; no figure has told ${candidate} and ${control} apart so far, so only the time speaks for it`;
    case 'no-control':
      return `; there is no ${control} on the same traffic to compare with, so only the time speaks for it`;
    case 'no-control-shared':
      return `; without ${control} on the same traffic it cannot be told from a fault of ${candidate}`;
    case 'control-changed':
      return `, but it changed ${control}: it can explain a difference, not that ${candidate} got worse`;
    case 'right-cohort':
      return `; it reached ${where} alone, and ${where} is where it got worse`;
    case 'wrong-cohort':
      return `, but it reached ${reachedCohort(cause)} alone, and it got worse in ${where}`;
    case 'wide-but-one-cohort':
      return `; ${stood}, though only ${where} got worse and it reached every cohort`;
    case 'one-cohort-but-wide':
      return `, but it reached ${reachedCohort(cause)} alone, and it got worse in ${where}`;
    case 'right-workers':
      return `; the workers that got worse (${affectedWorkers.join(', ')}) are among those it reached`;
    case 'wrong-workers':
      return `, but it did not reach the workers that got worse (${affectedWorkers.join(', ')})`;
    case 'workers-unknown':
      return ', but it reached only some workers, and whether those are the bad ones is not known';
    case 'neighbour-same-flag':
      return '; it is behind the same flag, so the comparison cannot tell the two apart and the killswitch takes both back';
    case 'neighbour-but-compared':
      return `, but it reaches ${candidate} and ${control} alike, and ${stood}`;
    case 'neighbour':
      return '; it can reach this prompt through what they share';
    default:
      return assertNever(finding, 'finding');
  }
}

function reachedCohort({ reaches }: PossibleCause): string {
  return reaches.kind === 'cohort' ? reaches.cohort : 'one cohort';
}
