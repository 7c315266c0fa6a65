import { createClock } from '#engine/clock.ts';
import { createIncidents, type Incidents } from '#engine/incidents/create-incidents.ts';
import {
  emptyEvidence,
  leverDesk,
  quietLog,
  sourceDesk,
  workspaceDesk,
} from '#engine/incidents/test-bench.ts';
import type { SourceInstance } from '#engine/connectors/kind.ts';
import type { Records } from '#engine/records/kind.ts';
import type { LiveChange } from '#shared/model/live.ts';

export type TestEngine = Incidents & { readonly records: Records; readonly published: LiveChange[] };

/** Incidents and rollbacks on a record, with no telemetry; `flags` is the prompt's lever. */
export async function startIncidents(
  records: Records,
  sources: Readonly<Record<string, SourceInstance>> = {},
): Promise<TestEngine> {
  const published: LiveChange[] = [];
  const incidents = await createIncidents({
    records,
    clock: createClock(),
    workspace: workspaceDesk(),
    sources: sourceDesk(sources),
    levers: leverDesk(),
    evidence: emptyEvidence(),
    live: { publish: (change) => void published.push(change) },
    log: quietLog,
  });
  return { ...incidents, records, published };
}

let commands = 0;
export const by = (name: string) => {
  commands += 1;
  return { operationId: `op-records-${commands}`, actor: { name, via: 'page' as const } };
};
