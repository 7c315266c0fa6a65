import { assertNever } from '#shared/lib/assert-never.ts';
import type { SignalVerdict } from '#shared/model/signal.ts';

/** The words of a verdict; `blind` says how much longer it takes, where that is known. */
export function verdictWords(verdict: SignalVerdict, minutesNeeded: number | null = null): string {
  switch (verdict) {
    case 'page':
      return 'certain enough to page';
    case 'watch':
      return 'worse, confirming';
    case 'none':
      return 'no difference seen';
    case 'blind':
      return minutesNeeded === null
        ? 'blind: too little data'
        : `blind: needs ~${roughMinutes(minutesNeeded)} more`;
    case 'unknown':
      return 'cannot say: no data';
    default:
      return assertNever(verdict);
  }
}

/** The same in a word or two, for table cells. */
export function verdictShortWords(verdict: SignalVerdict): string {
  switch (verdict) {
    case 'page':
      return 'worse';
    case 'watch':
      return 'worse?';
    case 'none':
      return 'no difference';
    case 'blind':
      return 'too little data';
    case 'unknown':
      return 'no data';
    default:
      return assertNever(verdict);
  }
}

/** Minutes as a person would say them: "40 min", "3 h", "2 d". Never more exact than the estimate. */
export function roughMinutes(minutes: number): string {
  if (minutes < 1) return '1 min';
  if (minutes < 20) return `${Math.ceil(minutes)} min`;
  if (minutes < 90) return `${Math.ceil(minutes / 10) * 10} min`;
  const hours = minutes / 60;
  return hours < 36 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`;
}
