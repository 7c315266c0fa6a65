import type { ActionItem, AuditedItem, Urgency } from '#shared/model/action-item.ts';

const DAY_MS = 24 * 3_600_000;
/** Reminders begin this long before the end of the due day. */
export const DUE_SOON_MS = 2 * DAY_MS;
/** A reminder of an item is repeated at most this often. */
export const REMIND_EVERY_MS = DAY_MS;

/** An open incident, as far as recurrence looks at it. */
export type LiveIncident = {
  readonly id: string;
  readonly promptId: string;
  /** The signal that failed; null = declared by hand, not known. */
  readonly failureMode: string | null;
};

export function isUnfinished({ state }: Pick<ActionItem, 'state'>): boolean {
  return state === 'open' || state === 'in-progress';
}

/** Owner and due date: without both a promise is nobody's. */
export function isReady({ owner, dueOn }: Pick<ActionItem, 'owner' | 'dueOn'>): boolean {
  return owner !== null && dueOn !== null;
}

/** The end of the due day in UTC, epoch ms; null without one. */
export function dueAtMs(dueOn: string | null): number | null {
  return dueOn === null ? null : Date.parse(`${dueOn}T00:00:00Z`) + DAY_MS;
}

/** Every item with how loud it is, the loudest first, then by due date. */
export function auditItems(
  items: readonly ActionItem[],
  live: readonly LiveIncident[],
  nowMs: number,
): AuditedItem[] {
  return items
    .map((item) => ({ ...item, ...urgencyOf(item, live, nowMs) }))
    .toSorted(
      (a, b) =>
        LOUDNESS.indexOf(a.urgency) - LOUDNESS.indexOf(b.urgency) ||
        (dueAtMs(a.dueOn) ?? Infinity) - (dueAtMs(b.dueOn) ?? Infinity) ||
        (a.id < b.id ? -1 : 1),
    );
}
const LOUDNESS: readonly Urgency[] = ['recurred', 'overdue', 'due-soon', 'calm', 'finished'];

function urgencyOf(
  item: ActionItem,
  live: readonly LiveIncident[],
  nowMs: number,
): { urgency: Urgency; urgencyText: string } {
  if (!isUnfinished(item)) return { urgency: 'finished', urgencyText: item.state };
  const again = live.find((incident) => incident.id !== item.incidentId && isSameKind(item, incident));
  if (again) return { urgency: 'recurred', urgencyText: `${again.id} of the same kind is open now` };
  const endMs = dueAtMs(item.dueOn);
  if (endMs === null) return { urgency: 'calm', urgencyText: 'no due date' };
  const leftMs = endMs - nowMs;
  if (leftMs < 0) return { urgency: 'overdue', urgencyText: `${days(-leftMs)} overdue` };
  if (leftMs <= DAY_MS) return { urgency: 'due-soon', urgencyText: 'due today' };
  if (leftMs <= DUE_SOON_MS) return { urgency: 'due-soon', urgencyText: 'due tomorrow' };
  return { urgency: 'calm', urgencyText: `due in ${days(leftMs - DAY_MS)}` };
}

/** The class of failure the item was to prevent: the same prompt failing in the same way (any way, where one is not known). */
function isSameKind(item: ActionItem, incident: LiveIncident): boolean {
  if (item.promptId !== incident.promptId) return false;
  return (
    item.failureMode === null || incident.failureMode === null || item.failureMode === incident.failureMode
  );
}

function days(ms: number): string {
  const count = Math.max(1, Math.ceil(ms / DAY_MS));
  return `${count} day${count === 1 ? '' : 's'}`;
}

/** The items somebody has to be reminded of now: due soon, overdue or recurred, and not reminded of within a day. */
export function dueReminders(audited: readonly AuditedItem[], nowMs: number): AuditedItem[] {
  return audited.filter(
    ({ urgency, remindedAtMs }) =>
      (urgency === 'overdue' || urgency === 'recurred' || urgency === 'due-soon') &&
      (remindedAtMs === null || nowMs - remindedAtMs >= REMIND_EVERY_MS),
  );
}
