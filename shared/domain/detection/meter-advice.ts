import type { MeterAdvice } from '#shared/model/detection.ts';
import { meterReading, type MeterInput } from './meter.ts';

/** Who sees a 4x change (csat: a drop of 5 points) within this needs no advice: it is the target for detection. */
const SOON_ENOUGH_MIN = 5;
/** An advice that saves less than this part of the wait is none. */
const TRUE_GAIN = 0.8;
const NEARLY = 1.5;
/** Usual ramp steps; past half the control is what is missing. */
const STEPS = [0.1, 0.25, 0.5];
/** A graded sample that shifts by d standard deviations needs about 2 x 8.4 / d^2 candidate conversations (specification, section 11). */
const GRADED_SHIFT = 0.3;
const GRADED_CONVERSATIONS = (2 * 8.4) / GRADED_SHIFT ** 2;

const NAMES: Readonly<Record<MeterInput['signal'], string>> = {
  complaints: 'complaints',
  csat: 'csat',
  safety: 'safety trips',
  downstream: 'downstream errors',
  fallback: 'fallbacks',
  escalation: 'escalations',
  correction: 'manual corrections',
};

/**
 * What would let the cockpit see sooner, the largest gain first; only what saves at least a fifth of the wait. Judged on `main`, the stream
 * that matters most (a prompt's complaints over all cohorts); `cohorts` are the same signal in single cohorts. Empty = soon enough, or
 * nothing is known.
 */
export function meterAdvice(main: MeterInput, cohorts: readonly MeterInput[]): MeterAdvice[] {
  const now = waitOf(main);
  if (now === null || now <= SOON_ENOUGH_MIN) return [];
  const what = nameOf(main);
  const levers = [raiseShare(main, now), denserSignal(main, now), poolCohorts(main, now, cohorts)]
    .filter((advice) => advice !== null)
    .toSorted((a, b) => b.gain - a.gain)
    .map(({ advice }) => advice);
  if (levers.length > 0) return levers;
  const text = `Wait: ${what} would page in about ${inWords(now)} at present traffic; no change of share would make it much sooner.`;
  return [{ kind: 'wait', text, minutesTo4x: now }];
}

type Lever = { readonly advice: MeterAdvice; readonly gain: number };

/** The first usual step that is soon enough, else the first that is nearly as good as any: every step exposes more users. */
function raiseShare(main: MeterInput, now: number): Lever | null {
  const share = main.candidateShare01;
  if (main.basis !== 'comparison' || share === null) return null;
  const options = STEPS.filter((step) => step > share)
    .map((step) => ({ step, minutes: waitOf({ ...main, candidateShare01: step }) }))
    .filter((option): option is { step: number; minutes: number } => option.minutes !== null);
  const best = Math.min(...options.map(({ minutes }) => minutes));
  const chosen = options.find(({ minutes }) => minutes <= Math.max(SOON_ENOUGH_MIN, NEARLY * best));
  if (!chosen || chosen.minutes > TRUE_GAIN * now) return null;
  const text =
    `Raise the share to ${Math.round(chosen.step * 100)} %: ${nameOf(main)} would page in about ${inWords(chosen.minutes)} ` +
    `instead of ${inWords(now)}. More users meet the candidate until then.`;
  return {
    advice: { kind: 'raise-share', text, minutesTo4x: chosen.minutes },
    gain: now / chosen.minutes,
  };
}

/** A score on every conversation tells more than an event in few of them. */
function denserSignal(main: MeterInput, now: number): Lever | null {
  const share = main.candidateShare01 ?? 0;
  const pace = share * (main.conversationsPerHour ?? 0);
  if (!(pace > 0) || share >= 1) return null;
  const minutes = (GRADED_CONVERSATIONS / (1 - share) / pace) * 60;
  if (minutes > TRUE_GAIN * now) return null;
  const text =
    `Use a denser signal: a grade for every conversation that shifts by ${GRADED_SHIFT} of its spread would page in about ` +
    `${inWords(minutes)} instead of ${inWords(now)}.`;
  return { advice: { kind: 'denser-signal', text, minutesTo4x: minutes }, gain: now / minutes };
}

/** A cohort too small to see anything alone: together with the others it is seen, if they are hit as well. */
function poolCohorts(main: MeterInput, now: number, cohorts: readonly MeterInput[]): Lever | null {
  const slow = cohorts
    .map((cohort) => ({ name: cohort.cohort, minutes: waitOf(cohort) }))
    .filter((cohort): cohort is { name: string; minutes: number } => cohort.minutes !== null)
    .filter(({ minutes }) => now <= TRUE_GAIN * minutes)
    .toSorted((a, b) => b.minutes - a.minutes);
  const worst = slow[0];
  if (!worst || slow.length < 2) return null;
  const text =
    `Pool small cohorts: ${worst.name} alone needs about ${inWords(worst.minutes)} to show ${nameOf(main)}, all cohorts together ` +
    `${inWords(now)}. Fewer, larger cohorts leave more of the alarm budget to each.`;
  return { advice: { kind: 'pool-cohorts', text, minutesTo4x: now }, gain: worst.minutes / now };
}

function waitOf(input: MeterInput): number | null {
  return meterReading(input).minutesTo4x;
}

function nameOf({ signal }: MeterInput): string {
  return signal === 'csat' ? 'a csat drop of 5 points' : `a 4x rise in ${NAMES[signal]}`;
}

/** "40 s", "9 min", "2.5 h", "6 days" */
export function inWords(minutes: number): string {
  if (minutes < 1.5) return `${Math.max(10, Math.round(minutes * 6) * 10)} s`;
  if (minutes < 90) return `${Math.round(minutes)} min`;
  if (minutes < 10 * 60) return `${(minutes / 60).toFixed(1)} h`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440).toLocaleString('en')} days`;
}
