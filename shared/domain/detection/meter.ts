import type { Basis, MeterReading, StreamId } from '#shared/model/detection.ts';
import { TICK_MS, type HistoryRate } from './kind.ts';
import {
  rateGrowth,
  rateGrowthAgainstHistory,
  scoreGrowth,
  scoreGrowthAgainstHistory,
  type Growth,
} from './meter-growth.ts';
import { LATER, LAUNCH, PERIOD_TICKS, TAU_TICKS } from './onset-weights.ts';

/** One stream as it stands: what the honest meter works from. */
export type MeterInput = {
  readonly signal: StreamId;
  readonly cohort: string;
  readonly basis: Basis;
  /** Evidence at which the stream alarms: its page line (canaries: its watch line). */
  readonly line: number;
  /** Its evidence now. */
  readonly evidence: number;
  readonly nowMs: number;
  /** Beginning of the detector's period: the candidate's launch, or its last restart. */
  readonly launchedAtMs: number;
  /** The candidate's share of this cohort's conversations at present; null = not known. */
  readonly candidateShare01: number | null;
  /** This cohort's conversations, all versions; null = not known. */
  readonly conversationsPerHour: number | null;
  /** The candidate's conversations in this cohort since `launchedAtMs`. */
  readonly candidateConversations: number;
  /** Rates: what is normal (`baselineRate01`). Null = not known; unused for csat. */
  readonly baseline01: number | null;
  /** csat: how scores scatter and how often they are given; null = not known; unused for rates. */
  readonly scores: { readonly sdPoints: number; readonly response01: number } | null;
  readonly isFrozen: boolean;
};

/** Why nothing more can be learned about a candidate that was rolled back, or is not served yet. */
export const NO_CANDIDATE_TRAFFIC = 'the candidate gets no traffic';

/** Overshoot and the price of betting on several ratios at once, in ln (specification, section 3.8). */
const OVERHEAD = 1.8;
/** From this evidence on that price is paid. */
const PAID_EVIDENCE = 10;
const TICKS_PER_HOUR = 360;
const BLOCK_UNITS = 20;
/** Weight of the later starts in the onset mixture, per unit of ln(age + tau). */
const SPREAD_STAKE = LATER / Math.log(1 + PERIOD_TICKS / TAU_TICKS);
/** A rate is known from this many events on. */
const MIN_EVENTS = 5;
/** csat: drops in points where the rates have 2x and 4x. */
const DROPS = [2, 5] as const;

/**
 * What this stream could see at present traffic and split: the smallest change that would page within 5 and 60 minutes, and how long a
 * 2x or 4x change would take (csat: drops of 2 and 5 points). Expected values; the median is somewhat shorter.
 */
export function meterReading(input: MeterInput): MeterReading {
  const unknownBecause = obstacle(input);
  const { signal, cohort } = input;
  if (unknownBecause !== null) {
    return {
      signal,
      cohort,
      smallestIn5Min: null,
      smallestIn60Min: null,
      minutesTo2x: null,
      minutesTo4x: null,
      until2xMin: null,
      until4xMin: null,
      blindUntilMs: null,
      unknownBecause,
    };
  }
  const [small, large] = signal === 'csat' ? DROPS : [2, 4];
  const until4xMin = minutesLeft(input, large);
  return {
    signal,
    cohort,
    smallestIn5Min: smallestWithin(input, 5),
    smallestIn60Min: smallestWithin(input, 60),
    minutesTo2x: minutesToSee(input, small),
    minutesTo4x: minutesToSee(input, large),
    until2xMin: minutesLeft(input, small),
    until4xMin,
    blindUntilMs: until4xMin !== null && until4xMin > 0 ? input.nowMs + until4xMin * 60_000 : null,
    unknownBecause: null,
  };
}

/** What is normal: the control's own rate once it shows events, else the history's. Null = nobody knows. */
export function baselineRate01(
  control: { readonly units: number; readonly events: number },
  history: HistoryRate | null,
): number | null {
  if (control.events >= MIN_EVENTS && control.units > 0) return Math.min(1, control.events / control.units);
  return history && history.rate01 > 0 ? history.rate01 : null;
}

function obstacle(input: MeterInput): string | null {
  const { conversationsPerHour, candidateShare01, basis, signal, baseline01, scores } = input;
  if (input.isFrozen) return 'its figures are not coming in';
  if (!Number.isFinite(input.line))
    return 'it has no alarm budget of its own: it counts in all cohorts together';
  if (conversationsPerHour === null) return 'the traffic is not known';
  if (!(conversationsPerHour > 0)) return 'there is no traffic';
  if (candidateShare01 === null) return "the candidate's share is not known";
  if (!(candidateShare01 > 0)) return NO_CANDIDATE_TRAFFIC;
  if (basis === 'comparison' && candidateShare01 >= 1)
    return 'nobody runs the control: nothing to compare with';
  if (signal === 'csat') {
    if (!scores || !(scores.sdPoints > 0)) return 'too few ratings yet to know how they scatter';
    return scores.response01 > 0 ? null : 'nobody answers';
  }
  if (baseline01 !== null && baseline01 > 0 && baseline01 < 1) return null;
  return basis === 'history'
    ? 'too few events in its past yet to know what is normal'
    : 'too few events on the control yet to know what is normal';
}

/** Growth of the evidence under a change: a ratio, or a drop in points. */
function growthOf(input: MeterInput, change: number): Growth | null {
  const { basis } = input;
  const share01 = input.candidateShare01 ?? 0;
  if (input.signal === 'csat') {
    const scores = { ...(input.scores ?? { sdPoints: 0, response01: 0 }), dropPoints: change };
    return basis === 'comparison' ? scoreGrowth({ ...scores, share01 }) : scoreGrowthAgainstHistory(scores);
  }
  const before01 = input.baseline01 ?? 0;
  const after01 = Math.min(1, change * before01);
  return basis === 'comparison'
    ? rateGrowth({ share01, before01, after01 })
    : rateGrowthAgainstHistory({ before01, after01 });
}

/** Candidate conversations per hour. */
function paceOf({ candidateShare01, conversationsPerHour }: MeterInput): number {
  return (candidateShare01 ?? 0) * (conversationsPerHour ?? 0);
}

/** An alarm comes at the end of a block: on average half a block (at least half a tick) later than its data. */
function toMinutes(input: MeterInput, conversations: number): number {
  const units = input.signal === 'csat' ? (input.scores?.response01 ?? 1) : 1;
  const block = BLOCK_UNITS / (units * (input.conversationsPerHour ?? 1));
  const wait = Math.max(1 / TICKS_PER_HOUR, input.basis === 'comparison' ? block : 1 / 60) / 2;
  return (conversations / paceOf(input) + wait) * 60;
}

/** Expected minutes until a change that begins now alarms; null = never. */
export function minutesToSee(input: MeterInput, change: number): number | null {
  const growth = growthOf(input, change);
  if (growth === null) return null;
  const fromNow = logToGo(input, growth);
  return toMinutes(input, Math.max(0, fromNow) / growth.gain);
}

/** Expected minutes from now until a change that was there since launch would have alarmed; 0 = it would have. */
function minutesLeft(input: MeterInput, change: number): number | null {
  const growth = growthOf(input, change);
  if (growth === null) return null;
  const { line, evidence } = input;
  const sinceLaunch =
    input.basis === 'comparison'
      ? Math.log(line) + OVERHEAD
      : Math.log(line) + Math.log(growth.bets) - Math.log(Math.max(1, perMinute(input, growth).rise));
  const total = Math.max(0, sinceLaunch) / growth.gain;
  const leaning =
    evidence > PAID_EVIDENCE ? Math.max(0, Math.log(line) - Math.log(evidence)) / growth.gain : Infinity;
  const conversations = Math.min(Math.max(0, total - input.candidateConversations), leaning);
  return conversations > 0 ? toMinutes(input, conversations) : 0;
}

/**
 * How far ln evidence has to rise when a change begins now. What is staked on "since launch" has melted while nothing was wrong; what
 * works for a later start is the stake on the starts shortly before (not melted yet) and shortly after it.
 */
function logToGo(input: MeterInput, growth: Growth): number {
  const { line, evidence } = input;
  const leaning = evidence > PAID_EVIDENCE ? Math.log(line / evidence) : Infinity;
  if (input.basis === 'history') {
    const { rise, fall } = perMinute(input, growth);
    return Math.min(leaning, Math.log(line) + Math.log(growth.bets) - Math.log(Math.max(1, rise + fall)));
  }
  const perTick = paceOf(input) / TICKS_PER_HOUR;
  const age = Math.max(0, (input.nowMs - input.launchedAtMs) / TICK_MS);
  const launch = LAUNCH * Math.exp(-growth.cost * input.candidateConversations);
  const before = Math.min(age, 1 / (growth.cost * perTick));
  const after = 1 / (growth.gain * perTick);
  const later =
    SPREAD_STAKE *
    (Math.log((age + TAU_TICKS) / (age - before + TAU_TICKS)) + Math.log(1 + after / (age + TAU_TICKS)));
  const stake = Math.max(LAUNCH * (evidence - 1), Math.min(LAUNCH, launch + later));
  return Math.min(leaning, Math.log(line) + OVERHEAD + Math.log(LAUNCH / stake));
}

/** Against history a new bet starts every minute: how many of them are alive, rising with the change and not yet fallen before it. */
function perMinute(input: MeterInput, growth: Growth): { readonly rise: number; readonly fall: number } {
  const pace = paceOf(input) / 60;
  return { rise: 1 / (growth.gain * pace), fall: 1 / (Math.max(1e-9, growth.cost) * pace) };
}

/** Smallest ratio (csat: drop in points) that would alarm within so many minutes; null = not even the largest possible. */
function smallestWithin(input: MeterInput, minutes: number): number | null {
  const isSeen = (change: number) => (minutesToSee(input, change) ?? Infinity) <= minutes;
  let low = input.signal === 'csat' ? 0 : 1;
  let high = input.signal === 'csat' ? 100 : 1 / (input.baseline01 ?? 1);
  if (!isSeen(high)) return null;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (isSeen(middle)) high = middle;
    else low = middle;
  }
  return high;
}
