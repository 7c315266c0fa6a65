import { assertNever } from '#shared/lib/assert-never.ts';
import type {
  ArmReading,
  MeanCounts,
  RateCounts,
  SignalComparison,
  SignalId,
  SignalVerdict,
} from '#shared/model/signal.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import { conversationsForDoubling, ratingsForDrop } from './enough.ts';
import { fisherExact, hasFewEvents, twoProportionZ } from './rates.ts';
import { PLAIN_LINES, RULE, WATCHED_LINES } from './rule.ts';
import type { SigmaLines } from './rule.ts';
import { meanOf, welchZ } from './scores.ts';

export type CompareInput = {
  readonly signal: SignalId;
  /** 'all' or one cohort. */
  readonly cohort: string;
  /** Id of the source the readings come from. */
  readonly source: string;
  readonly windowMs: number;
  readonly asOfMs: number | null;
  readonly candidate: ArmReading | null;
  readonly control: ArmReading | null;
  /** Why a reading is missing, in plain words; makes the verdict `unknown`. */
  readonly error?: string | null;
  /** Candidate conversations started in the window: turns "ratings needed" into conversations. */
  readonly candidateConversations?: number | null;
  /** Candidate conversations per minute at present; null = not known, or none are started any more. */
  readonly candidatePerMinute?: number | null;
  readonly lines?: SigmaLines;
};

type Figures = Pick<
  SignalComparison,
  'candidateValue' | 'controlValue' | 'difference' | 'ratio' | 'sigma' | 'sigmaKind' | 'verdict' | 'note'
> & { conversationsNeeded: number | null };

const NOTHING: Omit<Figures, 'verdict' | 'note'> = {
  candidateValue: null,
  controlValue: null,
  difference: null,
  ratio: null,
  sigma: null,
  sigmaKind: null,
  conversationsNeeded: null,
};

/** A reading's value in display units; null without conversations or ratings. */
export function displayValue(signal: SignalId, reading: ArmReading | null): number | null {
  if (!reading) return null;
  switch (reading.kind) {
    case 'rate':
      return reading.conversations > 0
        ? (reading.events / reading.conversations) * SIGNALS[signal].scale
        : null;
    case 'mean':
      return meanOf(reading);
    default:
      return assertNever(reading, 'reading');
  }
}

/**
 * One signal, candidate against control: the figures, how far they may be trusted, and what is missing to say more.
 * Rates: Fisher's exact mid-p sigma on few events, else the pooled z; csat: Welch. Sigma is positive when the candidate is worse.
 */
export function compare(input: CompareInput): SignalComparison {
  const figures = figuresOf(input);
  const perMinute = input.candidatePerMinute ?? 0;
  const { conversationsNeeded } = figures;
  return {
    signal: input.signal,
    cohort: input.cohort,
    source: input.source,
    windowMs: input.windowMs,
    asOfMs: input.asOfMs,
    candidate: input.candidate,
    control: input.control,
    ...figures,
    minutesNeeded: conversationsNeeded !== null && perMinute > 0 ? conversationsNeeded / perMinute : null,
  };
}

function figuresOf(input: CompareInput): Figures {
  const { candidate, control } = input;
  const lines = input.lines ?? WATCHED_LINES;
  if (input.error) return { ...NOTHING, verdict: 'unknown', note: input.error };
  if (!candidate || !control) {
    return { ...NOTHING, verdict: 'unknown', note: `no data from ${input.source} yet` };
  }
  if (candidate.kind === 'rate' && control.kind === 'rate') {
    return rateFigures(input.signal, candidate, control, lines);
  }
  if (candidate.kind === 'mean' && control.kind === 'mean') {
    return meanFigures(candidate, control, lines, input.candidateConversations ?? null);
  }
  return {
    ...NOTHING,
    verdict: 'unknown',
    note: `${input.source} gave a rate for one arm and a mean for the other`,
  };
}

function verdictOf(sigma: number, isPractical: boolean, lines: SigmaLines): SignalVerdict {
  if (!isPractical || sigma < lines.watch) return 'none';
  return sigma >= lines.page ? 'page' : 'watch';
}

function rateFigures(
  signal: SignalId,
  candidate: RateCounts,
  control: RateCounts,
  lines: SigmaLines,
): Figures {
  const candidateValue = displayValue(signal, { kind: 'rate', ...candidate });
  const controlValue = displayValue(signal, { kind: 'rate', ...control });
  if (candidateValue === null || controlValue === null) {
    const empty = candidateValue === null ? 'the candidate' : 'control';
    return {
      ...NOTHING,
      candidateValue,
      controlValue,
      verdict: 'blind',
      note: `no conversations on ${empty} in this window`,
      conversationsNeeded:
        candidateValue === null ? conversationsForDoubling(candidate, control, lines.page) : null,
    };
  }
  const isExact = hasFewEvents(candidate, control);
  const sigma = isExact ? fisherExact(candidate, control).sigma : twoProportionZ(candidate, control);
  const ratio = controlValue > 0 ? candidateValue / controlValue : null;
  const figures = {
    candidateValue,
    controlValue,
    difference: candidateValue - controlValue,
    ratio,
    sigma,
    sigmaKind: isExact ? ('exact' as const) : ('z' as const),
  };
  const isPractical = ratio === null || ratio >= RULE.minRatio;
  const verdict = verdictOf(sigma, isPractical, lines);
  const looks = looksLike(sigma, isPractical, lines);
  const events = Math.round(candidate.events);
  const needed = conversationsForDoubling(candidate, control, lines.page);
  const missing = Math.max(0, (needed ?? 0) - candidate.conversations);
  if (verdict !== 'none' && candidate.events < RULE.minEvents) {
    const more = Math.max(
      missing,
      ((RULE.minEvents - candidate.events) * candidate.conversations) / Math.max(1, candidate.events),
    );
    return {
      ...figures,
      verdict: 'blind',
      note: `looks like ${sigma.toFixed(1)} sigma, but on ${events} ${events === 1 ? 'event' : 'events'}: too few to act on`,
      conversationsNeeded: Math.ceil(more),
    };
  }
  if (verdict !== 'none') {
    const few = isExact ? ', few events: exact figure' : '';
    return {
      ...figures,
      verdict,
      note: `${events} events in ${whole(candidate.conversations)} conversations${few}`,
      conversationsNeeded: null,
    };
  }
  if (missing > 0) {
    return {
      ...figures,
      verdict: 'blind',
      note: `${looks}${whole(candidate.conversations)} candidate conversations, ${events} ${events === 1 ? 'event' : 'events'}: a doubling would not show yet`,
      conversationsNeeded: Math.ceil(missing),
    };
  }
  return {
    ...figures,
    verdict: 'none',
    note:
      looks === ''
        ? `no difference seen in ${whole(candidate.conversations)} conversations; a doubling would show`
        : `${looks}${events} events in ${whole(candidate.conversations)} conversations`,
    conversationsNeeded: null,
  };
}

function meanFigures(
  candidate: MeanCounts,
  control: MeanCounts,
  lines: SigmaLines,
  candidateConversations: number | null,
): Figures {
  const candidateValue = meanOf(candidate);
  const controlValue = meanOf(control);
  const sigma = welchZ(candidate, control);
  const difference = candidateValue !== null && controlValue !== null ? candidateValue - controlValue : null;
  const figures = {
    candidateValue,
    controlValue,
    difference,
    ratio: null,
    sigma,
    sigmaKind: sigma === null ? null : ('welch' as const),
  };
  const ratingsNeeded = ratingsForDrop(candidate, control, lines.page);
  const missing = ratingsNeeded === null ? null : Math.max(0, ratingsNeeded - candidate.ratings);
  const perRating =
    candidateConversations && candidate.ratings > 0 ? candidateConversations / candidate.ratings : null;
  const conversationsNeeded =
    missing !== null && missing > 0 && perRating !== null ? Math.ceil(missing * perRating) : null;
  const ratings = `${whole(candidate.ratings)} ${Math.round(candidate.ratings) === 1 ? 'rating' : 'ratings'}`;
  if (sigma === null || Math.min(candidate.ratings, control.ratings) < RULE.minRatings) {
    return {
      ...figures,
      verdict: 'blind',
      note: `${ratings} on the candidate: too few to compare`,
      conversationsNeeded,
    };
  }
  const isPractical = difference !== null && -difference >= RULE.minDrop;
  const verdict = verdictOf(sigma, isPractical, lines);
  const looks = looksLike(sigma, isPractical, lines);
  if (verdict !== 'none') {
    return { ...figures, verdict, note: `${ratings} on the candidate`, conversationsNeeded: null };
  }
  if (missing === null || missing > 0) {
    return {
      ...figures,
      verdict: 'blind',
      note: `${looks}${ratings} on the candidate: a drop of ${RULE.visibleDrop} points would not show yet`,
      conversationsNeeded,
    };
  }
  return {
    ...figures,
    verdict: 'none',
    note:
      looks === ''
        ? `no drop seen in ${ratings}; ${RULE.visibleDrop} points would show`
        : `${looks}${ratings} on the candidate`,
    conversationsNeeded: null,
  };
}

/** What a person would read into the plain figure, and why it is not acted on yet; empty under 2 sigma. */
function looksLike(sigma: number, isPractical: boolean, lines: SigmaLines): string {
  if (!isPractical || sigma < PLAIN_LINES.watch) return '';
  return `looks like ${sigma.toFixed(1)} sigma, acted on from ${lines.watch.toFixed(1)} because it is watched continuously; `;
}

function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
