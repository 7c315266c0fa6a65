import { z } from 'zod';
import type { ArmId } from '#shared/domain/detection/kind.ts';

/** What a source says was counted in one arm from the anchor until now. Fractions are normal (extrapolation); null = no such series. */
export type Counted = {
  readonly numerator: number | null;
  readonly denominator: number | null;
  readonly sumSquares: number | null;
};

const given = z.object({ numerator: z.number(), denominator: z.number(), sumSquares: z.number() });

/**
 * The account of one cohort of one signal. All counts are cumulative from `anchorMs`, so that an event that falls between two scrapes
 * is never lost and one is never counted twice, whatever a single minute's extrapolation makes of it.
 */
export const metricLedgerSchema = z.object({
  anchorMs: z.number(),
  /** End of the newest minute that was given. */
  givenToMs: z.number(),
  /** What was given so far, and what was there before the first minute. */
  given: z.object({ candidate: given, control: given }),
  /** Whether events have ever been counted. A counter is born with its first event; from then on its absence is a fault. */
  isBorn: z.object({ candidate: z.boolean(), control: z.boolean() }),
  /** A counter went stale: what follows is begun anew, for one arm may have counted meanwhile what the other lost. */
  isBroken: z.boolean(),
});
export type MetricLedger = z.infer<typeof metricLedgerSchema>;
type Given = z.infer<typeof given>;

/** A rate: whole conversations and events. */
type RateStep = { readonly conversations: number; readonly events: number };
/** csat: ratings may be fractions of a rating. */
export type ScoreStep = { readonly ratings: number; readonly sum: number; readonly sumSquares: number };

const ARMS = ['candidate', 'control'] as const satisfies readonly ArmId[];
/** A cumulative count that falls by more than this was reset by the source; by less, it is extrapolated differently. */
const RESET_SHARE01 = 0.1;
const ROUNDING = 1e-6;
/** Scores are 0..100. */
const MAX_SCORE = 100;

/** Events were counted. A zero alone proves no counter: a template may say `or vector(0)`. */
function bornBy(
  counted: Readonly<Record<ArmId, Counted>>,
  before: MetricLedger['isBorn'],
): MetricLedger['isBorn'] {
  const isBorn = (arm: ArmId) => before[arm] || (counted[arm].numerator ?? 0) > 0;
  return { candidate: isBorn('candidate'), control: isBorn('control') };
}

/** Without sums of squares the largest that scores of 0..100 with this sum can have (Bhatia and Davis 2000). */
function figuresOf({ numerator, denominator, sumSquares }: Counted): Given {
  const sum = numerator ?? 0;
  return { numerator: sum, denominator: denominator ?? 0, sumSquares: sumSquares ?? sum * MAX_SCORE };
}

/** Begins an account: what was counted until `minuteMs` is not given. `isBorn`: counters of events that are known to have been there. */
export function beginLedger(
  anchorMs: number,
  minuteMs: number,
  counted: Readonly<Record<ArmId, Counted>>,
  isBorn: MetricLedger['isBorn'],
): MetricLedger {
  return {
    anchorMs,
    givenToMs: minuteMs,
    given: { candidate: figuresOf(counted.candidate), control: figuresOf(counted.control) },
    isBorn: bornBy(counted, isBorn),
    isBroken: false,
  };
}

function isReset(now: Given, before: Given): boolean {
  const fell = (was: number, is: number) => is < was - Math.max(1, RESET_SHARE01 * was);
  return fell(before.denominator, now.denominator) || fell(before.numerator, now.numerator);
}

/** Every account that goes on: later, and counters once born stay so. */
function movedOn(
  ledger: MetricLedger,
  minuteMs: number,
  counted: Readonly<Record<ArmId, Counted>>,
  nowGiven: MetricLedger['given'],
): MetricLedger {
  return {
    anchorMs: ledger.anchorMs,
    givenToMs: minuteMs,
    given: nowGiven,
    isBorn: bornBy(counted, ledger.isBorn),
    isBroken: ledger.isBroken,
  };
}

/** Where a source was reset in one arm the minute is lost for both: what one of them counted in it is not known. */
function lostMinute(
  ledger: MetricLedger,
  minuteMs: number,
  counted: Readonly<Record<ArmId, Counted>>,
): MetricLedger | null {
  const now = { candidate: figuresOf(counted.candidate), control: figuresOf(counted.control) };
  if (!ARMS.some((arm) => isReset(now[arm], ledger.given[arm]))) return null;
  return movedOn(ledger, minuteMs, counted, now);
}

/** What is whole is given; the rest stays owed, and so does an event whose conversation was not given yet. */
function rateStep(before: Given, now: Given): RateStep {
  const whole = (until: number, from: number) => Math.max(0, Math.floor(until - from + ROUNDING));
  const conversations = whole(now.denominator, before.denominator);
  return { conversations, events: Math.min(conversations, whole(now.numerator, before.numerator)) };
}

/** The minute that ends at `minuteMs` of a rate; null where it was lost. Over time the steps add up to what was counted. */
export function takeRates(
  ledger: MetricLedger,
  minuteMs: number,
  counted: Readonly<Record<ArmId, Counted>>,
): { readonly ledger: MetricLedger; readonly steps: Readonly<Record<ArmId, RateStep>> | null } {
  const lost = lostMinute(ledger, minuteMs, counted);
  if (lost) return { ledger: lost, steps: null };
  const stepOf = (arm: ArmId) => rateStep(ledger.given[arm], figuresOf(counted[arm]));
  const steps = { candidate: stepOf('candidate'), control: stepOf('control') };
  const after = (arm: ArmId): Given => ({
    ...ledger.given[arm],
    numerator: ledger.given[arm].numerator + steps[arm].events,
    denominator: ledger.given[arm].denominator + steps[arm].conversations,
  });
  const nowGiven = { candidate: after('candidate'), control: after('control') };
  return { ledger: movedOn(ledger, minuteMs, counted, nowGiven), steps };
}

/** Less than one rating is left for later: extrapolation alone makes such crumbs. Sums stay within what scores of 0..100 can have. */
function scoreStep(before: Given, now: Given): ScoreStep {
  const ratings = now.denominator - before.denominator;
  if (ratings < 1) return { ratings: 0, sum: 0, sumSquares: 0 };
  const sum = Math.min(MAX_SCORE * ratings, Math.max(0, now.numerator - before.numerator));
  const squares = now.sumSquares - before.sumSquares;
  return { ratings, sum, sumSquares: Math.min(MAX_SCORE * sum, Math.max((sum * sum) / ratings, squares)) };
}

/** The minute that ends at `minuteMs` of csat; null where it was lost. */
export function takeScores(
  ledger: MetricLedger,
  minuteMs: number,
  counted: Readonly<Record<ArmId, Counted>>,
): { readonly ledger: MetricLedger; readonly steps: Readonly<Record<ArmId, ScoreStep>> | null } {
  const lost = lostMinute(ledger, minuteMs, counted);
  if (lost) return { ledger: lost, steps: null };
  const stepOf = (arm: ArmId) => scoreStep(ledger.given[arm], figuresOf(counted[arm]));
  const steps = { candidate: stepOf('candidate'), control: stepOf('control') };
  const after = (arm: ArmId): Given => (steps[arm].ratings > 0 ? figuresOf(counted[arm]) : ledger.given[arm]);
  const nowGiven = { candidate: after('candidate'), control: after('control') };
  return { ledger: movedOn(ledger, minuteMs, counted, nowGiven), steps };
}

/**
 * The same account from a later anchor: what is owed stays owed, what extrapolation made too much of is written off. `counted` from the old
 * and `recounted` from the new anchor, both until now.
 */
export function moveAnchor(
  ledger: MetricLedger,
  anchorMs: number,
  counted: Readonly<Record<ArmId, Counted>>,
  recounted: Readonly<Record<ArmId, Counted>>,
): MetricLedger {
  const moved = (arm: ArmId): Given => {
    const from = figuresOf(counted[arm]);
    const to = figuresOf(recounted[arm]);
    const owed = (figure: keyof Given) => Math.max(0, from[figure] - ledger.given[arm][figure]);
    return {
      numerator: to.numerator - owed('numerator'),
      denominator: to.denominator - owed('denominator'),
      sumSquares: to.sumSquares - owed('sumSquares'),
    };
  };
  return { ...ledger, anchorMs, given: { candidate: moved('candidate'), control: moved('control') } };
}
