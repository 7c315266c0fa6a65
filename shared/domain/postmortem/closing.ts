import type { Aftermath, BlockerId, ClosingBlocker } from '#shared/model/closing.ts';
import type { EvalStanding } from '#shared/model/eval-case.ts';
import type { DecisionOutcome, Verification } from '#shared/model/incident.ts';
import type { Wave2 } from '#shared/model/wave2.ts';
import { wave2Blocker } from '../wave2/clock.ts';

/** What closing depends on. */
export type ClosingFacts = {
  /** What the newest unsettled change is doing; null = all are settled. */
  readonly unsettled: string | null;
  /** The flip that stands. */
  readonly flipAtMs: number | null;
  /** Some rollback of this incident was in effect once, also when it was undone. */
  readonly wasFlipped: boolean;
  readonly decided: { readonly outcome: DecisionOutcome; readonly atMs: number } | null;
  readonly verification: Verification | null;
  readonly aftermath: Aftermath;
  /** Null = no eval case was begun. */
  readonly evals: EvalStanding | null;
  /** Null = there was no second wave. */
  readonly wave2: Wave2 | null;
};

/**
 * Whether the five outputs are owed: something was rolled back, or a fix of the prompt was decided. An incident that was not the
 * prompt's, or not worse than the control, teaches no eval: it closes with its summary. Severity plays no part.
 */
export function owesPostmortem({
  wasFlipped,
  decided,
}: Pick<ClosingFacts, 'wasFlipped' | 'decided'>): boolean {
  return wasFlipped || decided?.outcome === 'forward-fix' || decided?.outcome === 'roll-back';
}

/** Everything closing asks for that is not there, in the order of the loop; a waived one carries its waiver. */
export function closingBlockers(facts: ClosingFacts): ClosingBlocker[] {
  const found = [
    ...responseBlockers(facts),
    ...wave2Blockers(facts),
    ...(owesPostmortem(facts) ? outputBlockers(facts) : []),
  ];
  return found.map((blocker) => ({
    ...blocker,
    waiver: blocker.isWaivable
      ? (facts.aftermath.waivers.findLast((waiver) => waiver.blocker === blocker.id) ?? null)
      : null,
  }));
}

type Found = Omit<ClosingBlocker, 'waiver'>;

/** The response itself: none of these can be waived, because a decision can be recorded at any time. */
function responseBlockers(facts: ClosingFacts): Found[] {
  const blockers: Found[] = [];
  if (facts.unsettled !== null) {
    blockers.push(
      firm(
        'rollback-unsettled',
        'act',
        `A change is not confirmed yet (${facts.unsettled}): wait until the flag has been read back.`,
      ),
    );
  }
  const outcome = facts.decided?.outcome ?? 'undecided';
  if (facts.flipAtMs === null) {
    if (outcome === 'undecided') {
      const text = 'Nothing was decided: record what was done about it under Decide, or roll back.';
      blockers.push(firm('undecided', 'decide', text));
    } else if (outcome === 'roll-back') {
      const text =
        'Rolling back was decided, but no rollback is in effect: roll back, or record another decision.';
      blockers.push(firm('rollback-missing', 'act', text));
    }
    return blockers;
  }
  // Decided anew after the flip: an outcome given with open eyes settles what the checks could not.
  if (facts.decided !== null && facts.decided.atMs > facts.flipAtMs) return blockers;
  const { verification } = facts;
  if (verification?.verdict === 'recovered') return blockers;
  const text =
    !verification || verification.verdict === 'running'
      ? 'The recovery is still being checked: wait for the four checks, or record another decision.'
      : `${verification.sentence} Record what it was under Decide (for example "not the prompt"), then close.`;
  blockers.push(firm('recovery', 'verify', text));
  return blockers;
}

/** A second wave is repaired before its incident closes, whatever the response decided. */
function wave2Blockers({ wave2 }: ClosingFacts): Found[] {
  const sentence = wave2Blocker(wave2);
  return sentence === null ? [] : [{ id: 'wave-2', place: 'wave2', sentence, isWaivable: true }];
}

/** What the aftermath owes: each can be waived by name, with a reason. */
function outputBlockers({ aftermath, evals }: ClosingFacts): Found[] {
  const blockers: Found[] = [];
  const add = (id: BlockerId, place: ClosingBlocker['place'], sentence: string) =>
    blockers.push({ id, place, sentence, isWaivable: true });
  if (aftermath.note.doneAtMs === null) {
    add('note', 'note', 'The incident note has not gone out: post it, or mark it as done.');
  }
  if (aftermath.timelineConfirmed === null) {
    add(
      'timeline',
      'postmortem',
      'Nobody has confirmed the timeline: correct the times that are wrong, then confirm it.',
    );
  }
  if (!aftermath.hasCause) {
    add('cause', 'postmortem', 'No cause: write what in the new prompt did it, so that it teaches later.');
  }
  const gap = [
    aftermath.hasMissedByEvals ? null : 'what the evals in CI missed',
    aftermath.hasWhyNotSooner ? null : 'why it was not seen sooner',
  ].filter((part) => part !== null);
  if (gap.length > 0) {
    add('detection-gap', 'postmortem', `The detection gap is not told: write ${gap.join(' and ')}.`);
  }
  if (evals?.acceptedAtMs == null) {
    add(
      'eval-case',
      'eval',
      'No accepted eval case: make one that fails on the bad version and passes on the good one.',
    );
  } else if (evals.gatedAtMs === null) {
    add('eval-gate', 'eval', 'The eval case is not gated in CI: let the workflow run its suite, then check.');
  }
  const { total, ready } = aftermath.actionItems;
  if (total === 0 || ready < total) {
    const text =
      total === 0
        ? 'No action item: write at least one, with an owner and a due date.'
        : `${total - ready} of ${total} action items ${total - ready === 1 ? 'has' : 'have'} no owner or no due date.`;
    add('action-items', 'postmortem', text);
  }
  return blockers;
}

function firm(id: BlockerId, place: ClosingBlocker['place'], sentence: string): Found {
  return { id, place, sentence, isWaivable: false };
}
