import type { TimelineKind, Verification, VerificationCheck } from '#shared/model/incident.ts';
import type { SignalId } from '#shared/model/signal.ts';
import { ATTENTION_MS, RECOVERY_WINDOW_MS } from '../rollback/recovery-window.ts';
import { rateCheck, type RateEvidence } from './rates.ts';
import { scoreCheck, type ScoreCheckInput } from './score-check.ts';
import { distributionCheck, inFlightCheck, type FlipFacts, type TrafficEvidence } from './traffic.ts';
import { plural } from './words.ts';

/** Past this, a rate that has not come back means: the prompt was not it, or the rollback is partial. */
export const NOT_THE_PROMPT_AFTER_MS = 10 * 60_000;

export type VerificationInput = FlipFacts & {
  readonly traffic: TrafficEvidence | null;
  readonly complaints: RateEvidence | null;
  readonly complaintsProblem: string | null;
  readonly downstream: RateEvidence | null;
  readonly downstreamProblem: string | null;
  /** Safety trips and csat are verified where the incident touched them; absent = not looked at. */
  readonly safety?: { readonly evidence: RateEvidence | null; readonly problem: string | null };
  readonly csat?: Omit<ScoreCheckInput, 'nowMs' | 'flipAtMs' | 'previous'>;
  /** Signals whose alarm opened the incident: no recovery without them. The four checks of the mission count in any case. */
  readonly alarmed?: readonly SignalId[];
  /** The verification as it was last time, whose passed checks keep their time. */
  readonly previous: Verification | null;
};

/** A flipped flag is not a recovered system: the four checks of the mission and what they add up to. Pure. */
export function verify(input: VerificationInput): Verification {
  const { nowMs, flipAtMs, previous, traffic } = input;
  const before = (id: VerificationCheck['id']) => previous?.checks.find((check) => check.id === id) ?? null;
  const rate = (
    id: 'complaints' | 'downstream' | 'safety',
    evidence: RateEvidence | null,
    problem: string | null,
  ) => rateCheck({ id, nowMs, flipAtMs, evidence, problem, previous: before(id) });
  const distribution = distributionCheck(input, traffic, before('distribution'));
  const complaints = rate('complaints', input.complaints, input.complaintsProblem);
  const downstream = rate('downstream', input.downstream, input.downstreamProblem);
  const inFlight = inFlightCheck(input, traffic, before('in-flight'));
  const { safety, csat } = input;
  const further = [
    safety ? rate('safety', safety.evidence, safety.problem) : null,
    csat ? scoreCheck({ ...csat, nowMs, flipAtMs, previous: before('csat') }) : null,
  ].filter((check) => check !== null);
  const alarmed = new Set<string>(input.alarmed);
  const required = [
    distribution,
    complaints,
    downstream,
    inFlight,
    ...further.filter(({ id }) => alarmed.has(id)),
  ];
  const checks = [distribution, complaints, downstream, inFlight, ...further];
  const isSuspected = isWave2(distribution, downstream);
  const verdict = verdictOf(input, { distribution, downstream, required });
  const staleWorkers = isBad(distribution) ? [...(traffic?.staleWorkers ?? [])] : [];
  return {
    sinceMs: flipAtMs,
    checks,
    verdict,
    sentence: sentenceFor(verdict, input, checks, staleWorkers),
    staleWorkers,
    recoveryWindowEndsMs: flipAtMs + RECOVERY_WINDOW_MS,
    attentionEndsMs: flipAtMs + ATTENTION_MS,
    wave2: {
      suspected: isSuspected,
      sentence: isSuspected
        ? `${input.badVersion ?? 'The bad version'} is gone from traffic, yet downstream errors go on: bad output is stored somewhere. ` +
          'Look in the parser (old format), columns with a length limit, and the search index; repair, then replay the queue and tell the customers.'
        : '',
    },
  };
}

function verdictOf(
  { nowMs, flipAtMs }: VerificationInput,
  parts: {
    readonly distribution: VerificationCheck;
    readonly downstream: VerificationCheck;
    readonly required: readonly VerificationCheck[];
  },
): Verification['verdict'] {
  const { distribution, downstream, required } = parts;
  if (required.every((check) => check.state === 'passed')) return 'recovered';
  if (distribution.state === 'failed') return 'not-propagated';
  if (isWave2(distribution, downstream)) return 'wave-2';
  if (nowMs - flipAtMs < NOT_THE_PROMPT_AFTER_MS) return 'running';
  if (required.some((check) => OF_THE_PROMPT.has(check.id) && isBad(check))) return 'not-the-prompt';
  return required.some((check) => check.state === 'cannot-tell') ? 'cannot-tell' : 'running';
}

/**
 * The bad version is gone and the errors are not. Stored bad output need not fail as often as the version itself did: errors that stay shown to be
 * well above the baseline when they should be back are enough.
 */
function isWave2(distribution: VerificationCheck, downstream: VerificationCheck): boolean {
  return distribution.state === 'passed' && isBad(downstream);
}

/** What the prompt itself makes worse, rather than what stores or forwards its output. */
const OF_THE_PROMPT: ReadonlySet<VerificationCheck['id']> = new Set(['complaints', 'safety', 'csat']);

function sentenceFor(
  verdict: Verification['verdict'],
  { goodVersion, badVersion }: VerificationInput,
  checks: readonly VerificationCheck[],
  staleWorkers: readonly string[],
): string {
  const passed = checks.filter((check) => check.state === 'passed').length;
  switch (verdict) {
    case 'recovered':
      return passed === checks.length
        ? `Recovered: all ${checks.length === 4 ? 'four' : checks.length} checks passed on ${goodVersion}.`
        : `Recovered on ${goodVersion}: what alarmed is back; ${plural(checks.length - passed, 'further check')} still to come.`;
    case 'not-propagated':
      return staleWorkers.length === 0
        ? `${badVersion ?? 'The old version'} is still being served: the change has not reached every worker.`
        : `${plural(staleWorkers.length, 'worker')} still ${staleWorkers.length === 1 ? 'serves' : 'serve'} ${badVersion ?? 'the old version'}: ${staleWorkers.join(', ')}.`;
    case 'wave-2':
      return 'Downstream errors outlive the bad version: wave 2, stored bad output.';
    case 'not-the-prompt':
      return 'Ten minutes after the flip the signals are not back: the prompt was not it, or the rollback is partial. Widen the search.';
    case 'cannot-tell':
      return `${passed} of ${checks.length} checks passed; too little data for the rest. Nothing speaks against recovery.`;
    case 'running':
      return `${passed} of ${checks.length} checks passed.`;
  }
}

function isBad(check: VerificationCheck): boolean {
  return check.state === 'failed' || check.state === 'late';
}

/** What is worth a line in the timeline between two turns of the loop. */
export function verificationNews(
  previous: Verification | null,
  next: Verification,
): { readonly kind: TimelineKind; readonly text: string; readonly atMs: number | null }[] {
  const news: { kind: TimelineKind; text: string; atMs: number | null }[] = [];
  for (const check of next.checks) {
    const before = previous?.checks.find((other) => other.id === check.id)?.state ?? 'waiting';
    if (before === check.state) continue;
    if (check.state === 'passed') {
      news.push({
        kind: 'check',
        text: `check passed: ${check.title}. ${check.detail}`,
        atMs: check.passedAtMs,
      });
    } else if (check.state === 'failed' || check.state === 'late') {
      const word = check.state === 'failed' ? 'failed' : 'is late';
      news.push({ kind: 'check', text: `check ${word}: ${check.title}. ${check.detail}`, atMs: null });
    }
  }
  const named = next.staleWorkers.join(', ');
  if (named !== '' && named !== (previous?.staleWorkers.join(', ') ?? '')) {
    news.push({ kind: 'traffic', text: `stale workers: ${named}`, atMs: null });
  }
  if (next.verdict !== 'running' && next.verdict !== (previous?.verdict ?? 'running')) {
    news.push({ kind: 'verdict', text: next.sentence, atMs: null });
  }
  return news;
}
