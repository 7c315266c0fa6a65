import type { ScenarioSummary } from '#shared/model/drill.ts';
import type { Scenario } from '#shared/model/scenario.ts';

/** A scenario as the library shows it; `bundleOf` = the incident that it was recorded from. */
export function summaryOf(scenario: Scenario, bundleOf: string | null): ScenarioSummary {
  const { id, title, kind, leak, purpose, brief, minutes, prompts } = scenario;
  return {
    id,
    title,
    kind,
    leak,
    purpose,
    brief,
    minutes,
    prompts: prompts.map((prompt) => prompt.id),
    source: bundleOf === null ? 'library' : 'recorded',
    bundleOf,
  };
}
