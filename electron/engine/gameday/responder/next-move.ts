import { advisedTriage } from '#shared/domain/drill/advised-triage.ts';
import { isInEffect, isSettled } from '#shared/domain/rollback/machine.ts';
import { progressOf } from '#shared/domain/wave2/playbooks.ts';
import type { BlockerId } from '#shared/model/closing.ts';
import type { DecisionOutcome, Incident, Triage } from '#shared/model/incident.ts';
import type { PromptStatus } from '#shared/model/prompt.ts';
import type { WorldAction } from '#shared/model/scenario.ts';

/** What a person does next in an incident. */
export type Move =
  | { readonly kind: 'triage'; readonly triage: Triage }
  | { readonly kind: 'identify'; readonly version: string }
  | { readonly kind: 'say-fix-is-ready' }
  | { readonly kind: 'decide'; readonly outcome: DecisionOutcome }
  | { readonly kind: 'press' }
  | { readonly kind: 'hold-ramp' }
  | { readonly kind: 'act'; readonly action: WorldAction }
  /** The repair that the incident view suggests for what the bad version left behind. */
  | { readonly kind: 'choose-playbook' }
  | { readonly kind: 'finish-repair' }
  | { readonly kind: 'tell' }
  /** To see what still stands against it. */
  | { readonly kind: 'try-to-close' }
  | {
      readonly kind: 'write';
      readonly about: 'cause' | 'detection-gap' | 'timeline' | 'action-items' | 'eval-case';
    }
  /** Into the suite, and run on both versions. */
  | { readonly kind: 'prove-case' }
  /** Has it been reviewed and merged? */
  | { readonly kind: 'check-gate' }
  | { readonly kind: 'waive'; readonly blocker: 'eval-case' | 'eval-gate' }
  | { readonly kind: 'close' };

/** What a responder knows besides what the screen shows. */
export type Memory = {
  /** What was set going outside Fusebox. */
  readonly acted: ReadonlySet<WorldAction>;
  /** The repair that was begun outside is over. */
  readonly isRepaired: boolean;
  readonly hasHeldRamp: boolean;
  readonly hasTriedToClose: boolean;
  readonly presses: number;
  /** How often a case was proven, and its gate looked at. */
  readonly proofs: number;
  readonly gateLooks: number;
};

/** What was said before the drill. */
export type Briefing = {
  /** A person knows of a fix that passes its evals within the hour. */
  readonly hasFixReady: boolean;
};

/** So long a person looks for a cause before deciding without one. */
const LOOKING_MS = 150_000;
/** Nobody presses for ever. */
const MAX_PRESSES = 4;
/** A refused case is written anew once. */
const MAX_PROOFS = 2;
/** Reviewers come within minutes, or not in this drill. */
const MAX_GATE_LOOKS = 4;

/**
 * The next move in an open incident, as the product advises it: the suggested version, the tree's advice, the failing check's. Null = wait and
 * look again. Knows nothing of what is wrong. Pure.
 */
export function nextMove(
  incident: Incident,
  prompt: PromptStatus | null,
  memory: Memory,
  briefing: Briefing,
  nowMs: number,
): Move | null {
  if (incident.status === 'closed') return null;
  return (
    understand(incident, prompt, nowMs) ??
    decide(incident, briefing) ??
    contain(incident, memory) ??
    verify(incident, memory, nowMs) ??
    aftermath(incident, memory)
  );
}

const isAboutThePrompt = (incident: Incident) => {
  const { advice, recorded } = incident.decision;
  return (recorded?.outcome ?? advice) !== 'not-the-prompt';
};

function understand(incident: Incident, prompt: PromptStatus | null, nowMs: number): Move | null {
  if (incident.decision.recorded !== null) return null;
  if (incident.triage === 'unknown') {
    const triage = advisedTriage(incident);
    if (triage !== 'unknown') return { kind: 'triage', triage };
  }
  const isLookedAt = incident.triage !== 'unknown' || nowMs - incident.declaredAtMs >= LOOKING_MS;
  const version = prompt?.candidate ?? null;
  if (isLookedAt && isAboutThePrompt(incident) && incident.badVersion === null && version !== null) {
    return { kind: 'identify', version };
  }
  return null;
}

function decide(incident: Incident, briefing: Briefing): Move | null {
  const { recorded, advice, answers } = incident.decision;
  if (recorded !== null) return null;
  const fix = answers.find(({ question }) => question === 'fix-within-hour');
  if (briefing.hasFixReady && isAboutThePrompt(incident) && fix?.answer !== 'yes')
    return { kind: 'say-fix-is-ready' };
  return advice === 'undecided' ? null : { kind: 'decide', outcome: advice };
}

function contain(incident: Incident, memory: Memory): Move | null {
  const outcome = incident.decision.recorded?.outcome;
  const isFlipped = incident.rollbacks.some(
    ({ operation, state }) => operation.kind !== 'set-share' && isInEffect(state),
  );
  switch (outcome) {
    case 'roll-back':
      return isFlipped || isUnderWay(incident) || memory.presses >= MAX_PRESSES ? null : { kind: 'press' };
    case 'forward-fix':
      if (!memory.hasHeldRamp) return { kind: 'hold-ramp' };
      return once('ship-fixed-version', memory);
    case 'not-the-prompt': {
      const action = ACTION_OF[incident.triage];
      return action === null ? null : once(action, memory);
    }
    case 'keep-ramping':
    case 'undecided':
    case undefined:
      return null;
  }
}

const ACTION_OF: Readonly<Record<Triage, WorldAction | null>> = {
  provider: 'call-provider',
  'upstream-data': 'fix-upstream-data',
  'model-change': 'pin-model',
  prompt: null,
  unknown: null,
};

function once(action: WorldAction, { acted }: Memory): Move | null {
  return acted.has(action) ? null : { kind: 'act', action };
}

function isUnderWay({ rollbacks }: Incident): boolean {
  return rollbacks.some(({ state }) => !isSettled(state));
}

/** What the failing check advises; and where the recovery cannot be proven, what the list asks for: a decision with open eyes. */
function verify(incident: Incident, memory: Memory, nowMs: number): Move | null {
  const { verification, decision } = incident;
  if (!verification) return null;
  if (verification.verdict === 'not-propagated' && verification.staleWorkers.length > 0) {
    const move = once('restart-stale-workers', memory);
    if (move) return move;
  }
  const repair = repairWave2(incident, memory);
  if (repair) return repair;
  const isDecidedAnew = (decision.recorded?.atMs ?? 0) > verification.sinceMs;
  if (isDecidedAnew) return null;
  if (verification.verdict === 'not-the-prompt') return { kind: 'decide', outcome: 'not-the-prompt' };
  const isOverdue = nowMs > verification.attentionEndsMs;
  if (isOverdue && verification.verdict === 'cannot-tell') return { kind: 'decide', outcome: 'roll-back' };
  return null;
}

/** Choose how to repair, do it, tick it off when it is done. */
function repairWave2({ verification, wave2 }: Incident, memory: Memory): Move | null {
  const isOpen = wave2 !== null && wave2.life.end === null;
  if (!isOpen && verification?.wave2.suspected !== true && !memory.acted.has('repair-and-replay-queue'))
    return null;
  const hasChosen = wave2 !== null && Object.values(wave2.playbooks).some(({ isChosen }) => isChosen);
  if (isOpen && !hasChosen) return { kind: 'choose-playbook' };
  const move = once('repair-and-replay-queue', memory);
  if (move) return move;
  const { total, finished } = wave2 === null ? { total: 0, finished: 0 } : progressOf(wave2);
  return memory.isRepaired && finished < total ? { kind: 'finish-repair' } : null;
}

/** Blockers of the response itself: time or another move answers them, not writing. */
const OF_THE_RESPONSE: ReadonlySet<BlockerId> = new Set([
  'rollback-unsettled',
  'undecided',
  'rollback-missing',
  'recovery',
  'wave-2',
]);

function aftermath(incident: Incident, memory: Memory): Move | null {
  if (incident.note?.state === 'draft') return { kind: 'tell' };
  const open = incident.blockers.filter(({ waiver }) => waiver === null).map(({ id }) => id);
  if (open.some((id) => OF_THE_RESPONSE.has(id))) return null;
  if (open.length > 0 && !memory.hasTriedToClose) return { kind: 'try-to-close' };
  // The case first: it is reviewed while the rest is written.
  if (open.includes('eval-case')) {
    const move = proveCase(incident, memory);
    if (move) return move;
  }
  for (const about of ['timeline', 'cause', 'detection-gap', 'action-items'] as const)
    if (open.includes(about)) return { kind: 'write', about };
  if (open.includes('eval-case')) return { kind: 'waive', blocker: 'eval-case' };
  if (open.includes('eval-gate'))
    return memory.gateLooks < MAX_GATE_LOOKS
      ? { kind: 'check-gate' }
      : { kind: 'waive', blocker: 'eval-gate' };
  return open.length === 0 ? { kind: 'close' } : null;
}

/** Null = it was tried often enough. */
function proveCase({ evals }: Incident, { proofs }: Memory): Move | null {
  if ((evals?.cases ?? 0) === 0) return { kind: 'write', about: 'eval-case' };
  return proofs < MAX_PROOFS ? { kind: 'prove-case' } : null;
}
