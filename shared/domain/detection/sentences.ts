import type { Alarm, Basis, EvidenceReading, Onset, StreamId } from '#shared/model/detection.ts';

const NAMES: Record<StreamId, string> = {
  complaints: 'Complaints',
  csat: 'csat',
  safety: 'Safety-filter trips',
  downstream: 'Downstream errors',
  fallback: 'Fallback answers',
  escalation: 'Escalations to a person',
  correction: 'Manual corrections',
};

type Effect = EvidenceReading['effect'];

/** "Complaints 4.1x (2.1x to 8.0x)", "csat 5.2 points lower (2.0 to 8.4)". */
export function changeWords(signal: StreamId, effect: Effect): string {
  const name = NAMES[signal];
  if (!effect) return `${name} worse`;
  if (signal === 'csat') {
    const [least, most] = [-effect.high, -effect.low];
    return `${name} ${points(-effect.value)} points lower (${points(least)} to ${points(most)})`;
  }
  return `${name} ${times(effect.value)} (${times(effect.low)} to ${times(effect.high)}${effect.high >= 32 ? ' or more' : ''})`;
}

function times(ratio: number): string {
  return ratio >= 9.95 ? `${ratio.toFixed(0)}x` : `${ratio.toFixed(1)}x`;
}

function points(value: number): string {
  return value.toFixed(1);
}

/** "14:03", in UTC; with the day where it is not the day of `nowMs`. */
export function clockTime(atMs: number, nowMs: number): string {
  const iso = new Date(atMs).toISOString();
  const time = iso.slice(11, 16);
  return iso.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10)
    ? time
    : `${iso.slice(0, 10)} ${time}`;
}

function onsetWords(onset: Onset | null, nowMs: number): string {
  if (!onset) return '';
  const about = clockTime(onset.aboutMs, nowMs);
  const isExact = onset.latestMs - onset.earliestMs < 60_000;
  const range = isExact
    ? ''
    : ` (${clockTime(onset.earliestMs, nowMs)} to ${clockTime(onset.latestMs, nowMs)})`;
  return `; started about ${about}${range} UTC`;
}

/**
 * What was seen, where, how strong and since about when, in one sentence with its numbers. "Complaints 4.1x (2.1x to 8.0x) on v18, acme:
 * 3.2 sigma, valid however often one looks; started about 14:03 UTC".
 */
export function alarmSentence(input: {
  readonly kind: Alarm['class'];
  readonly rule: Alarm['rule'];
  readonly basis: Basis;
  readonly candidate: string;
  readonly cohort: string;
  readonly first: Pick<EvidenceReading, 'signal' | 'anytimeSigma' | 'effect' | 'onset'>;
  readonly second: Pick<EvidenceReading, 'signal' | 'anytimeSigma' | 'effect' | 'onset'> | null;
  /** Against history: its own past, because no other version runs. */
  readonly isOwnPast?: boolean;
  readonly atMs: number;
}): string {
  const { first, second, atMs } = input;
  const what = second
    ? `${changeWords(first.signal, first.effect)} and ${lowerFirst(changeWords(second.signal, second.effect))}`
    : changeWords(first.signal, first.effect);
  const where = input.cohort === 'all' ? 'across all cohorts' : input.cohort;
  const sigma = second
    ? `${first.anytimeSigma.toFixed(1)} and ${second.anytimeSigma.toFixed(1)} sigma`
    : `${first.anytimeSigma.toFixed(1)} sigma`;
  const since = onsetWords(first.onset, atMs);
  if (input.basis === 'history') {
    const against = input.isOwnPast
      ? 'against its own past: no other version runs to compare it with. '
      : 'against its history: nobody runs the control any more. ';
    return (
      `${what} on ${input.candidate}, ${where}, ${against}` +
      `Weaker evidence (${sigma} on that scale): a shared outage looks the same${since}`
    );
  }
  const soft = input.kind === 'watch' ? '; pause the ramp, not yet enough to page' : '';
  return `${what} on ${input.candidate}, ${where}: ${sigma}, valid however often one looks${since}${soft}`;
}

export function lowerFirst(words: string): string {
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** The share seen is not the share the flag is set to. */
export function splitSentence(input: {
  readonly candidate: string;
  readonly intended01: number;
  readonly observed01: number;
  readonly evidence: number;
}): string {
  return (
    `${input.candidate} runs in ${percent(input.observed01)} of conversations, the flag is set to ${percent(input.intended01)} ` +
    `(evidence ${input.evidence < 1e6 ? input.evidence.toFixed(0) : input.evidence.toExponential(1)}, line 1,000): ` +
    'the attribution or the flag is not what it says, or it keeps each user on one version and a few busy users weigh much; ' +
    'the comparison itself does not use the intended share'
  );
}

function percent(rate01: number): string {
  const value = rate01 * 100;
  return `${value >= 10 ? value.toFixed(0) : value.toFixed(1)} %`;
}

/** Control alone got worse too, and the comparison sees no difference. */
export function bothWorseSentence(signal: StreamId): string {
  return `${NAMES[signal]}: both versions got worse, probably not this prompt (the control left its own history, the comparison sees no difference)`;
}
