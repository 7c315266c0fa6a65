import type { DrillReport, DrillSummary } from '#shared/model/drill.ts';
import { LOOP_STEPS } from '#shared/model/incident.ts';
import { eventsOf, type UnderWay } from './under-way.ts';

/** What can be said of a drill without judging it: steps as the incident's own clocks have them, and everything that happened. */
export function bareReport(drill: UnderWay, outcome: DrillReport['outcome'], endedAtMs: number): DrillReport {
  const { scenario, seen, world } = drill;
  const promptId = scenario.expected.page?.prompt ?? scenario.prompts[0]?.id ?? '';
  const incident = seen.incidents.find((one) => one.promptId === promptId);
  const truth = world?.truth();
  const served = truth?.badStartsMs.length ?? 0;
  return {
    drillId: drill.drillId,
    scenarioId: scenario.id,
    title: scenario.title,
    seed: drill.seed,
    outcome,
    facilitator: drill.facilitator,
    participants: [...drill.participants],
    startedAtMs: drill.startedAtMs,
    endedAtMs,
    beginMs: drill.beginMs ?? drill.startedAtMs,
    onsetMs: truth?.onsetMs ?? null,
    promptId,
    castPromptId: drill.castPromptId,
    steps: LOOP_STEPS.map(({ id, title, targetMs }) => {
      const step = incident?.steps.find((one) => one.id === id);
      const tookMs =
        step === undefined || step.startedAtMs === null || step.doneAtMs === null
          ? null
          : step.doneAtMs - step.startedAtMs;
      const verdict =
        step?.state === 'skipped'
          ? 'not-needed'
          : tookMs === null
            ? 'missed'
            : tookMs <= targetMs
              ? 'within'
              : 'late';
      return { id, title, tookMs, targetMs, verdict, points: 0, possible: 0 };
    }),
    checks: [],
    wrongTurns: [],
    badConversations: { served, best: served, untouched: truth?.badUntouched ?? served },
    points: { earned: 0, possible: 0 },
    sentence: outcome === 'aborted' ? `Aborted: ${drill.detail}` : 'Finished.',
    killswitch: null,
    hintsGiven: drill.hints.filter(({ givenAtMs }) => givenAtMs !== null).length,
    events: eventsOf(drill),
  };
}

/** A row of the drill history. */
export function summaryOfReport(report: DrillReport): DrillSummary {
  const { drillId, scenarioId, title, outcome, facilitator, participants, startedAtMs, endedAtMs } = report;
  const { castPromptId, points, sentence, steps, badConversations, wrongTurns } = report;
  const who = { drillId, scenarioId, title, outcome, facilitator, participants, startedAtMs, endedAtMs };
  const result = { castPromptId, points, sentence, steps, badConversations };
  return { ...who, ...result, wrongTurns: wrongTurns.length };
}
