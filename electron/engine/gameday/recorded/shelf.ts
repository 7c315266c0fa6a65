import type { Scenario } from '#shared/model/scenario.ts';
import type { PartLog } from '#engine/log/log.ts';
import type { DrillBundleRecord, Records } from '#engine/records/kind.ts';
import { readBundle } from './bundle-text.ts';

/** Recorded incidents that can be played, of the team's record. */
export type Shelf = {
  list(): Promise<Scenario[]>;
  /** Throws BundleTextError; keeps it for everybody on this record. */
  add(text: string, who: { readonly by: string; readonly atMs: number }): Promise<Scenario>;
};

export function createShelf(deps: {
  readonly records: Pick<Records, 'write' | 'drillBundles'>;
  readonly log: PartLog;
}): Shelf {
  /** What was read already, by scenario id: a bundle never changes. */
  const known = new Map<string, Scenario>();

  function opened({ scenarioId, text }: DrillBundleRecord): Scenario[] {
    try {
      const scenario = known.get(scenarioId) ?? readBundle(text).scenario;
      known.set(scenarioId, scenario);
      return [scenario];
    } catch (error) {
      deps.log.warn({ scenarioId, error: String(error) }, 'a recorded incident cannot be read');
      return [];
    }
  }

  return {
    list: async () => (await deps.records.drillBundles()).flatMap(opened),
    async add(text, { by, atMs }) {
      const { scenario } = readBundle(text);
      const { id: scenarioId, recording } = scenario;
      const value = { scenarioId, bundleOf: recording.incidentId, addedAtMs: atMs, addedBy: by, text };
      await deps.records.write([{ kind: 'drill-bundle', value }]);
      return scenario;
    },
  };
}
