import type { VerificationCheck } from '#shared/model/incident.ts';
import { EVIDENCE_LINE, recoveryEvidence, slowSinceDrain, type Counts } from './recovery-evidence.ts';
import { clock, percentOf, perThousand, waitFor } from './words.ts';

/** Conversations count from here on: whatever began earlier may still have been on the bad version. */
export const DRAINED_AFTER_MS = 90_000;
export const RATE_TARGET_MS = 5 * 60_000;
/** A signal the incident never touched is called fine on this many conversations. */
const ENOUGH_UNRAISED = 60;
export type RateEvidence = {
  readonly baseline: Counts;
  readonly incident: Counts;
  /** Started after the drain; `conversations` is the part old enough to have been reported. */
  readonly since: Counts;
  /** All that started after the drain, for the words. */
  readonly started: number;
  readonly perMinute: number | null;
  /** From when on conversations count; the drain where absent. Later after a second wave that is over. */
  readonly fromMs?: number;
};

export type RateCheckInput = {
  readonly id: 'complaints' | 'downstream' | 'safety';
  readonly nowMs: number;
  readonly flipAtMs: number;
  /** Null = the source gave nothing; `problem` says why. */
  readonly evidence: RateEvidence | null;
  readonly problem: string | null;
  readonly previous: Pick<VerificationCheck, 'state' | 'passedAtMs'> | null;
};

const TITLES = {
  complaints: 'Complaints back at baseline',
  downstream: 'Downstream errors back at baseline',
  safety: 'Safety-filter trips back at baseline',
};
const ADVICE = {
  complaints:
    'Look for a cause that is not the prompt: provider, upstream data, model change. Check that every cohort was rolled back.',
  downstream:
    'Bad output may sit in a queue, a column or an index (wave 2): check the parser, length limits and the search index before replaying.',
  safety:
    'Look for a cause that is not the prompt: a changed filter, a changed model, hostile traffic. Check that every cohort was rolled back.',
};

/** Checks 2 and 3: has the rate come back? Says "cannot tell" with what is missing, rather than guess from few conversations. */
export function rateCheck(input: RateCheckInput): VerificationCheck {
  const { id, nowMs, flipAtMs, evidence, problem } = input;
  const drainedMs = flipAtMs + DRAINED_AFTER_MS;
  const passedAtMs = input.previous?.passedAtMs ?? null;
  const base = {
    id,
    title: TITLES[id],
    targetMs: RATE_TARGET_MS,
    advice: null,
    progress01: null,
    passedAtMs,
  };
  const isPastTarget = nowMs - flipAtMs > RATE_TARGET_MS;
  if (nowMs < drainedMs) {
    return { ...base, state: 'running', detail: `counts conversations started after ${clock(drainedMs)}` };
  }
  if (!evidence) {
    return { ...base, state: 'cannot-tell', detail: problem ?? 'no baseline was known at the flip' };
  }
  const { since, started, perMinute } = evidence;
  const proof = recoveryEvidence(evidence.baseline, evidence.incident, since);
  const rate = id === 'complaints' ? perThousand : percentOf;
  // Metrics systems extrapolate: their counts come with fractions.
  const counted = `${Math.round(since.events)} in ${started} conversations since ${clock(evidence.fromMs ?? drainedMs)}`;
  const progress01 = Math.min(1, Math.max(0, Math.log(proof.recovered) / Math.log(EVIDENCE_LINE)));
  // Shown once to be far off, it stays so until the evidence has turned: single good conversations around the line are no news.
  const isHeld =
    input.previous?.state === 'failed' && proof.notRecovered > 1 && proof.recovered < EVIDENCE_LINE;
  if (proof.notRecovered >= EVIDENCE_LINE || isHeld) {
    return {
      ...base,
      state: 'failed',
      detail: `${counted}: still far from the baseline of ${rate(proof.baseline01)}`,
      advice: ADVICE[id],
      progress01: 0,
      passedAtMs: null,
    };
  }
  if (proof.recovered >= EVIDENCE_LINE || passedAtMs !== null) {
    return {
      ...base,
      state: 'passed',
      detail: `${counted}: back at the baseline of ${rate(proof.baseline01)}`,
      progress01: 1,
      passedAtMs: passedAtMs ?? nowMs,
    };
  }
  if (!proof.wasRaised && since.conversations >= ENOUGH_UNRAISED) {
    return {
      ...base,
      state: 'passed',
      detail: `${counted}: was never raised (baseline ${rate(proof.baseline01)}), and no sign of it now`,
      progress01: 1,
      passedAtMs: nowMs,
    };
  }
  const more = proof.wasRaised ? proof.moreNeeded : Math.ceil(ENOUGH_UNRAISED - since.conversations);
  const waiting = `about ${more.toLocaleString('en')} more conversations${waitFor(more, perMinute)}`;
  const excluded =
    proof.belowIncident >= EVIDENCE_LINE
      ? ` Already excluded: the incident's ${rate(proof.incident01)}.`
      : '';
  const slow = slowSinceDrain(evidence.baseline, since);
  const isSlow = proof.wasRaised && slow >= EVIDENCE_LINE;
  if (isPastTarget && isSlow) {
    return {
      ...base,
      state: 'late',
      detail: `${counted}: slower than expected, not shown to be back at ${rate(proof.baseline01)}.${excluded}`,
      advice: ADVICE[id],
      progress01,
    };
  }
  const leaning =
    proof.recovered >= 1
      ? `consistent with recovery (evidence ${proof.recovered.toFixed(1)} of ${EVIDENCE_LINE})`
      : `no sign of recovery yet (evidence ${proof.recovered.toFixed(1)} of ${EVIDENCE_LINE})`;
  return {
    ...base,
    state: isPastTarget ? 'cannot-tell' : 'running',
    detail: `cannot tell yet: ${counted}, ${leaning}; ${waiting}.${excluded}${isSlow ? ' Slower than expected.' : ''}`,
    progress01,
  };
}
