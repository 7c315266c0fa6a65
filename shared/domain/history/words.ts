import {
  ENOUGH_INCIDENTS,
  type EvalCounts,
  type HistorySummary,
  type ItemAge,
  type ItemAgeing,
  type MetricFigures,
} from '#shared/model/history.ts';

/** A measured time as people read it: "48 s", "3 min 20 s", "2 h 5 min", "3 d 4 h"; "–" where there is none. */
export function spanWords(ms: number | null): string {
  if (ms === null) return '–';
  const seconds = Math.round(Math.max(0, ms) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return both(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? both(hours, 'h', minutes % 60, 'min')
    : both(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function both(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** Why there is no median: nothing measured, or too few. Null where there is one. */
export function tooFewWords({
  count,
  minMs,
  maxMs,
}: Pick<MetricFigures, 'count' | 'minMs' | 'maxMs'>): string | null {
  if (count === 0) return 'not measured yet';
  if (count >= ENOUGH_INCIDENTS) return null;
  const range = minMs === maxMs ? spanWords(minMs) : `${spanWords(minMs)} to ${spanWords(maxMs)}`;
  return `${count} of ${ENOUGH_INCIDENTS} needed: ${range}`;
}

/** "9 of 12 within target" */
export function withinWords({ count, withinTarget }: Pick<MetricFigures, 'count' | 'withinTarget'>): string {
  return count === 0 ? '' : `${withinTarget} of ${count} within target`;
}

const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** What the figures are about, as sentences: how many, what is apart, what is not known. */
export function aboutWords({ incidents, drills, prevented, notWorkedOut }: HistorySummary): string[] {
  const { evalCases, waivers, recurrences } = incidents;
  const hard = prevented.hard === null ? 'not known' : String(prevented.hard);
  const lines = [
    `${plural(incidents.closed, 'incident')} closed, ${incidents.open} open (in no figure), ${plural(drills.closed, 'drill')} apart`,
    `prevented: ${prevented.soft} by a frozen ramp that no incident followed within a day; stopped by an eval suite before it shipped: ${hard}`,
    `${plural(recurrences, 'recurrence')} (the same prompt on the same signal); ` +
      `eval cases: ${evalCases.proven} proven, ${evalCases.waived} waived, ${evalCases.missing} missing` +
      (evalCases.notOwed > 0 ? `, ${evalCases.notOwed} not owed` : '') +
      `${evalCases.unknown > 0 ? `, ${evalCases.unknown} not known` : ''}; ` +
      `closed with a waiver: ${waivers.given}`,
  ];
  if (notWorkedOut > 0)
    lines.push(`${plural(notWorkedOut, 'older incident')} not in the figures yet: still being worked out`);
  return lines;
}

export const EVAL_OUTCOMES: readonly { readonly id: keyof EvalCounts; readonly title: string }[] = [
  { id: 'proven', title: 'proven' },
  { id: 'waived', title: 'waived' },
  { id: 'missing', title: 'missing' },
  { id: 'notOwed', title: 'not owed' },
  { id: 'unknown', title: 'not known' },
];

export const ITEM_AGES: Readonly<Record<ItemAge, string>> = {
  'under-1-week': 'under 1 week',
  '1-to-4-weeks': '1 to 4 weeks',
  '4-to-12-weeks': '4 to 12 weeks',
  'over-12-weeks': 'over 12 weeks',
};

/** "7 action items unfinished, 2 of them overdue" */
export function ageingWords({ unfinished, overdue }: Pick<ItemAgeing, 'unfinished' | 'overdue'>): string {
  if (unfinished === 0) return 'no action item is unfinished';
  const late = overdue === 0 ? 'none overdue' : `${overdue} of them overdue`;
  return `${plural(unfinished, 'action item')} unfinished, ${late}`;
}
