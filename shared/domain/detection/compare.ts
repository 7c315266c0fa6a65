import { assertNever } from '#shared/lib/assert-never.ts';
import type { EvidenceReading, MeterReading } from '#shared/model/detection.ts';
import type {
  ArmReading,
  MeanCounts,
  RateCounts,
  SignalComparison,
  SignalId,
  SignalVerdict,
} from '#shared/model/signal.ts';
import { SIGNALS } from '#shared/model/signal.ts';
import { fisherExact, hasFewEvents, twoProportionZ } from './rates.ts';
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
  /** What the detector makes of this stream; null = it does not test it (yet). */
  readonly evidence?: EvidenceReading | null;
  /** What could have been seen by now. */
  readonly meter?: MeterReading | null;
  /** Why the detector does not test this stream although there are readings. */
  readonly untested?: string | null;
  /** Candidate conversations per minute at present; null = not known, or none are started any more. */
  readonly candidatePerMinute?: number | null;
};

type Figures = Pick<
  SignalComparison,
  'candidateValue' | 'controlValue' | 'difference' | 'ratio' | 'sigma' | 'sigmaKind'
> & {
  /** What the figures rest on: "6 events in 410 conversations". */
  readonly basis: string;
};
type Judgement = {
  readonly verdict: SignalVerdict;
  readonly note: string;
  readonly minutesNeeded: number | null;
};

const NOTHING: Figures = {
  candidateValue: null,
  controlValue: null,
  difference: null,
  ratio: null,
  sigma: null,
  sigmaKind: null,
  basis: '',
};
/** From here on a person reads something into the plain figure. */
const LOOKS_WORSE_SIGMA = 2;

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
 * One signal, candidate against control, as people read it. The figures are the ordinary ones ("looks like 3.4 sigma": Fisher's exact mid-p
 * sigma on few events, else the pooled z; csat: Welch; positive = worse), which may be shown but not acted on. The verdict is the
 * detector's, which may be looked at all day; where it is quiet the meter says whether a 4x change (csat: 5 points) would have shown.
 */
export function compare(input: CompareInput): SignalComparison {
  const { basis, ...figures } = figuresOf(input);
  const { verdict, note, minutesNeeded } = judge(input, { basis, ...figures });
  const perMinute = input.candidatePerMinute ?? 0;
  return {
    signal: input.signal,
    cohort: input.cohort,
    source: input.source,
    windowMs: input.windowMs,
    asOfMs: input.asOfMs,
    candidate: input.candidate,
    control: input.control,
    ...figures,
    verdict,
    note,
    minutesNeeded,
    conversationsNeeded:
      minutesNeeded !== null && perMinute > 0 ? Math.ceil(minutesNeeded * perMinute) : null,
  };
}

function judge(input: CompareInput, figures: Figures): Judgement {
  const unknown = (note: string): Judgement => ({ verdict: 'unknown', note, minutesNeeded: null });
  if (input.error) return unknown(input.error);
  if (!input.candidate || !input.control) return unknown(`no data from ${input.source} yet`);
  if (input.candidate.kind !== input.control.kind)
    return unknown(`${input.source} gave a rate for one arm and a mean for the other`);
  const { evidence, meter } = input;
  if (!evidence) return unknown(input.untested ?? 'not tested yet: no conversations on both versions');
  if (evidence.isFrozen) return unknown('its feed is stale: nothing is learned until it is back');
  const against = evidence.basis === 'history' ? ' against the past, which is weaker' : '';
  const known = `evidence ${evidence.anytimeSigma.toFixed(1)} sigma${against}`;
  switch (evidence.state) {
    case 'page':
    case 'watch': {
      const firm = evidence.state === 'page' ? 'certain enough to page' : 'worse, confirming';
      return {
        verdict: evidence.state,
        note: `${firm}: ${known}${against === '' ? ', however often one looks' : ''}; ${figures.basis}`,
        minutesNeeded: null,
      };
    }
    case 'quiet':
      break;
    default:
      return assertNever(evidence.state, 'state');
  }
  const { sigma } = figures;
  const looks =
    sigma !== null && sigma >= LOOKS_WORSE_SIGMA
      ? `looks like ${sigma.toFixed(1)} sigma on ${figures.basis}, but ${known}: not yet safe to act on; `
      : '';
  const left = meter?.until4xMin ?? null;
  if (left === null) return unknown(`${looks}${meter?.unknownBecause ?? 'what would show is not known yet'}`);
  const change = input.signal === 'csat' ? 'a drop of 5 points' : 'a 4x rise';
  if (left > 0) {
    return {
      verdict: 'blind',
      note:
        looks === ''
          ? `${figures.basis}: ${change} would not show yet`
          : `${looks}${change} would not show yet`,
      minutesNeeded: left,
    };
  }
  return {
    verdict: 'none',
    note:
      looks === ''
        ? `no difference seen in ${figures.basis}; ${change} would have shown`
        : `${looks}${change} would have shown`,
    minutesNeeded: null,
  };
}

function figuresOf({ signal, candidate, control, error }: CompareInput): Figures {
  if (error) return NOTHING;
  if (candidate?.kind === 'rate' && control?.kind === 'rate') return rateFigures(signal, candidate, control);
  if (candidate?.kind === 'mean' && control?.kind === 'mean') return meanFigures(candidate, control);
  return NOTHING;
}

function rateFigures(signal: SignalId, candidate: RateCounts, control: RateCounts): Figures {
  const candidateValue = displayValue(signal, { kind: 'rate', ...candidate });
  const controlValue = displayValue(signal, { kind: 'rate', ...control });
  const basis = `${counted(candidate.events, 'event')} in ${counted(candidate.conversations, 'conversation')}`;
  if (candidateValue === null || controlValue === null)
    return { ...NOTHING, candidateValue, controlValue, basis };
  const isExact = hasFewEvents(candidate, control);
  return {
    candidateValue,
    controlValue,
    difference: candidateValue - controlValue,
    ratio: controlValue > 0 ? candidateValue / controlValue : null,
    sigma: isExact ? fisherExact(candidate, control).sigma : twoProportionZ(candidate, control),
    sigmaKind: isExact ? 'exact' : 'z',
    basis,
  };
}

function meanFigures(candidate: MeanCounts, control: MeanCounts): Figures {
  const candidateValue = meanOf(candidate);
  const controlValue = meanOf(control);
  const sigma = welchZ(candidate, control);
  return {
    candidateValue,
    controlValue,
    difference: candidateValue !== null && controlValue !== null ? candidateValue - controlValue : null,
    ratio: null,
    sigma,
    sigmaKind: sigma === null ? null : 'welch',
    basis: counted(candidate.ratings, 'rating'),
  };
}

function counted(count: number, what: string): string {
  const whole = Math.round(count);
  return `${whole.toLocaleString('en-US')} ${what}${whole === 1 ? '' : 's'}`;
}
