import { clockLabel } from '#renderer/parts/charts/chart-model.ts';
import type { Alarm, EvidenceReading, Onset, StreamId } from '#shared/model/detection.ts';
import type { SignalComparison } from '#shared/model/signal.ts';

export const STREAM_TITLES: Record<StreamId, string> = {
  complaints: 'complaints',
  csat: 'csat',
  safety: 'safety-filter trips',
  downstream: 'downstream errors',
  fallback: 'fallbacks',
  escalation: 'escalations',
  correction: 'manual corrections',
};

/** Ratios are estimated up to here: an interval that ends here has no end. */
const TOP_RATIO = 32;

/** "all cohorts" or the cohort's own name. */
export function cohortTitle(cohort: string): string {
  return cohort === 'all' ? 'all cohorts' : cohort;
}

/** Anytime or plain sigma, one digit: "3.2 sigma". */
export function sigmaWords(sigma: number): string {
  const shown = Math.abs(sigma) < 0.05 ? '0.0' : Math.abs(sigma).toFixed(1);
  return `${sigma < 0 && shown !== '0.0' ? '\u2212' : ''}${shown} sigma`;
}

/** The figure everybody knows, which no one may page on; null where there is none. */
export function looksLikeWords(
  comparison: Pick<SignalComparison, 'sigma' | 'sigmaKind'> | null,
): string | null {
  if (comparison === null || comparison.sigma === null) return null;
  return `${sigmaWords(comparison.sigma)}${comparison.sigmaKind === 'exact' ? ', few events' : ''}`;
}

/** "4.1x (2.1x to 8.0x)", csat "\u22122.4 points (\u22124.0 to \u22120.8)". Null where nothing can be said. */
export function effectWords(signal: StreamId, effect: EvidenceReading['effect']): string | null {
  if (effect === null) return null;
  const { value, low, high } = effect;
  if (signal === 'csat') return `${points(value)} points (${points(low)} to ${points(high)})`;
  return `${times(value)} (${times(low)} to ${times(high)}${high >= TOP_RATIO ? ' or more' : ''})`;
}

/** A ratio: "4.1x", "23x", "0.05x". */
export function times(ratio: number): string {
  return `${ratio >= 9.95 ? Math.round(ratio) : ratio >= 0.095 ? ratio.toFixed(1) : ratio.toFixed(2)}x`;
}

function points(value: number): string {
  const shown = Math.abs(value).toFixed(1);
  if (shown === '0.0') return shown;
  return `${value < 0 ? '\u2212' : '+'}${shown}`;
}

/** "about 14:03 (13:50 to 14:10)". */
export function onsetWords(onset: Onset): string {
  const [about, earliest, latest] = [onset.aboutMs, onset.earliestMs, onset.latestMs].map((atMs) =>
    clockLabel(atMs),
  );
  return earliest === latest ? `about ${about}` : `about ${about} (${earliest} to ${latest})`;
}

/** Which rule raised it, in words for who never took statistics. */
export function ruleWords(alarm: Pick<Alarm, 'rule' | 'signal'>): string {
  const one = alarm.signal === 'split' ? 'the split' : STREAM_TITLES[alarm.signal];
  switch (alarm.rule) {
    case 'one-at-page':
      return `One signal alone (${one}) passed the page line.`;
    case 'two-at-watch':
      return 'Two signals passed the watch line together.';
    case 'one-at-watch':
      return `One signal (${one}) passed the watch line. Not a page: pause the ramp and look.`;
    case 'split':
      return 'The share seen is not the share set. The comparison allows for it; the flag may not do what it says.';
  }
}

/** The counts behind a reading: "12 of 400 against 38 of 7,600". */
export function countsWords(reading: Pick<EvidenceReading, 'signal' | 'candidate' | 'control'>): string {
  const { signal, candidate, control } = reading;
  const whole = (count: number) => Math.round(count).toLocaleString('en-US');
  if (signal === 'csat') return `${whole(candidate.units)} ratings against ${whole(control.units)}`;
  return `${whole(candidate.events)} of ${whole(candidate.units)} against ${whole(control.events)} of ${whole(control.units)}`;
}
