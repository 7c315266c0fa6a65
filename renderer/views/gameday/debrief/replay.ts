import type { DrillEvent, DrillReport } from '#shared/model/drill.ts';

/** How the drill stood right after one of its events. */
export type Moment = {
  readonly event: DrillEvent;
  readonly sinceBeginMs: number;
  /** Null before the onset, and where nothing goes wrong. */
  readonly sinceOnsetMs: number | null;
  readonly faultsActive: number;
  readonly alarm: string | null;
  /** Incidents opened and closed until then. */
  readonly opened: number;
  readonly closed: number;
  readonly decision: string | null;
  readonly lever: string | null;
  readonly verdict: string | null;
  readonly outside: string | null;
  readonly hints: number;
};

/** Every line about an incident names it. */
const INCIDENT_ID = /INC-\d{8}-\d+/g;
const SINGLE_CHECK = /^(INC-\S+ )?check /;

/** The state after event `index` (taken into range); null where there is no event. */
export function momentAt(
  { events, beginMs, onsetMs }: Pick<DrillReport, 'events' | 'beginMs' | 'onsetMs'>,
  index: number,
): Moment | null {
  const at = Math.max(0, Math.min(index, events.length - 1));
  const event = events[at];
  if (event === undefined) return null;
  const until = events.slice(0, at + 1);
  const count = (kind: DrillEvent['kind']) => until.filter((one) => one.kind === kind).length;
  const last = (kind: DrillEvent['kind']) => until.findLast((one) => one.kind === kind)?.text ?? null;
  const incidents = new Set(until.flatMap(({ text }) => text.match(INCIDENT_ID) ?? []));
  return {
    event,
    sinceBeginMs: event.atMs - beginMs,
    sinceOnsetMs: onsetMs === null || event.atMs < onsetMs ? null : event.atMs - onsetMs,
    faultsActive: Math.max(0, count('fault') - count('withdrawn')),
    alarm: last('alarm'),
    opened: incidents.size,
    closed: count('closed'),
    decision: last('decision'),
    lever: last('lever'),
    // A single check is no verdict; until there is one, the newest check says how far it is.
    verdict:
      until.findLast(({ kind, text }) => kind === 'verdict' && !SINGLE_CHECK.test(text))?.text ??
      last('verdict'),
    outside: last('action'),
    hints: count('hint'),
  };
}

/** Where each event lies between the first and the last, 0..1; all at one moment lie at the beginning. */
export function placesOf(events: readonly DrillEvent[]): number[] {
  const first = events[0]?.atMs ?? 0;
  const span = (events.at(-1)?.atMs ?? 0) - first;
  return events.map(({ atMs }) => (span <= 0 ? 0 : (atMs - first) / span));
}
