import type { ScenarioSummary } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';

/** A scenario as the library shows it; `isOwn` = a file of the team's. */
export function summaryOf(scenario: Scenario, isOwn = false): ScenarioSummary {
  const { id, title, kind, leak, purpose, brief, minutes, prompts, recording } = scenario;
  return {
    id,
    title,
    kind,
    leak,
    purpose,
    brief,
    minutes,
    prompts: prompts.map((prompt) => prompt.id),
    source: recording !== null ? 'recorded' : isOwn ? 'own' : 'library',
    bundleOf: recording?.incidentId ?? null,
  };
}
