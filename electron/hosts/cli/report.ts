import { figuresCsv } from '#shared/domain/history/csv.ts';
import {
  aboutWords,
  ageingWords,
  EVAL_OUTCOMES,
  ITEM_AGES,
  spanWords,
  tooFewWords,
  withinWords,
} from '#shared/domain/history/words.ts';
import { momentOf } from '#shared/domain/history/moment.ts';
import {
  historyGroupSchema,
  type HistorySet,
  type HistorySummary,
  RESPONSE_METRICS,
} from '#shared/model/history.ts';
import type { HostSettings } from '../engine-options.ts';
import { connect } from './engine-client.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export type ReportOptions = HostSettings & {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly promptId: string | undefined;
  readonly groupBy: string;
  readonly withMeans: boolean;
  readonly format: 'text' | 'json' | 'csv';
};

type Say = (line: string) => void;

/** The figures of the History page. Exit 0 also when there are too few incidents to say much; 2 when an option cannot be read. */
export async function report(options: ReportOptions, say: Say, complain: Say): Promise<ExitCode> {
  const fromMs = options.from === undefined ? null : momentOf(options.from, 'from');
  const toMs = options.to === undefined ? null : momentOf(options.to, 'to');
  const groupBy = historyGroupSchema.safeParse(options.groupBy);
  const wrong = [
    ...(options.from !== undefined && fromMs === null ? [`--from ${options.from}`] : []),
    ...(options.to !== undefined && toMs === null ? [`--to ${options.to}`] : []),
  ];
  if (wrong.length > 0) {
    complain(`Not a date: ${wrong.join(', ')}. Write 2026-05-09 (UTC) or 2026-05-09T14:00:00Z.`);
    return EXIT.usage;
  }
  if (!groupBy.success) {
    complain(`No such group: ${options.groupBy}. There are: ${historyGroupSchema.options.join(', ')}.`);
    return EXIT.usage;
  }
  const connection = await connect(options);
  try {
    const summary = await connection.client.history.summary({
      filter: { fromMs, toMs, promptId: options.promptId ?? null },
      groupBy: groupBy.data,
      withMeans: options.withMeans,
    });
    if (options.format === 'json') say(JSON.stringify(summary, null, 2));
    else if (options.format === 'csv') say(figuresCsv(summary).trimEnd());
    else for (const line of reportLines(summary)) say(line);
    return EXIT.done;
  } finally {
    await connection.close();
  }
}

/** The report as a person reads it in a terminal. */
export function reportLines(summary: HistorySummary): string[] {
  const { fromMs, toMs } = summary.filter;
  const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  const window = [
    ...(fromMs === null ? [] : [`from ${day(fromMs)}`]),
    ...(toMs === null ? [] : [`before ${day(toMs)}`]),
  ];
  const lines = [
    `history, ${window.length === 0 ? 'all time' : `${window.join(' ')} UTC`}`,
    ...aboutWords(summary).map((line) => `  ${line}`),
    '',
    ...table(summary.incidents, summary.withMeans),
  ];
  if (summary.drills.closed > 0) lines.push('', 'drills', ...table(summary.drills, summary.withMeans));
  lines.push(...aftermathLines(summary));
  const [rollbackMetric] = RESPONSE_METRICS;
  if (rollbackMetric === undefined || summary.groups.length === 0) return lines;
  lines.push('', `by ${summary.groupBy}: incidents, ${rollbackMetric.title}`);
  for (const { title, figures } of summary.groups) {
    const one = figures.metrics.find(({ metric }) => metric === rollbackMetric.id);
    if (one === undefined) continue;
    const said =
      tooFewWords(one) ??
      `median ${spanWords(one.medianMs)}, p90 ${spanWords(one.p90Ms)}, ${withinWords(one)}`;
    lines.push(`  ${title}: ${figures.closed} closed, ${figures.open} open; ${said}`);
  }
  return lines;
}

/** Eval cases by week and the age of what is unfinished; nothing where there is neither. */
function aftermathLines({ evalWeeks, actionItems }: HistorySummary): string[] {
  const lines: string[] = [];
  if (evalWeeks.length > 0) lines.push('', 'eval cases of incidents, by week');
  for (const { key, counts } of evalWeeks) {
    const said = EVAL_OUTCOMES.filter(({ id }) => counts[id] > 0).map(
      ({ id, title }) => `${counts[id]} ${title}`,
    );
    lines.push(`  week of ${key}: ${said.length === 0 ? 'none settled yet' : said.join(', ')}`);
  }
  lines.push('', ageingWords(actionItems));
  if (actionItems.unfinished === 0) return lines;
  for (const { age, unfinished, overdue } of actionItems.ages)
    lines.push(`  promised ${ITEM_AGES[age]} ago: ${unfinished}, overdue ${overdue}`);
  for (const { owner, unfinished, overdue, oldestDays } of actionItems.owners)
    lines.push(`  ${owner ?? 'nobody named'}: ${unfinished}, overdue ${overdue}, oldest ${oldestDays} d`);
  return lines;
}

function table({ metrics }: HistorySet, withMeans: boolean): string[] {
  return RESPONSE_METRICS.flatMap(({ id, title, targetMs }) => {
    const one = metrics.find(({ metric }) => metric === id);
    if (one === undefined) return [];
    const figures =
      tooFewWords(one) ??
      [
        `median ${spanWords(one.medianMs)}`,
        `p90 ${spanWords(one.p90Ms)}`,
        ...(withMeans ? [`mean ${spanWords(one.meanMs)}`] : []),
        withinWords(one),
      ].join(', ');
    return [`  ${title.padEnd(17)} target ${spanWords(targetMs).padEnd(7)} ${figures}`];
  });
}
