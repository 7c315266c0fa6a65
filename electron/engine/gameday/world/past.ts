import type { ActionItem } from '#shared/model/action-item.ts';
import type { Incident } from '#shared/model/incident.ts';
import type { Scenario, ScenarioPrompt } from '#shared/model/scenario.ts';
import { SIGNAL_IDS } from '#shared/model/signal.ts';
import type { Clock } from '#engine/clock.ts';
import type { IncidentRecord, RecordEntry } from '#engine/records/kind.ts';
import { openRecords } from '#engine/records/open-records.ts';

type Earlier = Scenario['earlierIncidents'][number];
const DAY_MS = 24 * 3600_000;
const MINUTE_MS = 60_000;
const NOBODY = 'the team';

const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

/** The streams beyond the four signals have no place in a trigger. */
const signalOf = ({ signal }: Earlier): Incident['trigger']['signal'] =>
  SIGNAL_IDS.find((id) => id === signal) ?? null;

function recordOf(
  earlier: Earlier,
  prompt: ScenarioPrompt | undefined,
  id: string,
  atMs: number,
): IncidentRecord {
  const before = prompt?.versions.filter(({ id: version }) => version !== earlier.badVersion).at(0)?.id;
  return {
    id,
    promptId: earlier.prompt,
    promptTitle: earlier.prompt,
    severity: 'P2',
    status: 'closed',
    trigger: {
      kind: 'incident',
      signal: signalOf(earlier),
      cohort: null,
      sigma: null,
      ratio: null,
      sentence: earlier.summary,
    },
    badVersion: earlier.badVersion,
    badSha: null,
    goodVersion: before ?? prompt?.control ?? '',
    cohort: 'all',
    shippedAtMs: atMs - 10 * MINUTE_MS,
    declaredAtMs: atMs,
    declaredBy: 'fusebox',
    driver: prompt?.owner ?? NOBODY,
    triage: 'prompt',
    signals: [],
    alarm: null,
    evidence: [],
    culprit: null,
    badConversations: null,
    summary: earlier.summary,
    closedAtMs: atMs + 60 * MINUTE_MS,
    closedBy: prompt?.owner ?? NOBODY,
    identifiedAtMs: atMs,
    answers: [],
    decided: { outcome: 'roll-back', by: prompt?.owner ?? NOBODY, atMs: atMs + MINUTE_MS },
    verification: null,
    references: null,
  };
}

function itemOf(
  earlier: Earlier,
  title: string,
  incidentId: string,
  owner: string | null,
  atMs: number,
): ActionItem {
  return {
    id: `${incidentId}-A1`,
    incidentId,
    promptId: earlier.prompt,
    title,
    owner,
    dueOn: dayOf(atMs + 14 * DAY_MS),
    state: 'open',
    droppedBecause: null,
    ticketUrl: null,
    failureMode: earlier.signal,
    suiteId: null,
    revision: 1,
    createdAtMs: atMs + 2 * 60 * MINUTE_MS,
    createdBy: owner ?? NOBODY,
    changedAtMs: atMs + 2 * 60 * MINUTE_MS,
    changedBy: owner ?? NOBODY,
    doneAtMs: null,
    remindedAtMs: null,
  };
}

/** Writes the scenario's earlier incidents into the drill's record, before its engine opens that. */
export async function writePast(
  scenario: Scenario,
  dataDir: string,
  clock: Clock,
  startMs: number,
): Promise<void> {
  if (scenario.earlierIncidents.length === 0) return;
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const records = await openRecords({ dataDir, clock, log: quiet });
  try {
    const entries = scenario.earlierIncidents.flatMap((earlier, index): RecordEntry[] => {
      const atMs = startMs - earlier.daysAgo * DAY_MS;
      const id = `INC-${dayOf(atMs).replaceAll('-', '')}-${index + 1}`;
      const prompt = scenario.prompts.find((one) => one.id === earlier.prompt);
      const incident: RecordEntry = { kind: 'incident', value: recordOf(earlier, prompt, id, atMs) };
      if (earlier.unfinishedItem === null) return [incident];
      const item = itemOf(earlier, earlier.unfinishedItem, id, prompt?.owner ?? null, atMs);
      return [incident, { kind: 'action-item', value: item }];
    });
    await records.write(entries);
  } finally {
    await records.close();
  }
}
