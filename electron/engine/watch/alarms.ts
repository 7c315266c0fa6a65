import { alarmSentence, findFiring, holdFiring } from '#shared/domain/detection/alarm.ts';
import type { AlarmHold, Firing } from '#shared/domain/detection/alarm.ts';
import { PLAIN_LINES, RULE } from '#shared/domain/detection/rule.ts';
import type { Trigger } from '#shared/model/incident.ts';
import type { SignalComparison } from '#shared/model/signal.ts';

/** An alarm that is due: what it says, where the harm is worst, and what it rests on. */
export type DueAlarm = {
  readonly trigger: Trigger;
  /** The cohort to look at first: the one that fired, or the worst one when the pooled stream fired. */
  readonly cohort: string;
  readonly windowMs: number;
  readonly signals: SignalComparison[];
};

/** Remembers per prompt how long the rule has been met. */
export type AlarmWatch = {
  /** One tick's comparisons, over every window and cohort. Returns the alarm once it is due. */
  look(promptId: string, candidate: string, comparisons: readonly SignalComparison[]): DueAlarm | null;
  forget(promptId: string): void;
};

export function createAlarmWatch(): AlarmWatch {
  const holds = new Map<string, { candidate: string; hold: AlarmHold | null }>();
  return {
    look(promptId, candidate, comparisons) {
      const before = holds.get(promptId);
      const firing = findFiring(comparisons);
      const { hold, isDue } = holdFiring(before?.candidate === candidate ? before.hold : null, firing);
      holds.set(promptId, { candidate, hold });
      return firing && isDue ? dueAlarm(firing, comparisons) : null;
    },
    forget: (promptId) => void holds.delete(promptId),
  };
}

function dueAlarm(firing: Firing, comparisons: readonly SignalComparison[]): DueAlarm {
  const lead = firing.signals[0] ?? null;
  const overWindow = comparisons.filter(({ windowMs }) => windowMs === firing.windowMs);
  const worst = firing.cohort === 'all' && lead ? worstCohort(lead, overWindow) : null;
  const cohort = worst?.cohort ?? firing.cohort;
  const where =
    worst && worst.ratio !== null ? `; worst in ${worst.cohort} (${worst.ratio.toFixed(1)}x)` : '';
  return {
    trigger: {
      kind: 'incident',
      signal: lead?.signal ?? null,
      cohort: firing.cohort,
      sigma: lead?.sigma ?? null,
      ratio: lead?.ratio ?? null,
      sentence: `${alarmSentence(firing)}${where}`,
    },
    cohort,
    windowMs: firing.windowMs,
    signals: signalsFor(overWindow, cohort),
  };
}

/** The single cohort in which the leading signal is worst, if that is more than noise by itself. */
function worstCohort(
  lead: SignalComparison,
  comparisons: readonly SignalComparison[],
): SignalComparison | null {
  const candidates = comparisons.filter(
    ({ signal, cohort, sigma, candidate }) =>
      signal === lead.signal &&
      cohort !== 'all' &&
      (sigma ?? 0) >= PLAIN_LINES.watch &&
      (candidate?.kind !== 'rate' || candidate.events >= RULE.minEvents),
  );
  return candidates.toSorted((a, b) => (b.sigma ?? 0) - (a.sigma ?? 0))[0] ?? null;
}

/** The four signals of one cohort first, then (for a single cohort) the pooled ones. */
export function signalsFor(comparisons: readonly SignalComparison[], cohort: string): SignalComparison[] {
  const own = comparisons.filter((each) => each.cohort === cohort);
  return cohort === 'all' ? own : [...own, ...comparisons.filter((each) => each.cohort === 'all')];
}

/**
 * Which window the screen shows: the one in which the evidence is strongest, by verdict and then by sigma, pooled or in any cohort.
 * `byWindow` is longest first, and the longest wins a tie.
 */
export function strongestWindow(
  byWindow: readonly (readonly SignalComparison[])[],
): readonly SignalComparison[] {
  const weight = (comparisons: readonly SignalComparison[]) =>
    comparisons.reduce((most, { verdict, sigma }) => {
      if (verdict !== 'page' && verdict !== 'watch') return most;
      return Math.max(most, (verdict === 'page' ? 100 : 0) + (sigma ?? 0));
    }, 0);
  const [first = [], ...others] = byWindow;
  return others.reduce((best, next) => (weight(next) > weight(best) ? next : best), first);
}
