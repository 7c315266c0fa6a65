import { assertNever } from '#shared/lib/assert-never.ts';
import type { DrillEvent } from '#shared/model/drill.ts';
import type { Incident, TimelineEntry, TimelineKind } from '#shared/model/incident.ts';

/** The tool's own name in timelines. */
const TOOL = 'fusebox';

/** Null: told by the incident itself, or by another line. */
function kindOf(kind: TimelineKind): DrillEvent['kind'] | null {
  switch (kind) {
    case 'alarm':
      return 'alarm';
    case 'declared':
      return 'incident';
    case 'identified':
    case 'triaged':
    case 'decided':
      return 'decision';
    case 'pressed':
    case 'lever':
    case 'traffic':
      return 'lever';
    case 'check':
    case 'verdict':
    case 'wave-2':
      return 'verdict';
    case 'notice':
    case 'note':
    case 'handover':
    case 'repair':
      return 'note';
    case 'closed':
      return 'closed';
    case 'shipped':
    case 'regression':
    case 'engine':
      return null;
    default:
      return assertNever(kind, 'timeline kind');
  }
}

function eventOf(incident: Incident, entry: TimelineEntry): DrillEvent | null {
  const kind = kindOf(entry.kind);
  if (kind === null) return null;
  const isTool = entry.by === TOOL;
  return {
    atMs: entry.atMs,
    by: isTool ? 'fusebox' : 'participant',
    kind,
    who: entry.by,
    text: `${incident.id} ${entry.text}`,
  };
}

const text = (event: DrillEvent) => `${event.by} ${event.kind} ${event.who} ${event.text}`;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The world's own events and the lines of its incidents, oldest first. What happened in one instant is in an order of its own: it was at once. */
export function allEvents(world: readonly DrillEvent[], incidents: readonly Incident[]): DrillEvent[] {
  const told = incidents.flatMap((incident) =>
    incident.timeline.flatMap((entry) => {
      const event = eventOf(incident, entry);
      return event ? [event] : [];
    }),
  );
  return [...world, ...told].toSorted((a, b) => a.atMs - b.atMs || compare(text(a), text(b)));
}
