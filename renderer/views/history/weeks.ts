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
