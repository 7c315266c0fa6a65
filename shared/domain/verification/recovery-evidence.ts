import { slowEvidence } from '../recovery/band.ts';
import { poissonUpperLimit } from '../recovery/poisson.ts';
import { fisherExact } from '../detection/rates.ts';

/** Verdicts are given at this evidence: each wrong one has a probability of at most 1 in 20, however often one looks. */
export const EVIDENCE_LINE = 20;

export type Counts = { readonly conversations: number; readonly events: number };

export type RecoveryEvidence = {
  readonly baseline01: number;
  readonly incident01: number;
  /** Geometric mean of the two: below it counts as recovered. */
  readonly margin01: number;
  /** E-values: evidence that the rate is back, that it is not, and that it is no longer at the incident's level. */
  readonly recovered: number;
  readonly notRecovered: number;
  readonly belowIncident: number;
  /** Conversations that a full recovery needs in all, and how many are still to come. */
  readonly needed: number;
  readonly moreNeeded: number;
  /** The incident never raised this signal: there is nothing to come back from. */
  readonly wasRaised: boolean;
};

/**
 * A rise counts as one from here on: smaller ratios can hardly be told from none (specification, section 3.6), and what chance alone brings about
 * must not become a level to come back from.
 */
const RAISED_RATIO = 1.19;
const RAISED_SIGMA = 2;
/** A baseline on fewer events than this is taken at its upper 90 % limit before anything is called "not recovered" (section 7). */
const FIRM_EVENTS = 50;

/**
 * The two small e-processes of section 8.2 over what started after the drain. `conversations` may be fractional: a conversation
 * too young to have been reported counts for the part of it that would have been by now.
 */
export function recoveryEvidence(baseline: Counts, incident: Counts, since: Counts): RecoveryEvidence {
  return recoveryBetween(baseline, incident)(since);
}

/** The same for many looks at one recovery: what only depends on the time before the flip is worked out once. */
export function recoveryBetween(baseline: Counts, incident: Counts): (since: Counts) => RecoveryEvidence {
  const baseline01 = smoothed(baseline);
  const seen01 = smoothed(incident);
  const wasRaised =
    seen01 > RAISED_RATIO * baseline01 && fisherExact(incident, baseline).sigma >= RAISED_SIGMA;
  // Without a rise the question is whether it has doubled: the smallest regression worth a name. Where the baseline is too high to
  // double, half of what is left stands for it, so that the incident's level always lies above the baseline.
  const incident01 = wasRaised ? seen01 : Math.min((1 + baseline01) / 2, 2 * baseline01);
  const margin01 = Math.sqrt(baseline01 * incident01);
  const perConversation = divergence(baseline01, margin01);
  const line = Math.log(EVIDENCE_LINE);
  // Against "at or below the margin", with the baseline as high as the data allows. It may itself have been as high as the incident:
  // then nothing can be told apart.
  const high01 = highBaseline01(baseline);
  const bad01 = wasRaised ? seen01 : Math.min(0.98, 2 * high01);
  const isTold = bad01 > RAISED_RATIO * high01;
  const recovered = logRatioOf(baseline01, margin01);
  const not = logRatioOf(bad01, Math.sqrt(high01 * bad01));
  const below = logRatioOf(baseline01, incident01);
  return (since) => {
    const logRecovered = recovered(since);
    return {
      baseline01,
      incident01,
      margin01,
      recovered: bounded(logRecovered),
      notRecovered: isTold ? bounded(not(since)) : 1,
      belowIncident: bounded(below(since)),
      needed: Math.ceil(line / perConversation),
      moreNeeded: Math.ceil(Math.max(0, line - logRecovered) / perConversation),
      wasRaised,
    };
  };
}

/** The baseline as high as the data allows: itself on 50 events and more, else its upper 90 % limit. */
function highBaseline01(baseline: Counts): number {
  if (baseline.events >= FIRM_EVENTS) return smoothed(baseline);
  const limit01 = poissonUpperLimit(Math.round(baseline.events), 0.95) / (baseline.conversations + 1);
  return Math.max(smoothed(baseline), Math.min(0.49, limit01));
}

/** Evidence that the events since the drain come at twice the baseline and more: recovery is slower than expected from 20 on. */
export function slowSinceDrain(baseline: Counts, since: Counts): number {
  return slowEvidence([{ events: since.events, expected: highBaseline01(baseline) * since.conversations }]);
}

/** The rate as a fraction, never exactly 0 or 1: half an event is added (Jeffreys). */
export function smoothed({ conversations, events }: Counts): number {
  return Math.min(0.99, (events + 0.5) / (conversations + 1));
}

/** ln of the likelihood of counts under `p` over that under `q`. */
function logRatioOf(p: number, q: number): (counts: Counts) => number {
  const perEvent = Math.log(p / q);
  const perOther = Math.log((1 - p) / (1 - q));
  return ({ conversations, events }) => events * perEvent + Math.max(0, conversations - events) * perOther;
}

/** Kullback-Leibler divergence of two Bernoulli rates. */
export function divergence(p: number, q: number): number {
  return p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
}

function bounded(logValue: number): number {
  return Math.exp(Math.min(690, Math.max(-690, logValue)));
}

/**
 * How many conversations count when reports arrive late: each bucket weighs the share of its events that would have been reported by
 * now. `lagsMs` are start-to-report times; with fewer than 20 everything counts.
 */
export function matureConversations(
  buckets: readonly { readonly ageMs: number; readonly conversations: number }[],
  lagsMs: readonly number[],
): number {
  const sorted = lagsMs.filter((lag) => Number.isFinite(lag) && lag >= 0).toSorted((a, b) => a - b);
  const reported01 = (ageMs: number) => {
    if (sorted.length < 20) return 1;
    return sorted.filter((lag) => lag <= ageMs).length / sorted.length;
  };
  return buckets.reduce((sum, bucket) => sum + bucket.conversations * reported01(bucket.ageMs), 0);
}
