import type { SignalComparison, SignalId } from '#shared/model/signal.ts';
import { RULE } from './rule.ts';

const SHORT_NAMES: Record<SignalId, string> = {
  complaints: 'complaints',
  csat: 'csat',
  safety: 'safety-filter trips',
  downstream: 'downstream errors',
};

/** The rule is met now, in one stream (a cohort or 'all') over one window. */
export type Firing = {
  readonly cohort: string;
  readonly windowMs: number;
  readonly rule: 'one-at-page' | 'two-at-watch';
  /** Worse signals, strongest first: one for `one-at-page`, at least two for `two-at-watch`. */
  readonly signals: readonly SignalComparison[];
};

const isWorse = (comparison: SignalComparison) =>
  comparison.verdict === 'page' || comparison.verdict === 'watch';
const sigmaOf = (comparison: SignalComparison) => comparison.sigma ?? 0;

/**
 * The mission's rule on a set of comparisons: 3 sigma on one signal, or 2 sigma on two, in the same cohort (or pooled) and the same window.
 * The verdicts carry the lines and the small-count bounds. Returns the strongest, one-signal pages before pairs; null when nothing fires.
 */
export function findFiring(comparisons: readonly SignalComparison[]): Firing | null {
  const streams = Map.groupBy(comparisons.filter(isWorse), (each) => `${each.windowMs} ${each.cohort}`);
  const firings: Firing[] = [];
  for (const worse of streams.values()) {
    const signals = worse.toSorted((a, b) => sigmaOf(b) - sigmaOf(a));
    const first = signals[0];
    if (!first) continue;
    const { cohort, windowMs } = first;
    if (signals.some((each) => each.verdict === 'page')) {
      firings.push({ cohort, windowMs, rule: 'one-at-page', signals });
    } else if (signals.length >= 2) {
      firings.push({ cohort, windowMs, rule: 'two-at-watch', signals });
    }
  }
  return firings.toSorted((a, b) => strength(b) - strength(a))[0] ?? null;
}

function strength(firing: Firing): number {
  return (firing.rule === 'one-at-page' ? 100 : 0) + (firing.signals[0] ? sigmaOf(firing.signals[0]) : 0);
}

/** How long a stream has been over the line. One flicker of noise is not an alarm. */
export type AlarmHold = { readonly cohort: string; readonly ticks: number };

/** The hold after this tick, and whether it is now long enough to raise the alarm. */
export function holdFiring(
  before: AlarmHold | null,
  firing: Firing | null,
): { readonly hold: AlarmHold | null; readonly isDue: boolean } {
  if (!firing) return { hold: null, isDue: false };
  const ticks = before && before.cohort === firing.cohort ? before.ticks + 1 : 1;
  return { hold: { cohort: firing.cohort, ticks }, isDue: ticks >= RULE.ticksInARow };
}

/** "complaints 4.1x in tenant_cohort_B, 3.6 sigma"; a second signal follows after "and". */
export function alarmSentence(firing: Firing): string {
  const where = firing.cohort === 'all' ? 'across all cohorts' : `in ${firing.cohort}`;
  const named = firing.rule === 'one-at-page' ? firing.signals.slice(0, 1) : firing.signals.slice(0, 2);
  const what = named.map(describeSignal).join(' and ');
  const sigmas = named.map((each) => sigmaOf(each).toFixed(1)).join(' and ');
  return `${what} ${where}, ${sigmas} sigma`;
}

function describeSignal(comparison: SignalComparison): string {
  const name = SHORT_NAMES[comparison.signal];
  if (comparison.signal === 'csat') return `${name} ${signed(comparison.difference ?? 0)}`;
  return comparison.ratio === null ? `${name} from none` : `${name} ${comparison.ratio.toFixed(1)}x`;
}

function signed(value: number): string {
  return value < 0 ? `−${Math.abs(value).toFixed(1)}` : `+${value.toFixed(1)}`;
}
