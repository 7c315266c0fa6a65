import type { DrillReport, WrongTurn } from '#shared/model/drill.ts';
import { checksOf } from './checks.ts';
import { drillSteps } from './drill-steps.ts';
import { flipsOf, isSoft, mainIncident, promptOf, type DrillFacts } from './facts.ts';
import { wrongTurns } from './wrong-turns.ts';

/** A drill in which nothing is wrong has no steps: all of this is for leaving things alone. */
export const QUIET_POINTS = 100;

/**
 * The report of a drill. Pure: the same facts give the same report, for a drill by hand and for one by the scripted responder. Points are
 * those of the steps less what the wrong turns cost, never below 0.
 */
export function scoreDrill(facts: DrillFacts): DrillReport {
  const steps = drillSteps(facts);
  const turns = wrongTurns(facts);
  const isQuiet = facts.scenario.kind === 'quiet';
  const sum = (of: 'points' | 'possible') => steps.reduce((total, step) => total + step[of], 0);
  const possible = isQuiet ? QUIET_POINTS : sum('possible');
  const lost = turns.reduce((total, { points }) => total + points, 0);
  const earned = Math.max(0, (isQuiet ? QUIET_POINTS : sum('points')) - lost);
  const badConversations = badServed(facts);
  const { drillId, seed, outcome, facilitator, participants, startedAtMs, endedAtMs } = facts;
  return {
    drillId,
    scenarioId: facts.scenario.id,
    title: facts.scenario.title,
    seed,
    outcome,
    facilitator,
    participants: [...participants],
    startedAtMs,
    endedAtMs,
    beginMs: facts.beginMs,
    onsetMs: facts.truth.onsetMs,
    promptId: promptOf(facts.scenario),
    castPromptId: facts.castPromptId,
    steps,
    checks: checksOf(facts),
    wrongTurns: turns,
    badConversations,
    points: { earned, possible },
    sentence: sentenceOf(facts, badConversations, turns),
    killswitch: killswitchOf(facts),
    hintsGiven: facts.hintsGiven,
    events: [...facts.events],
  };
}

/**
 * Bad conversations as it went, with a flip at the very moment of the page (or of the declaration, or when one was due), and with nobody
 * doing anything. Up to that moment every course is the same, so the best possible is what had begun badly by then.
 */
function badServed(facts: DrillFacts): DrillReport['badConversations'] {
  const { badStartsMs, badUntouched } = facts.truth;
  const fromMs = actionableAtMs(facts);
  const served = badStartsMs.length;
  const best = fromMs === null ? served : badStartsMs.filter((atMs) => atMs <= fromMs).length;
  return { served, best, untouched: Math.max(served, badUntouched) };
}

function actionableAtMs(facts: DrillFacts): number | null {
  const { scenario, seen, truth } = facts;
  const promptId = promptOf(scenario);
  const known = [
    seen.alarms.find((alarm) => alarm.promptId === promptId && (alarm.class === 'page' || isSoft(scenario)))
      ?.atMs,
    mainIncident(facts)?.incident.declaredAtMs,
  ].filter((atMs) => atMs !== undefined);
  if (known.length > 0) return Math.min(...known);
  const dueMinutes = scenario.expected.page?.withinMinutes ?? scenario.declaredByHandMinutes;
  return dueMinutes === null || truth.onsetMs === null ? null : truth.onsetMs + dueMinutes * 60_000;
}

/** The first flip that was seen in traffic. */
function killswitchOf(facts: DrillFacts): DrillReport['killswitch'] {
  const incident = mainIncident(facts)?.incident;
  const flip = incident && flipsOf(incident).find(({ lamps }) => lamps.inTraffic.state === 'yes');
  const seenAtMs = flip?.lamps.inTraffic.atMs ?? null;
  if (!flip || seenAtMs === null) return null;
  return {
    lever: `${flip.lever} ${flip.key}`,
    tookMs: flip.lamps.inTraffic.afterMs ?? seenAtMs - flip.pressedAtMs,
    by: flip.actor,
  };
}

/** One sentence to open the debrief with. */
function sentenceOf(
  facts: DrillFacts,
  bad: DrillReport['badConversations'],
  turns: readonly WrongTurn[],
): string {
  if (facts.outcome === 'aborted') return 'Aborted before its end.';
  const worst = turns.toSorted((a, b) => b.points - a.points)[0];
  const flaw = worst === undefined ? '' : ` ${worst.sentence}`;
  if (facts.scenario.kind === 'quiet')
    return worst === undefined ? 'Nothing was wrong, and it was left alone.' : worst.sentence;
  const main = mainIncident(facts);
  if (main === null && !isSoft(facts.scenario)) return worst?.sentence ?? 'No incident was opened.';
  const saved =
    bad.untouched > bad.served
      ? `, ${bad.untouched} without a response`
      : ', no fewer than without a response';
  const served = `${bad.served} bad conversations; ${bad.best} were the fewest possible${saved}.`;
  const { onsetMs } = facts.truth;
  const flip = main === null ? undefined : flipsOf(main.incident)[0];
  const flippedAtMs = flip?.settledAtMs ?? flip?.pressedAtMs;
  const how =
    flip !== undefined && flippedAtMs !== undefined && onsetMs !== null
      ? `Back on ${flip.toVersion} ${minutes(flippedAtMs - onsetMs)} after the onset: `
      : '';
  return `${how}${served}${flaw}`;
}

function minutes(ms: number): string {
  return ms < 120_000 ? `${Math.max(0, Math.round(ms / 1000))} s` : `${Math.round(ms / 60_000)} min`;
}
