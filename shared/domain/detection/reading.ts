import type { EvidenceReading, StreamId } from '#shared/model/detection.ts';
import type { Cohort } from './cohort.ts';
import { SEEN_FIELDS } from './cohort.ts';
import { effectSince } from './effect.ts';
import { anytimeSigma, PAGE_LINE, streamWeight, WATCH_LINE } from './lines.ts';
import type { Panel } from './panel.ts';
import { evidenceOf, isDated, strongestRun, wholeRun } from './stream.ts';

const STATES = ['quiet', 'watch', 'page'] as const;

/** One stream as it stands. The size is since the dated onset where there is one, else since launch. */
export function comparisonReading(input: {
  readonly panel: Panel;
  readonly index: number;
  readonly signal: StreamId;
  readonly cohorts: readonly Cohort[];
  readonly periodStartMs: number;
  readonly isFrozen: boolean;
}): EvidenceReading {
  const { panel, index, signal } = input;
  const stream = panel.streams[index];
  const weight = streamWeight(signal, panel.weight);
  const evidence = stream ? evidenceOf(stream) : 1;
  const strongest = stream ? strongestRun(stream) : null;
  const dated = strongest && isDated(strongest) ? strongest : null;
  const run = dated ?? (stream ? wholeRun(stream, input.periodStartMs) : null);
  return {
    signal,
    cohort: panel.cohort,
    basis: 'comparison',
    evidence,
    watchLine: WATCH_LINE / weight,
    pageLine: PAGE_LINE / weight,
    anytimeSigma: anytimeSigma(evidence, weight),
    state: STATES[panel.standing.levels[index] ?? 0] ?? 'quiet',
    ...seenIn(input.cohorts, index),
    effect: run ? notBetter(signal, evidence, effectSince(signal, run)) : null,
    onset: dated?.onset ?? null,
    isFrozen: input.isFrozen,
  };
}

/** From here on the evidence itself says "worse" with an error of at most 2.5 %: one end of a 95 % interval. */
const SETTLED = 40;

/**
 * The interval of a start chosen by looking at the data is wide, and may reach beyond "no difference" where the test, which weighs every
 * start, has already excluded that. Then it ends there.
 */
function notBetter(
  signal: StreamId,
  evidence: number,
  effect: EvidenceReading['effect'],
): EvidenceReading['effect'] {
  if (!effect || evidence < SETTLED) return effect;
  return signal === 'csat'
    ? { ...effect, high: Math.max(effect.value, Math.min(0, effect.high)) }
    : { ...effect, low: Math.min(effect.value, Math.max(1, effect.low)) };
}

/** For the screen only: units may be added over cohorts, evidence never. */
function seenIn(cohorts: readonly Cohort[], stream: number): Pick<EvidenceReading, 'candidate' | 'control'> {
  const sums = [0, 0, 0, 0];
  for (const { seen } of cohorts) {
    for (let field = 0; field < SEEN_FIELDS; field += 1) {
      sums[field] = (sums[field] ?? 0) + (seen[SEEN_FIELDS * stream + field] ?? 0);
    }
  }
  const [unitsC = 0, eventsC = 0, units0 = 0, events0 = 0] = sums;
  return { candidate: { units: unitsC, events: eventsC }, control: { units: units0, events: events0 } };
}
