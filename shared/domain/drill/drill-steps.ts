import type { DrillReport } from '#shared/model/drill.ts';
import { LOOP_STEPS, type LoopStepId } from '#shared/model/incident.ts';
import { flipsOf, isRollbackRight, isSoft, mainIncident, promptOf, type DrillFacts } from './facts.ts';
import type { ObservedIncident } from './observation.ts';

type DrillStep = DrillReport['steps'][number];

/** What each step is worth; together 100. */
export const STEP_POINTS: Readonly<Record<LoopStepId, number>> = {
  detect: 20,
  identify: 10,
  decide: 15,
  rollback: 20,
  verify: 15,
  note: 10,
  eval: 10,
};

/** Somebody who is told of trouble by a call shall have an incident within this time. */
const BY_HAND_MS = 5 * 60_000;

/** The seven steps of the loop with their times and points; those the scenario does not call for are worth nothing. */
export function drillSteps(facts: DrillFacts): DrillStep[] {
  const main = mainIncident(facts);
  const needed = neededSteps(facts, main);
  return LOOP_STEPS.map(({ id, title, targetMs }) => {
    const tookMs = took(id, facts, main);
    const target = id === 'detect' ? detectTarget(facts, targetMs) : targetMs;
    const possible = needed.has(id) ? STEP_POINTS[id] : 0;
    return { id, title, tookMs, targetMs: target, ...judged(tookMs, target, possible) };
  });
}

/** In time: all points. Late: the share that the target is of the time it took, so that twice the target earns half. */
function judged(
  tookMs: number | null,
  targetMs: number,
  possible: number,
): Pick<DrillStep, 'verdict' | 'points' | 'possible'> {
  if (possible === 0) return { verdict: 'not-needed', points: 0, possible };
  if (tookMs === null) return { verdict: 'missed', points: 0, possible };
  if (tookMs <= targetMs) return { verdict: 'within', points: possible, possible };
  return { verdict: 'late', points: Math.round((possible * targetMs) / tookMs), possible };
}

function neededSteps(facts: DrillFacts, main: ObservedIncident | null): ReadonlySet<LoopStepId> {
  const { scenario } = facts;
  if (scenario.kind === 'quiet') return new Set();
  if (isSoft(scenario)) return new Set(['decide']);
  const advice = scenario.expected.advice ?? ['roll-back'];
  const isOnlyRollback = isRollbackRight(scenario) && advice.every((outcome) => outcome === 'roll-back');
  // Where the evidence may say either, what was done is what is judged.
  const isRolledBack =
    isOnlyRollback || (isRollbackRight(scenario) && main !== null && flipsOf(main.incident).length > 0);
  const owesOutputs = isRolledBack || advice.includes('forward-fix');
  return new Set<LoopStepId>([
    'detect',
    'decide',
    ...(owesOutputs ? (['identify', 'note', 'eval'] as const) : []),
    ...(isRolledBack ? (['rollback', 'verify'] as const) : []),
  ]);
}

/** What nobody could have seen sooner is no lateness: the scenario says by when a page is due, or when the first customer calls. */
function detectTarget({ scenario }: DrillFacts, targetMs: number): number {
  const { expected, declaredByHandMinutes } = scenario;
  const due = expected.page === null ? 0 : expected.page.withinMinutes * 60_000;
  const called = declaredByHandMinutes === null ? 0 : declaredByHandMinutes * 60_000 + BY_HAND_MS;
  return Math.max(targetMs, due, called);
}

function took(id: LoopStepId, facts: DrillFacts, main: ObservedIncident | null): number | null {
  const { onsetMs } = facts.truth;
  if (isSoft(facts.scenario)) return id === 'decide' ? rampHeldAfterMs(facts) : null;
  if (main === null) return null;
  const { incident } = main;
  if (id === 'detect') return onsetMs === null ? null : Math.max(0, incident.declaredAtMs - onsetMs);
  if (id === 'eval') return evalTook(main, facts.canProve);
  const step = incident.steps.find((each) => each.id === id);
  if (step?.startedAtMs == null || step.doneAtMs === null) return null;
  return step.doneAtMs - step.startedAtMs;
}

/**
 * Until a case was proven: one that would not have caught the bad output is no better than none. The gate is not waited for, because the review
 * before it is somebody else's time. Where nothing can be proven (a recorded incident has no suite) the case itself is what counts.
 */
function evalTook({ incident }: ObservedIncident, canProve: boolean): number | null {
  const { evals, closedAtMs } = incident;
  if (evals === null || evals.cases === 0) return null;
  const step = incident.steps.find(({ id }) => id === 'eval');
  const startMs = step?.startedAtMs ?? null;
  const endMs = canProve ? evals.acceptedAtMs : (step?.doneAtMs ?? closedAtMs ?? startMs ?? 0);
  return endMs === null ? null : Math.max(0, endMs - (startMs ?? endMs));
}

/** From the first warning to the first move of the prompt's lever. */
function rampHeldAfterMs({ scenario, seen, truth }: DrillFacts): number | null {
  const promptId = promptOf(scenario);
  const warning = seen.alarms.find(
    (alarm) => alarm.promptId === promptId && alarm.atMs >= (truth.onsetMs ?? 0),
  );
  if (warning === undefined) return null;
  const held = seen.leverChanges.find(
    (change) => change.promptId === promptId && change.atMs >= warning.atMs,
  );
  return held === undefined ? null : held.atMs - warning.atMs;
}
