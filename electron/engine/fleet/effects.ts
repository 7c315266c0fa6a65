import type { Behaviour, Fault } from '#shared/model/scenario.ts';

/** A fault in force from a time on, perhaps until another. */
export type ActiveFault = {
  readonly fault: Fault;
  readonly fromMs: number;
  /** When it was withdrawn or repaired; Infinity while it is in force. */
  untilMs: number;
};

/** What a conversation meets: its chances, and whether a fault made them worse. */
export type Conditions = {
  readonly behaviour: Behaviour;
  readonly isWorse: boolean;
  /** `error.type` of spans that fail downstream; null = the parser's own. */
  readonly errorType: string | null;
  /** The model that answered, where it is not the prompt's. */
  readonly model: string | null;
};

export type Circumstances = {
  readonly promptId: string;
  readonly version: string;
  readonly cohort: string;
  readonly atMs: number;
  /** First change of the prompt's lever after the bad version was in force; null = nobody has flipped. */
  readonly flippedAtMs: number | null;
};

type Effect = { complaint: number; safety: number; downstream: number; fallback: number; csatPoints: number };

/** Bad outputs are tried again once no new ones come: this long after the flip the backlog is at the front of the queue. */
const BACKLOG_AFTER_FLIP_MS = 60_000;

const isInForce = ({ fromMs, untilMs }: ActiveFault, atMs: number) => atMs >= fromMs && atMs < untilMs;

/** The part of an effect that is there `sinceMs` after its beginning. */
function reached01(fault: Extract<Fault, { kind: 'bad-version' }>, sinceMs: number): number {
  const rampMs = fault.rampMinutes * 60_000;
  return rampMs === 0 ? 1 : Math.min(1, sinceMs / rampMs);
}

function apply(effect: Effect, fault: Extract<Fault, { complaintTimes: number }>, part01: number): void {
  const times = (factor: number) => 1 + (factor - 1) * part01;
  effect.complaint *= times(fault.complaintTimes);
  effect.safety *= times(fault.safetyTimes);
  effect.downstream *= times(fault.downstreamTimes);
  effect.fallback *= times(fault.fallbackTimes);
  effect.csatPoints += fault.csatPoints * part01;
}

/** What the faults in force make of healthy chances. */
export function conditionsOf(
  healthy: Behaviour,
  faults: readonly ActiveFault[],
  at: Circumstances,
): Conditions {
  const effect: Effect = { complaint: 1, safety: 1, downstream: 1, fallback: 1, csatPoints: 0 };
  let isWorse = false;
  let errorType: string | null = null;
  let model: string | null = null;
  for (const active of faults) {
    const { fault } = active;
    if (!isInForce(active, at.atMs) || ('prompt' in fault && fault.prompt !== at.promptId)) continue;
    switch (fault.kind) {
      case 'bad-version': {
        const isMeant = fault.version === at.version && (fault.cohorts?.includes(at.cohort) ?? true);
        if (!isMeant) continue;
        apply(effect, fault, reached01(fault, at.atMs - active.fromMs));
        isWorse = true;
        break;
      }
      case 'poisoned-queue': {
        const isBacklogDue = at.flippedAtMs !== null && at.atMs >= at.flippedAtMs + BACKLOG_AFTER_FLIP_MS;
        if (!isBacklogDue) continue;
        // What fails is the old records' second try: whoever talks now is answered as well as ever.
        effect.downstream *= fault.downstreamTimes;
        break;
      }
      case 'stalled-recovery': {
        if (at.flippedAtMs === null || at.atMs < at.flippedAtMs) continue;
        for (const other of faults) {
          const bad = other.fault;
          if (bad.kind !== 'bad-version' || bad.prompt !== fault.prompt || bad.version === at.version)
            continue;
          apply(effect, bad, fault.remaining01);
          isWorse = true;
        }
        break;
      }
      case 'provider-outage':
        apply(effect, fault, 1);
        errorType = fault.errorType;
        isWorse = true;
        break;
      case 'model-change':
        model = fault.toModel;
        apply(effect, fault, 1);
        isWorse = true;
        break;
      case 'upstream-data':
        apply(effect, fault, 1);
        isWorse = true;
        break;
      case 'stale-workers':
      case 'slow-telemetry':
      case 'missing-version':
      case 'lever-trouble':
        break;
    }
  }
  const chance = (healthy01: number, factor: number) => Math.min(1, healthy01 * factor);
  return {
    behaviour: {
      complaint01: chance(healthy.complaint01, effect.complaint),
      safety01: chance(healthy.safety01, effect.safety),
      downstream01: chance(healthy.downstream01, effect.downstream),
      fallback01: chance(healthy.fallback01, effect.fallback),
      csatMean: Math.min(100, Math.max(0, healthy.csatMean + effect.csatPoints)),
    },
    isWorse,
    errorType,
    model,
  };
}

/** How much later than usual spans arrive. */
export function spanDelayMs(faults: readonly ActiveFault[], atMs: number): number {
  let delayMs = 0;
  for (const active of faults)
    if (active.fault.kind === 'slow-telemetry' && isInForce(active, atMs))
      delayMs = Math.max(delayMs, active.fault.seconds * 1000);
  return delayMs;
}

/** Share of a prompt's spans that name no version, 0..1. */
export function unversioned01(
  usual01: number,
  faults: readonly ActiveFault[],
  promptId: string,
  atMs: number,
): number {
  let share01 = usual01;
  for (const active of faults) {
    const { fault } = active;
    if (fault.kind === 'missing-version' && fault.prompt === promptId && isInForce(active, atMs))
      share01 = Math.max(share01, fault.share01);
  }
  return share01;
}
