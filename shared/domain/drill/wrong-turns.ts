import type { WrongTurn } from '#shared/model/drill.ts';
import { owesPostmortem } from '../postmortem/closing.ts';
import { RECOVERY_WINDOW_MS } from '../rollback/recovery-window.ts';
import { flipsOf, isRollbackRight, mainIncident, type DrillFacts } from './facts.ts';
import type { ObservedIncident } from './observation.ts';

/** What a wrong turn costs. */
export const TURN_POINTS: Readonly<Record<WrongTurn['id'], number>> = {
  'acted-on-nothing': 40,
  'never-noticed': 40,
  'rolled-back-not-the-prompt': 20,
  'rolled-back-when-forward-fix': 20,
  'missed-wave-2': 20,
  'second-flip-in-window': 15,
  'closed-without-eval': 15,
  'missed-stale-workers': 15,
  'wrong-version': 15,
  'waited-past-page': 10,
};

/** Mean time to rollback, the standing target: from the alarm to the flipped flag. */
const PAGE_TO_FLIP_MS = 5 * 60_000;

type Found = { readonly id: WrongTurn['id']; readonly atMs: number | null; readonly sentence: string } | null;

/** Where people left the way, each once, in the order of the loop. */
export function wrongTurns(facts: DrillFacts): WrongTurn[] {
  const main = mainIncident(facts);
  const found: Found[] =
    facts.scenario.kind === 'quiet'
      ? [actedOnNothing(facts)]
      : main === null
        ? [neverNoticed(facts)]
        : [
            wrongVersion(facts, main),
            waitedPastPage(facts, main),
            needlessRollback(facts, main),
            secondFlip(main),
            missedStaleWorkers(facts, main),
            missedWave2(facts, main),
            closedWithoutEval(main),
          ];
  return found.flatMap((turn) => (turn === null ? [] : [{ ...turn, points: TURN_POINTS[turn.id] }]));
}

function actedOnNothing({ seen }: DrillFacts): Found {
  const id = 'acted-on-nothing';
  for (const { incident } of seen.incidents) {
    const [flip] = flipsOf(incident);
    if (flip)
      return {
        id,
        atMs: flip.pressedAtMs,
        sentence: `Rolled back to ${flip.toVersion}, and nothing was wrong.`,
      };
    if (incident.alarm === null)
      return { id, atMs: incident.declaredAtMs, sentence: 'Declared an incident, and nothing was wrong.' };
  }
  return null;
}

function neverNoticed({ scenario, truth }: DrillFacts): Found {
  const { expected, declaredByHandMinutes } = scenario;
  if (truth.onsetMs === null || (expected.page === null && declaredByHandMinutes === null)) return null;
  return { id: 'never-noticed', atMs: null, sentence: 'No incident was ever opened.' };
}

function wrongVersion({ scenario }: DrillFacts, { incident }: ObservedIncident): Found {
  const right = scenario.expected.page?.version ?? null;
  const named = incident.badVersion;
  if (right === null || named === null || named === right) return null;
  const atMs = incident.steps.find(({ id }) => id === 'identify')?.doneAtMs ?? null;
  return { id: 'wrong-version', atMs, sentence: `Took ${named} for the bad version; it was ${right}.` };
}

function waitedPastPage({ scenario, endMs }: DrillFacts, { incident }: ObservedIncident): Found {
  const isOnlyRollback = scenario.expected.advice?.every((outcome) => outcome === 'roll-back') ?? true;
  if (!isRollbackRight(scenario) || !isOnlyRollback) return null;
  const flip = flipsOf(incident)[0] ?? null;
  const waitedMs = (flip?.settledAtMs ?? flip?.pressedAtMs ?? endMs) - incident.declaredAtMs;
  if (waitedMs <= PAGE_TO_FLIP_MS) return null;
  const minutes = Math.round(waitedMs / 60_000);
  const sentence =
    flip === null
      ? `Nobody rolled back in the ${minutes} min after the alarm.`
      : `${minutes} min from the alarm to the flip; the target is 5.`;
  return { id: 'waited-past-page', atMs: incident.declaredAtMs + PAGE_TO_FLIP_MS, sentence };
}

function needlessRollback({ scenario }: DrillFacts, { incident }: ObservedIncident): Found {
  const [flip] = flipsOf(incident);
  const advice = scenario.expected.advice ?? [];
  if (!flip || isRollbackRight(scenario)) return null;
  const atMs = flip.pressedAtMs;
  if (advice.includes('forward-fix')) {
    const sentence = `Rolled back to ${flip.toVersion}, whose own bug came back with it; a tested fix was ready.`;
    return { id: 'rolled-back-when-forward-fix', atMs, sentence };
  }
  if (scenario.kind !== 'not-the-prompt') return null;
  const sentence = `Rolled back to ${flip.toVersion}: it was not the prompt, and time went by.`;
  return { id: 'rolled-back-not-the-prompt', atMs, sentence };
}

function secondFlip({ incident }: ObservedIncident): Found {
  const flips = flipsOf(incident).toSorted((a, b) => a.pressedAtMs - b.pressedAtMs);
  for (const [index, flip] of flips.entries()) {
    const before = flips[index - 1];
    const sinceMs = before ? flip.pressedAtMs - (before.settledAtMs ?? before.pressedAtMs) : Infinity;
    if (sinceMs < RECOVERY_WINDOW_MS) {
      const sentence = `Flipped again ${Math.max(0, Math.round(sinceMs / 1000))} s after the first flip: figures follow only after 3 to 5 min.`;
      return { id: 'second-flip-in-window', atMs: flip.pressedAtMs, sentence };
    }
  }
  return null;
}

function missedStaleWorkers({ scenario, actions }: DrillFacts, main: ObservedIncident): Found {
  if (scenario.expected.staleWorkersNamed !== true || flipsOf(main.incident).length === 0) return null;
  if (actions.includes('restart-stale-workers')) return null;
  const named = main.staleWorkers.length;
  const sentence = `The workers that still served the bad version were never restarted${named > 0 ? `, although ${named} were named` : ''}.`;
  return { id: 'missed-stale-workers', atMs: null, sentence };
}

function missedWave2({ scenario, actions }: DrillFacts, { wave2AtMs }: ObservedIncident): Found {
  if (scenario.expected.wave2 !== true || actions.includes('repair-and-replay-queue')) return null;
  const sentence = 'Wave 2 missed: the stored bad output was never repaired and replayed.';
  return { id: 'missed-wave-2', atMs: wave2AtMs, sentence };
}

function closedWithoutEval({ incident }: ObservedIncident): Found {
  const { closedAtMs, decision, evals } = incident;
  const isOwed = owesPostmortem({ wasFlipped: flipsOf(incident).length > 0, decided: decision.recorded });
  if (closedAtMs === null || !isOwed || (evals?.cases ?? 0) > 0) return null;
  return {
    id: 'closed-without-eval',
    atMs: closedAtMs,
    sentence: 'Closed without an eval case: the same output would pass again.',
  };
}
