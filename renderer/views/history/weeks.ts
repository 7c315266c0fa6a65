import { nextWeek } from '#shared/domain/history/facts.ts';
import { spanWords } from '#shared/domain/history/words.ts';
import type {
  HistoryGroup,
  HistoryGroupFigures,
  MetricFigures,
  ResponseMetric,
} from '#shared/model/history.ts';

/** The chart's bars at most: a year of weeks. */
const MOST_BARS = 53;

export type GroupRow = {
  readonly key: string;
  readonly title: string;
  readonly closed: number;
  readonly open: number;
  readonly figures: MetricFigures | null;
};

/** One metric of every group. A week without an incident is a week, and drawn; of the weeks the newest, of others the largest. */
export function groupRows(
  groups: readonly HistoryGroupFigures[],
  groupBy: HistoryGroup,
  metric: ResponseMetric,
): GroupRow[] {
  const rows = groups.map(({ key, title, figures }) => ({
    key,
    title,
    closed: figures.closed,
    open: figures.open,
    figures: figures.metrics.find((one) => one.metric === metric) ?? null,
  }));
  return groupBy === 'week' ? withQuietWeeks(rows).slice(-MOST_BARS) : rows.slice(0, MOST_BARS);
}

function withQuietWeeks(rows: readonly GroupRow[]): GroupRow[] {
  const filled: GroupRow[] = [];
  for (const row of rows) {
    const atMs = Date.parse(row.key);
    for (
      let weekMs = nextWeek(Date.parse(filled.at(-1)?.key ?? row.key));
      filled.length > 0 && weekMs < atMs;
      weekMs = nextWeek(weekMs)
    ) {
      const key = new Date(weekMs).toISOString().slice(0, 10);
      filled.push({ key, title: `week of ${key}`, closed: 0, open: 0, figures: null });
    }
    filled.push(row);
  }
  return filled;
}

const NICE_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1_440, 2_880, 7_200, 14_400];

/** Where the axis is written on, in ms from zero: whole minutes, hours or days, at most six of them, the last above everything. */
export function timeAxis(rows: readonly GroupRow[], targetMs: number): number[] {
  const most = Math.max(targetMs, ...rows.map(({ figures }) => figures?.p90Ms ?? figures?.medianMs ?? 0));
  const stepMs = (NICE_MINUTES.find((minutes) => most / (minutes * 60_000) < 5) ?? most / 60_000) * 60_000;
  return Array.from({ length: Math.floor(most / stepMs) + 2 }, (_, index) => index * stepMs);
}

/** What the chart shows, in one sentence. */
export function chartSentence(rows: readonly GroupRow[], title: string, targetMs: number): string {
  const said = rows.filter(({ figures }) => figures !== null && figures.medianMs !== null);
  const over = said.filter(({ figures }) => (figures?.medianMs ?? 0) > targetMs);
  if (said.length === 0) return `${title}: no group has enough incidents for a median.`;
  const worst = said.reduce((a, b) => ((b.figures?.medianMs ?? 0) > (a.figures?.medianMs ?? 0) ? b : a));
  return (
    `${title}: ${said.length} of ${rows.length} with a median, ${over.length} over the target of ${spanWords(targetMs)}; ` +
    `highest ${spanWords(worst.figures?.medianMs ?? null)} (${worst.title}).`
  );
}
