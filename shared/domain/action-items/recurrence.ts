import type { ActionItem, EarlierIncident } from '#shared/model/action-item.ts';
import type { Incident } from '#shared/model/incident.ts';
import { auditItems, isUnfinished } from './audit.ts';

/** An incident as recurrence compares it. */
export type Comparable = Pick<
  Incident,
  'id' | 'promptId' | 'promptTitle' | 'declaredAtMs' | 'status' | 'trigger' | 'alarm' | 'summary'
> & {
  /** Eval suites its cases and action items are in. */
  readonly suiteIds: readonly string[];
};

/** More would not be read. */
const MOST = 8;

/** How it failed: the signal that alarmed. Null = declared by hand, not known. */
export function failureModeOf({ alarm, trigger }: Pick<Incident, 'alarm' | 'trigger'>): string | null {
  return alarm?.signal ?? trigger.signal;
}

/**
 * The earlier incidents that this one resembles (the same prompt, the same failing signal, the same eval suite), those that resemble it
 * most first, then the newest; each with the action items that are not finished.
 */
export function earlierIncidents(
  incident: Comparable,
  history: readonly Comparable[],
  items: readonly ActionItem[],
  nowMs: number,
): EarlierIncident[] {
  const mode = failureModeOf(incident);
  return history
    .filter((one) => one.id !== incident.id && one.declaredAtMs <= incident.declaredAtMs)
    .flatMap((one) => {
      const because = [
        one.promptId === incident.promptId ? ('prompt' as const) : null,
        mode !== null && failureModeOf(one) === mode ? ('failure-mode' as const) : null,
        one.suiteIds.some((suite) => incident.suiteIds.includes(suite)) ? ('suite' as const) : null,
      ].filter((reason) => reason !== null);
      return because.length === 0 ? [] : [{ one, because }];
    })
    .toSorted(
      (a, b) =>
        b.because.length - a.because.length ||
        b.one.declaredAtMs - a.one.declaredAtMs ||
        (a.one.id < b.one.id ? 1 : -1),
    )
    .slice(0, MOST)
    .map(({ one, because }) => ({
      id: one.id,
      promptTitle: one.promptTitle,
      declaredAtMs: one.declaredAtMs,
      status: one.status,
      because,
      sentence: one.summary ?? one.trigger.sentence,
      unfinished: auditItems(
        items.filter((item) => item.incidentId === one.id && isUnfinished(item)),
        [{ id: incident.id, promptId: incident.promptId, failureMode: mode }],
        nowMs,
      ),
    }));
}
