import type { Incident } from '#shared/model/incident.ts';
import type { IncidentRecord } from '../records/kind.ts';
import { localOffset, type IncidentDeps } from './deps.ts';
import { incidentView, type ViewSettings } from './incident-view.ts';
import { chatTarget } from './timeline-text.ts';

/** What a view takes from the workspace. No revision: only what is held in memory has one. */
export function settingsFor(record: IncidentRecord, deps: IncidentDeps): ViewSettings {
  const prompt = deps.workspace.prompt(record.promptId);
  return {
    noteTarget: prompt?.chat ? chatTarget(prompt) : null,
    offsetMinutes: localOffset(deps, record.declaredAtMs),
    revision: '',
  };
}

/** An incident that is no longer held in memory. */
export async function closedView(record: IncidentRecord, deps: IncidentDeps): Promise<Incident> {
  const { records } = deps;
  const [timeline, rollbacks] = await Promise.all([
    records.timeline(record.id),
    records.rollbacks({ incidentId: record.id }),
  ]);
  return incidentView(
    record,
    timeline,
    rollbacks.map(({ rollback, machine }) => ({ rollback, facts: machine })),
    settingsFor(record, deps),
  );
}
