import { randomUUID } from 'node:crypto';
import type { IncidentRecord } from '../records/kind.ts';

/** A page is behind by a tenth of a second, figures come every few: this many reach far back enough. */
const KEPT_PER_INCIDENT = 16;

/**
 * What was shown of each incident, by the revision that went with it, so that a command is compared with what its sender really saw
 * and not with what came in while it was on its way. Revisions are of this run alone; one that is not known any more gives null.
 */
export function createShownRecords() {
  const run = randomUUID().slice(0, 8);
  const shown = new Map<string, { readonly revision: string; readonly record: IncidentRecord }[]>();
  let count = 0;
  return {
    revisionOf(record: IncidentRecord): string {
      const kept = shown.get(record.id) ?? [];
      const known = kept.find((one) => one.record === record);
      if (known) return known.revision;
      count += 1;
      const revision = `${run}-${count}`;
      shown.set(record.id, [...kept.slice(1 - KEPT_PER_INCIDENT), { revision, record }]);
      return revision;
    },
    at: (incidentId: string, revision: string): IncidentRecord | null =>
      shown.get(incidentId)?.find((one) => one.revision === revision)?.record ?? null,
    forget: (incidentId: string) => void shown.delete(incidentId),
  };
}
