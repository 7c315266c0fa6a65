import type { DrillReport, DrillSummary } from '#shared/model/drill.ts';
import { promptOf } from '#shared/domain/drill/facts.ts';
import { createDrillObserver } from '#shared/domain/drill/observation.ts';
import { scoreDrill } from '#shared/domain/drill/score.ts';
import { incidentFacts, weekStart } from '#shared/domain/history/facts.ts';
import type { DrillRecord } from '#engine/records/kind.ts';
import { actedIn } from '../look-at.ts';
import { eventsOf, type UnderWay } from './under-way.ts';

/** The report of a drill as far as it has come, and the facts of its incidents for the figures of drills. */
export function recordOf(drill: UnderWay, outcome: DrillReport['outcome'], endedAtMs: number): DrillRecord {
  const { scenario, world, beginMs, observer } = drill;
  const events = eventsOf(drill);
  const truth = world?.truth() ?? { onsetMs: null, badStartsMs: [], badUntouched: 0 };
  const report = scoreDrill({
    drillId: drill.drillId,
    seed: drill.seed,
    outcome,
    facilitator: drill.facilitator,
    participants: drill.participants,
    startedAtMs: drill.startedAtMs,
    endedAtMs,
    beginMs: beginMs ?? drill.startedAtMs,
    endMs: world?.clock.nowMs() ?? drill.startedAtMs,
    castPromptId: drill.castPromptId,
    scenario,
    truth,
    seen: (observer ?? createDrillObserver(0)).observed(),
    actions: world === null ? [] : actedIn(world),
    hintsGiven: drill.hints.filter(({ givenAtMs }) => givenAtMs !== null).length,
    canProve: world?.canProve(promptOf(scenario)) ?? false,
    events,
  });
  return {
    report: outcome === 'aborted' ? { ...report, sentence: `Aborted: ${drill.detail}` } : report,
    facts: drill.seen.incidents
      .filter(({ declaredAtMs }) => beginMs !== null && declaredAtMs >= beginMs)
      .map((incident) => {
        const prompt = scenario.prompts.find(({ id }) => id === incident.promptId);
        const known = prompt ? { owner: prompt.owner ?? undefined, service: prompt.service } : null;
        return {
          ...incidentFacts(incident, known),
          // Numbers of incidents repeat in every drill, its time is simulated, and nothing of it stays open.
          incidentId: `${drill.drillId}/${incident.id}`,
          isDrill: true,
          status: 'closed' as const,
          declaredAtMs: drill.startedAtMs,
          weekStartMs: weekStart(drill.startedAtMs),
          closedAtMs: endedAtMs,
        };
      }),
  };
}

/** A row of the drill history. */
export function summaryOfReport(report: DrillReport): DrillSummary {
  const { drillId, scenarioId, title, outcome, facilitator, participants, startedAtMs, endedAtMs } = report;
  const { castPromptId, points, sentence, steps, badConversations, wrongTurns, killswitch } = report;
  const who = { drillId, scenarioId, title, outcome, facilitator, participants, startedAtMs, endedAtMs };
  const result = { castPromptId, points, sentence, steps, badConversations, killswitch };
  return { ...who, ...result, wrongTurns: wrongTurns.length };
}
