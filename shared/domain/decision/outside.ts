import { HISTORY_WATCH_LINE } from '../detection/history-stream.ts';
import type { ControlHistory } from '../detection/kind.ts';
import { isCanary, MIN_DROP_POINTS, MIN_RATIO } from '../detection/lines.ts';
import { changeWords, clockTime, lowerFirst } from '../detection/sentences.ts';
import type { Culprit, EvidenceReading, StreamId, Suspect } from '#shared/model/detection.ts';
import type { OutsideFinding, Triage } from '#shared/model/incident.ts';
import { TRIAGE_OF_SUSPECT } from './suspect-triage.ts';

/** What a suspect says about a cause outside the prompt: a change of the prompt itself says nothing. */
function triageBy(suspect: Suspect | null): Triage {
  const triage = suspect ? TRIAGE_OF_SUSPECT[suspect.kind] : 'unknown';
  return triage === 'prompt' ? 'unknown' : triage;
}

/** So few conversations of the candidate say nothing about whether it differs. */
const MIN_UNITS = 100;

/**
 * Does the fault lie outside the prompt? Only two versions on the same traffic can tell: where the control left its own history (the change
 * detector at its line of one false alarm a month) and the comparison sees no difference, both got worse together. A version that runs alone
 * proves nothing: what changed around it is said, and that it cannot be told. Null = nothing speaks for it.
 */
export function outsideFinding(input: {
  readonly candidate: string;
  readonly control: string;
  /** Nothing runs beside the candidate. */
  readonly isAlone: boolean;
  readonly controlHistory: readonly ControlHistory[];
  readonly readings: readonly EvidenceReading[];
  readonly culprit: Culprit | null;
  readonly nowMs: number;
}): OutsideFinding | null {
  const { candidate, control, culprit, nowMs } = input;
  const suspect = culprit && !culprit.isUnexplained ? (culprit.suspects[0] ?? null) : null;
  if (input.isAlone) return aloneFinding(candidate, suspect);
  const moved = input.controlHistory.filter(
    ({ signal, evidence }) => evidence >= HISTORY_WATCH_LINE && !isCanary(signal),
  );
  const pooled = input.readings.filter(({ cohort, signal }) => cohort === 'all' && !isCanary(signal));
  const stillWorse = pooled.filter(({ basis, state }) => basis === 'comparison' && state !== 'quiet');
  const together = moved.filter(({ signal }) => {
    const reading = pooled.find((each) => each.signal === signal);
    return reading?.basis === 'comparison' && (reading.state !== 'quiet' || isNoDifference(reading));
  });
  if (together.length === 0) return null;
  const signals = together.map(({ signal }) => signal);
  const { triage, because } = triageOf(signals, suspect);
  const figures = together.map((each) => movedWords(each, control, nowMs)).join('; ');
  if (stillWorse.length > 0) {
    return {
      kind: 'mixed',
      signals,
      triage,
      because,
      sentence:
        `${control} got worse than its own past as well: ${figures}. ${candidate} is worse still, so going back helps with the ` +
        `difference and not with the rest. ${because}`,
    };
  }
  const same = pooled.filter(({ signal }) => signals.includes(signal)).map(sameWords);
  return {
    kind: 'shared',
    signals,
    triage,
    because,
    sentence:
      `Both versions got worse at the same time: ${figures}; ${candidate}, on the same traffic, does not differ ` +
      `(${same.join(', ')}). That is not this prompt. ${because}`,
  };
}

function aloneFinding(version: string, suspect: Suspect | null): OutsideFinding {
  const triage = triageBy(suspect);
  const because =
    triage === 'unknown' || suspect === null
      ? 'Nothing is known to have changed around it; triage decides.'
      : `${WORDS[triage]}, by what changed: ${suspect.what}.`;
  return {
    kind: 'alone',
    signals: [],
    triage,
    because,
    sentence: `Nothing runs beside ${version}: whether it is the prompt or something around it, these figures cannot tell. ${because}`,
  };
}

const WORDS: Readonly<Record<Triage, string>> = {
  prompt: 'The prompt',
  provider: 'Perhaps the provider or its API',
  'upstream-data': 'Perhaps upstream data',
  'model-change': 'Perhaps a change of the model',
  unknown: 'Not known what',
};

/** By what changed; where nothing fits, by which signals moved. */
function triageOf(
  signals: readonly StreamId[],
  suspect: Suspect | null,
): { readonly triage: Triage; readonly because: string } {
  const byChange = triageBy(suspect);
  if (suspect && byChange !== 'unknown')
    return { triage: byChange, because: `${WORDS[byChange]}, by what changed: ${suspect.what}.` };
  const hasErrors = signals.includes('downstream');
  const hasQuality = signals.some((signal) => signal !== 'downstream');
  const changed = suspect ? ` What changed: ${suspect.what}.` : ' Nothing is known to have changed.';
  if (hasErrors && !hasQuality) {
    const because =
      'Only downstream errors moved: look at what the prompt is fed, and at what takes its answers.';
    return { triage: 'upstream-data', because: because + changed };
  }
  if (hasQuality && !hasErrors) {
    const because =
      'Answers got worse and nothing failed: a model that changed behind its name looks like that.';
    return { triage: 'model-change', because: because + changed };
  }
  return { triage: 'unknown', because: `Answers got worse and calls failed.${changed}` };
}

function isNoDifference({ signal, effect, candidate }: EvidenceReading): boolean {
  if (!effect || candidate.units < MIN_UNITS) return false;
  return signal === 'csat' ? effect.high >= -MIN_DROP_POINTS : effect.low <= MIN_RATIO;
}

/** "complaints 3.1x (2.2x to 4.5x) on v17 against its own past since about 14:02 UTC" */
function movedWords({ signal, effect, onset }: ControlHistory, control: string, nowMs: number): string {
  const since = onset ? ` since about ${clockTime(onset.aboutMs, nowMs)} UTC` : '';
  return `${lowerFirst(changeWords(signal, effect))} on ${control} against its own past${since}`;
}

const sameWords = ({ signal, effect }: EvidenceReading) => lowerFirst(changeWords(signal, effect));
