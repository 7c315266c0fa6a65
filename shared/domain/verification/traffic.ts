import type { VerificationCheck } from '#shared/model/incident.ts';
import type { Lamp } from '#shared/model/rollback.ts';
import { ENOUGH_FOR_5_PERCENT, propagationOf } from './propagation.ts';
import { clock, plural, waitFor } from './words.ts';

/** What received telemetry says about who is serving since a flip. */
export type TrafficEvidence = {
  /** Conversations started after the flip had time to reach every worker, and how many of them were not on the good version. */
  readonly conversations: number;
  readonly bad: number;
  /** Newest start and end of a conversation on any other version, over everything kept. */
  readonly lastBadStartMs: number | null;
  readonly lastBadEndMs: number | null;
  /** Conversations started after the last bad start (all of `conversations` when there was none). */
  readonly clean: number;
  readonly staleWorkers: readonly string[];
  /** Workers seen from shortly before the flip on, and those of them whose newest conversation is on the good version. */
  readonly workers: number;
  readonly workersOnGood: number;
  readonly perMinute: number | null;
  readonly dataUpToMs: number | null;
};

export type FlipFacts = {
  readonly nowMs: number;
  readonly flipAtMs: number;
  /** How long the change may take to reach every worker. */
  readonly propagationMs: number;
  readonly goodVersion: string;
  /** For words; null when unknown. */
  readonly badVersion: string | null;
};

export const DISTRIBUTION_TARGET_MS = 30_000;
export const DRAIN_TARGET_MS = 60_000;
/** Telemetry arrives in batches: silence counts only after this. */
const EXPORT_DELAY_MS = 10_000;

type Previous = Pick<VerificationCheck, 'passedAtMs'> | null;

/** Check 1: everything that starts is on the good version. */
export function distributionCheck(
  flip: FlipFacts,
  traffic: TrafficEvidence | null,
  previous: Previous,
): VerificationCheck {
  const { nowMs, flipAtMs, propagationMs, goodVersion } = flip;
  const judgeFromMs = flipAtMs + propagationMs;
  const base = {
    id: 'distribution' as const,
    title: `All traffic on ${goodVersion}`,
    targetMs: DISTRIBUTION_TARGET_MS,
    advice: null,
    progress01: null,
    passedAtMs: previous?.passedAtMs ?? null,
  };
  if (!traffic) return { ...base, state: 'cannot-tell', detail: 'traffic cannot be read right now' };
  const workers = `${traffic.workersOnGood} of ${plural(traffic.workers, 'worker')} on ${goodVersion}`;
  if (nowMs < judgeFromMs) {
    return {
      ...base,
      state: 'running',
      detail: `${workers}; judged on conversations started after ${clock(judgeFromMs)}`,
      progress01: traffic.workers === 0 ? null : traffic.workersOnGood / traffic.workers,
    };
  }
  const bad = flip.badVersion ?? 'another version';
  const propagation = propagationOf(traffic, nowMs);
  if (propagation.kind === 'present' || propagation.kind === 'straggler') {
    const names = traffic.staleWorkers;
    const detail = `${traffic.bad} of ${traffic.conversations} conversations since ${clock(judgeFromMs)} still on ${bad}; ${workers}`;
    const isFailed = propagation.kind === 'present';
    return {
      ...base,
      state: isFailed ? 'failed' : 'late',
      detail,
      progress01: 1 - traffic.bad / Math.max(1, traffic.conversations),
      passedAtMs: isFailed ? null : base.passedAtMs,
      advice: `Flush the flag cache, then restart ${names.length === 0 ? 'the workers that keep it' : names.join(', ')}.`,
    };
  }
  const sample = traffic.bad === 0 ? traffic.conversations : traffic.clean;
  if (propagation.kind === 'unproven') {
    const { more } = propagation;
    return {
      ...base,
      // Passed once stays passed: the figures only grow.
      state: base.passedAtMs === null ? 'cannot-tell' : 'passed',
      detail:
        sample === 0
          ? `no conversation has started since ${clock(judgeFromMs)}: ${ENOUGH_FOR_5_PERCENT} are needed${waitFor(more, traffic.perMinute)}`
          : `${plural(sample, 'conversation')}, all on ${goodVersion}; ${more} more${waitFor(more, traffic.perMinute)} to say at most 5 % are left`,
      progress01: sample / ENOUGH_FOR_5_PERCENT,
    };
  }
  const late =
    traffic.bad > 0 && traffic.lastBadStartMs !== null
      ? `; the last on ${bad} started at ${clock(traffic.lastBadStartMs)}`
      : '';
  return {
    ...base,
    state: 'passed',
    detail: `${sample} conversations, all on ${goodVersion}: at most ${propagation.atMostLeft01 * 100} % left${late}`,
    progress01: 1,
    passedAtMs: base.passedAtMs ?? nowMs,
  };
}

/** Check 4: what ran on the bad version at the flip has ended. Only ended conversations are seen, so silence is the proof. */
export function inFlightCheck(
  flip: FlipFacts,
  traffic: TrafficEvidence | null,
  previous: Previous,
): VerificationCheck {
  const { nowMs, flipAtMs, propagationMs } = flip;
  const bad = flip.badVersion ?? 'the old version';
  const deadlineMs = flipAtMs + DRAIN_TARGET_MS;
  const base = {
    id: 'in-flight' as const,
    title: 'In-flight conversations drained',
    targetMs: DRAIN_TARGET_MS,
    advice: null,
    progress01: Math.min(1, Math.max(0, (nowMs - flipAtMs) / DRAIN_TARGET_MS)),
    passedAtMs: previous?.passedAtMs ?? null,
  };
  if (!traffic) return { ...base, state: 'cannot-tell', detail: 'traffic cannot be read right now' };
  const endMs = traffic.lastBadEndMs ?? 0;
  const last =
    traffic.lastBadEndMs === null
      ? `no conversation on ${bad} was seen`
      : `the last on ${bad} ended at ${clock(traffic.lastBadEndMs)}`;
  if (nowMs < deadlineMs + EXPORT_DELAY_MS && base.passedAtMs === null) {
    return {
      ...base,
      state: 'running',
      detail: `${last}; drained when none ends after ${clock(deadlineMs)}`,
    };
  }
  if (traffic.dataUpToMs === null || traffic.dataUpToMs < deadlineMs) {
    const detail = 'no telemetry has arrived from after the drain, so silence proves nothing';
    return { ...base, state: base.passedAtMs === null ? 'cannot-tell' : 'passed', detail };
  }
  if (endMs <= deadlineMs) {
    const passedAtMs = base.passedAtMs ?? Math.max(flipAtMs, Math.min(endMs, nowMs));
    return { ...base, state: 'passed', detail: last, progress01: 1, passedAtMs };
  }
  if (nowMs - endMs > DRAIN_TARGET_MS) {
    return {
      ...base,
      state: 'passed',
      detail: `${last}, ${Math.round((endMs - flipAtMs) / 1000)} s after the flip: late, but over`,
      progress01: 1,
      passedAtMs: base.passedAtMs ?? endMs,
    };
  }
  const isStillStarting = (traffic.lastBadStartMs ?? 0) > flipAtMs + propagationMs;
  return {
    ...base,
    state: nowMs > flipAtMs + 3 * DRAIN_TARGET_MS ? 'failed' : 'late',
    detail: `${last}, past the ${DRAIN_TARGET_MS / 1000} s a conversation may take`,
    passedAtMs: null,
    advice: isStillStarting
      ? `${bad} is still being started: settle the distribution first.`
      : 'Check conversation TTLs and time-outs: these began before the flip and have not ended.',
  };
}

/** The third lamp of a rollback, from the same evidence. */
export function trafficLamp(
  check: VerificationCheck,
  traffic: TrafficEvidence | null,
  goodVersion: string,
): { readonly state: Lamp['state']; readonly detail: string } {
  const workers = traffic
    ? `${traffic.workersOnGood} of ${plural(traffic.workers, 'worker')} on ${goodVersion}`
    : check.detail;
  switch (check.state) {
    case 'passed':
      return { state: 'yes', detail: check.detail };
    case 'failed':
    case 'late':
      return { state: 'partial', detail: check.detail };
    case 'cannot-tell':
      return { state: 'waiting', detail: check.detail };
    case 'waiting':
    case 'running':
      return {
        state:
          traffic && traffic.workersOnGood > 0 && traffic.workersOnGood < traffic.workers
            ? 'partial'
            : 'checking',
        detail: workers,
      };
  }
}
