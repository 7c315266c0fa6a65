import { assertNever } from '#shared/lib/assert-never.ts';
import { NO_CANDIDATE_TRAFFIC } from '#shared/domain/detection/meter.ts';
import type { EvidenceReading, MeterReading } from '#shared/model/detection.ts';
import type { SignalComparison } from '#shared/model/signal.ts';

/**
 * How one signal stands, as a person may act on it. `blind`: a 4x change (csat: 5 points) could still be hidden;
 * `early`: the evidence or the interval of the effect leans to worse, but no line is reached; `frozen`: its feed is stale in one
 * arm and nothing is learned; `as-before`: no difference from its own past, because nothing runs beside it; `alone`: nothing to compare; `stopped`: the candidate gets no traffic (rolled back).
 */
export type Standing =
  | {
      readonly kind:
        | 'page'
        | 'watch'
        | 'early'
        | 'none'
        | 'as-before'
        | 'unknown'
        | 'frozen'
        | 'alone'
        | 'stopped';
    }
  | { readonly kind: 'blind'; readonly moreMinutes: number | null };

export type StandingFacts = {
  readonly comparison: Pick<SignalComparison, 'verdict' | 'minutesNeeded' | 'candidateValue'> | null;
  readonly evidence:
    | (Pick<EvidenceReading, 'signal' | 'state' | 'isFrozen' | 'effect' | 'anytimeSigma'> &
        Partial<Pick<EvidenceReading, 'basis'>>)
    | null;
  readonly meter: Pick<MeterReading, 'until4xMin' | 'unknownBecause'> | null;
  /** A candidate, or one version that is watched against its own past. */
  readonly hasCandidate: boolean;
};

/** The evidence decides what is worse, the meter what could have been seen; the plain comparison only where both are silent. */
export function standingOf({ comparison, evidence, meter, hasCandidate }: StandingFacts): Standing {
  if (evidence !== null && evidence.state !== 'quiet') return { kind: evidence.state };
  if (!hasCandidate) return { kind: 'alone' };
  const verdict = comparison?.verdict ?? 'unknown';
  const hasData = comparison !== null && comparison.candidateValue !== null;
  if (meter?.unknownBecause === NO_CANDIDATE_TRAFFIC) return { kind: 'stopped' };
  if (verdict === 'unknown' && !hasData) return { kind: 'unknown' };
  if (evidence?.isFrozen === true) return { kind: 'frozen' };
  // Conversations are there, and too little else to know what would show.
  if (verdict === 'unknown') return { kind: 'blind', moreMinutes: null };
  if (evidence !== null && looksWorse(evidence)) return { kind: 'early' };
  const moreMinutes = meter?.until4xMin ?? null;
  const none = evidence?.basis === 'history' ? 'as-before' : 'none';
  if (moreMinutes !== null) return moreMinutes > 0 ? { kind: 'blind', moreMinutes } : { kind: none };
  if (verdict === 'blind') return { kind: 'blind', moreMinutes: comparison?.minutesNeeded ?? null };
  // A quiet detector is not overruled by the figure that may not be acted on.
  return { kind: evidence === null ? verdict : none };
}

/** From here on the evidence leans to "worse", half way to the watch line. */
const LEANS_SIGMA = 1;

/** "No difference" is not to be said while the evidence leans, nor over an interval without "none" in it. */
function looksWorse({
  signal,
  effect,
  anytimeSigma,
}: Pick<EvidenceReading, 'signal' | 'effect' | 'anytimeSigma'>): boolean {
  if (anytimeSigma >= LEANS_SIGMA) return true;
  if (effect === null) return false;
  return signal === 'csat' ? effect.high < 0 : effect.low > 1;
}

/** The words of the chip. */
export function standingWords(standing: Standing): string {
  switch (standing.kind) {
    case 'page':
      return 'certain enough to page';
    case 'watch':
      return 'worse, confirming';
    case 'early':
      return 'looks worse, not certain';
    case 'none':
      return 'no difference seen';
    case 'as-before':
      return 'as before: no change seen';
    case 'blind':
      return standing.moreMinutes === null
        ? 'blind: too little data'
        : `blind: about ${roughMinutes(standing.moreMinutes)} more`;
    case 'frozen':
      return 'feed stale: paused';
    case 'alone':
      return 'nothing to compare';
    case 'stopped':
      return 'no candidate traffic';
    case 'unknown':
      return 'cannot say: no data';
    default:
      return assertNever(standing);
  }
}

/** The same in a word or two, for table cells. */
export function standingShortWords(standing: Standing): string {
  switch (standing.kind) {
    case 'page':
      return 'worse';
    case 'watch':
      return 'worse?';
    case 'early':
      return 'looks worse';
    case 'none':
      return 'no difference';
    case 'as-before':
      return 'as before';
    case 'blind':
      return standing.moreMinutes === null ? 'blind' : `blind, ${roughMinutes(standing.moreMinutes)}`;
    case 'frozen':
      return 'paused';
    case 'alone':
      return 'nothing to compare';
    case 'stopped':
      return 'no traffic';
    case 'unknown':
      return 'no data';
    default:
      return assertNever(standing);
  }
}

/** What a chip means, in one sentence for who never saw it. */
export function standingMeaning(standing: Standing): string {
  switch (standing.kind) {
    case 'page':
      return 'Worse, and certain enough to act on however often one looked.';
    case 'watch':
      return 'Probably worse. Pause the ramp; more data decides.';
    case 'early':
      return 'It looks worse, but not certainly enough for any line. More data decides.';
    case 'none':
      return 'A change of four times would have shown by now (csat: five points), and none has.';
    case 'as-before':
      return 'Against its own past, which is weaker evidence: a change of four times would have shown by now (csat: five points), and none has.';
    case 'blind':
      return 'Too little data: a change of four times (csat: five points) could still be hidden.';
    case 'frozen':
      return 'The feed of this signal is stale for one version, so nothing is learned until it is back.';
    case 'alone':
      return 'No candidate is on trial, so there is nothing to compare with.';
    case 'stopped':
      return 'The candidate gets no traffic (rolled back, or not served yet): nothing more can be learned about it.';
    case 'unknown':
      return 'No data came for this signal.';
    default:
      return assertNever(standing);
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
