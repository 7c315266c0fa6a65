import type { VerificationCheck } from '#shared/model/incident.ts';
import { DRAINED_AFTER_MS, RATE_TARGET_MS } from './rates.ts';
import { EVIDENCE_LINE } from './recovery-evidence.ts';
import type { ScoreEvidence } from './score-recovery.ts';
import { clock, waitFor } from './words.ts';

export type ScoreCheckInput = {
  readonly nowMs: number;
  readonly flipAtMs: number;
  /** From `createScoreRecovery`, fed with what was rated about conversations started after the drain. Null = not possible. */
  readonly evidence: ScoreEvidence | null;
  /** Why there is no evidence; null = no ratings of both versions from before the flip. */
  readonly problem: string | null;
  /** From `hasDropped`; null = too few ratings before the flip to say. */
  readonly hasDropped: boolean | null;
  readonly ratingsPerMinute: number | null;
  readonly previous: Pick<VerificationCheck, 'passedAtMs'> | null;
};

/** Is csat back, closer to the baseline than to the incident? */
export function scoreCheck(input: ScoreCheckInput): VerificationCheck {
  const { nowMs, flipAtMs, evidence, hasDropped } = input;
  const drainedMs = flipAtMs + DRAINED_AFTER_MS;
  const passedAtMs = input.previous?.passedAtMs ?? null;
  const base = {
    id: 'csat' as const,
    title: 'csat back at baseline',
    targetMs: RATE_TARGET_MS,
    advice: null,
    progress01: null,
    passedAtMs,
  };
  if (nowMs < drainedMs) {
    return { ...base, state: 'running', detail: `counts conversations started after ${clock(drainedMs)}` };
  }
  if (!evidence || hasDropped === null) {
    const detail = input.problem ?? 'too few ratings of both versions from before the flip';
    return { ...base, state: 'cannot-tell', detail };
  }
  const counted = `${evidence.ratings.toLocaleString('en')} ratings since ${clock(drainedMs)}`;
  if (!hasDropped) {
    return {
      ...base,
      state: 'passed',
      detail: `${counted}: had not dropped`,
      progress01: 1,
      passedAtMs: passedAtMs ?? nowMs,
    };
  }
  if (evidence.notRecovered >= EVIDENCE_LINE) {
    return {
      ...base,
      state: 'failed',
      detail: `${counted}: still nearer to the incident than to the baseline`,
      advice: 'Look for a cause that is not the prompt, and check who answers: csat compares those who rate.',
      progress01: 0,
      passedAtMs: null,
    };
  }
  if (evidence.recovered >= EVIDENCE_LINE || passedAtMs !== null) {
    return {
      ...base,
      state: 'passed',
      detail: `${counted}: back, nearer to the baseline than to the incident`,
      progress01: 1,
      passedAtMs: passedAtMs ?? nowMs,
    };
  }
  const { moreNeeded, recovered } = evidence;
  return {
    ...base,
    state: nowMs - flipAtMs > RATE_TARGET_MS ? 'cannot-tell' : 'running',
    detail:
      `cannot tell yet: ${counted}, evidence of recovery ${recovered.toFixed(1)} of ${EVIDENCE_LINE}; about ` +
      `${moreNeeded.toLocaleString('en')} more ratings${waitFor(moreNeeded, input.ratingsPerMinute)}.`,
    progress01: Math.min(1, Math.max(0, Math.log(recovered) / Math.log(EVIDENCE_LINE))),
  };
}
