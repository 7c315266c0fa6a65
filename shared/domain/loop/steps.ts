import type { EvalStanding } from '#shared/model/eval-case.ts';
import { LOOP_STEPS, type DecisionOutcome, type LoopStep, type LoopStepId } from '#shared/model/incident.ts';

/** The moments of an incident the seven clocks are worked out from. All epoch ms; null = has not happened. */
export type LoopFacts = {
  /** The bad version's first appearance; null = unknown. */
  readonly shippedAtMs: number | null;
  /** When it turned bad, as the alarm dated it from the evidence; null = not dated. */
  readonly onsetAtMs: number | null;
  readonly declaredAtMs: number;
  readonly identifiedAtMs: number | null;
  readonly decided: { readonly outcome: DecisionOutcome; readonly atMs: number } | null;
  readonly firstPressedAtMs: number | null;
  /** The flip that stands (in effect and not undone). */
  readonly inEffectAtMs: number | null;
  /** What the newest rollback is doing, while none is in effect. */
  readonly rollbackNote: string | null;
  readonly recoveredAtMs: number | null;
  readonly verifyNote: string | null;
  /** The first verdict on the recovery that was more than "still running", good or bad. */
  readonly judgedAtMs: number | null;
  /** When the incident note was posted or marked as done. */
  readonly notedAtMs: number | null;
  /** Records from before there was a note of its own: the summary at closing was it. */
  readonly isNotedByClosing: boolean;
  /** Null = no eval case was begun. */
  readonly evals: EvalStanding | null;
  /** Somebody took it on themselves to close without one. */
  readonly isEvalWaived: boolean;
  readonly closedAtMs: number | null;
};

/** A version may turn bad long after it shipped, and not before. */
function beganAtMs({ onsetAtMs, shippedAtMs }: LoopFacts): number | null {
  return onsetAtMs === null ? shippedAtMs : Math.max(onsetAtMs, shippedAtMs ?? onsetAtMs);
}

/** The loop rail: each step with its clock. Pure, so that a restart shows the same clocks. */
export function loopSteps(facts: LoopFacts): LoopStep[] {
  const outcome = facts.decided?.outcome ?? null;
  const needsRollback = outcome === null || outcome === 'roll-back' || outcome === 'undecided';
  const isClosed = facts.closedAtMs !== null;
  // Someone may decide before the version is known: then the clock of deciding began with the alarm.
  const decideFrom = facts.identifiedAtMs ?? (facts.decided === null ? null : facts.declaredAtMs);
  const rollbackFrom = earliest(
    outcome === 'roll-back' ? (facts.decided?.atMs ?? null) : null,
    facts.firstPressedAtMs,
  );
  const wasFlipped = facts.inEffectAtMs !== null;
  const isRollbackSkipped = !wasFlipped && (!needsRollback || isClosed);
  const noteFrom = noteDueFromMs(facts);
  const notedAtMs = facts.notedAtMs ?? (facts.isNotedByClosing ? facts.closedAtMs : null);
  return [
    step('detect', earliest(beganAtMs(facts), facts.declaredAtMs), facts.declaredAtMs, {
      note:
        facts.onsetAtMs !== null
          ? 'from when the evidence says it began'
          : facts.shippedAtMs === null
            ? 'when it shipped is not known'
            : 'from when it shipped: when it turned bad is not dated',
    }),
    step('identify', facts.declaredAtMs, facts.identifiedAtMs, { isSkipped: isClosed }),
    step('decide', decideFrom, facts.decided?.atMs ?? null, {
      note: outcome === null ? null : DECIDED[outcome],
      isSkipped: isClosed,
    }),
    step('rollback', rollbackFrom, facts.inEffectAtMs, {
      note: wasFlipped ? null : facts.rollbackNote,
      isSkipped: isRollbackSkipped,
    }),
    step('verify', facts.inEffectAtMs, facts.recoveredAtMs, {
      note: facts.verifyNote,
      isSkipped: isRollbackSkipped || (isClosed && facts.recoveredAtMs === null),
    }),
    step('note', noteFrom ?? notedAtMs ?? facts.closedAtMs, notedAtMs, { isSkipped: isClosed }),
    evalStep(facts, noteFrom ?? facts.closedAtMs),
  ];
}

/**
 * From when on the note is due: the recovery is proven or has a first verdict; without a flip, what was decided instead of one.
 * Null = there is nothing to tell yet.
 */
export function noteDueFromMs(
  facts: Pick<LoopFacts, 'inEffectAtMs' | 'decided' | 'recoveredAtMs' | 'judgedAtMs'>,
): number | null {
  if (facts.inEffectAtMs !== null) {
    // Decided anew after the flip: a person judged it.
    const isJudgedByHand = facts.decided !== null && facts.decided.atMs > facts.inEffectAtMs;
    return earliest(
      facts.recoveredAtMs,
      facts.judgedAtMs,
      isJudgedByHand ? (facts.decided?.atMs ?? null) : null,
    );
  }
  const outcome = facts.decided?.outcome ?? 'undecided';
  return outcome === 'undecided' || outcome === 'roll-back' ? null : (facts.decided?.atMs ?? null);
}

/** Done when a case is proven and gated; its clock runs from when the note is due, whether or not anybody has begun. */
function evalStep({ evals, isEvalWaived }: LoopFacts, dueFromMs: number | null): LoopStep {
  const doneAtMs = evals?.gatedAtMs ?? null;
  const note = evals?.sentence ?? 'the bad output as a new eval case';
  const made = step('eval', dueFromMs ?? doneAtMs, doneAtMs, { note, isSkipped: isEvalWaived });
  return made.state === 'active' && evals === null ? { ...made, state: 'waiting' } : made;
}

const DECIDED: Record<DecisionOutcome, string> = {
  'roll-back': 'roll back',
  'forward-fix': 'forward-fix',
  'keep-ramping': 'keep ramping',
  'not-the-prompt': 'not the prompt',
  undecided: 'undecided',
};

function step(
  id: LoopStepId,
  startedAtMs: number | null,
  doneAtMs: number | null,
  options: { note?: string | null; isSkipped?: boolean },
): LoopStep {
  const state =
    doneAtMs !== null ? 'done' : options.isSkipped ? 'skipped' : startedAtMs !== null ? 'active' : 'waiting';
  // A correction by hand may put an end before its beginning: a clock never runs backwards.
  const started = startedAtMs !== null && doneAtMs !== null ? Math.min(startedAtMs, doneAtMs) : startedAtMs;
  return { id, targetMs: targetOf(id), state, startedAtMs: started, doneAtMs, note: options.note ?? null };
}

function targetOf(id: LoopStepId): number {
  return LOOP_STEPS.find((entry) => entry.id === id)?.targetMs ?? 0;
}

function earliest(...times: (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** `INC-20260509-1`: the UTC day and a number within it. */
export function incidentId(atMs: number, sequence: number): string {
  return `INC-${new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '')}-${sequence}`;
}

/** The next free number of the day, given the ids already used (of any day). */
export function nextSequence(atMs: number, used: readonly string[]): number {
  const prefix = incidentId(atMs, 0).slice(0, -1);
  const numbers = used.filter((id) => id.startsWith(prefix)).map((id) => Number(id.slice(prefix.length)));
  return Math.max(0, ...numbers.filter((value) => Number.isInteger(value))) + 1;
}
