import { nextWeek } from '#shared/domain/history/facts.ts';
import { noEvalCases } from '#shared/domain/history/tally.ts';
import { EVAL_OUTCOMES } from '#shared/domain/history/words.ts';
import type { EvalWeek } from '#shared/model/history.ts';

/** A year of weeks. */
const MOST_WEEKS = 53;

/** Every week from the first to the last, the newest year of them: one without an incident is a week, and drawn. */
export function evalRows(weeks: readonly EvalWeek[]): EvalWeek[] {
  const rows: EvalWeek[] = [];
  for (const week of weeks) {
    const last = rows.at(-1);
    if (last !== undefined) {
      const untilMs = Date.parse(week.key);
      for (let atMs = nextWeek(Date.parse(last.key)); atMs < untilMs; atMs = nextWeek(atMs)) {
        rows.push({ key: new Date(atMs).toISOString().slice(0, 10), counts: noEvalCases() });
      }
    }
    rows.push(week);
  }
  return rows.slice(-MOST_WEEKS);
}

/** What the chart shows, in one sentence. */
export function evalSentence(rows: readonly EvalWeek[]): string {
  const totals = EVAL_OUTCOMES.map(({ id, title }) => ({
    title,
    count: rows.reduce((sum, { counts }) => sum + counts[id], 0),
  })).filter(({ count }) => count > 0);
  const said = totals.map(({ title, count }) => `${count} ${title}`).join(', ');
  return `Eval cases over ${rows.length === 1 ? '1 week' : `${rows.length} weeks`}: ${said === '' ? 'none' : said}.`;
}
