import { TAIL_AT_2_SIGMA, TAIL_AT_3_SIGMA } from './normal.ts';

/** A line of the rule with what it costs: alarms without a reason, per month on trial and prompt, at most. */
export type FalseAlarmBudget = {
  readonly rule: 'one-at-page' | 'two-at-watch' | 'one-at-watch' | 'history' | 'split';
  readonly title: string;
  readonly atMostPerMonth: number;
  /** For readers who never took statistics. */
  readonly sentence: string;
};

export type WatchedStreams = {
  /** The signals that may page. Cohorts do not count: they share each signal's budget. */
  readonly signals: number;
  /** The canaries share one further budget, as large as a signal's, and never page. */
  readonly canaries: number;
};

const DAYS = 30;
/** The line against history is chosen so that a false alarm comes once a year (specification, section 7). */
const HISTORY_DAYS = 365;
const SPLIT_TAIL = 0.001;

/**
 * How many alarms a month each line may raise while nothing is wrong. They are upper bounds: an e-value that starts at 1 ever
 * reaches 1/alpha with probability at most alpha (Ville 1939), and an alarm is raised once per stream and month. Two signals at 2 sigma can
 * be met together at most half as often as the signals' bounds add up to, however they depend on one another.
 */
export function falseAlarmBudgets({ signals, canaries }: WatchedStreams): FalseAlarmBudget[] {
  const watched = signals + (canaries > 0 ? 1 : 0);
  return [
    budget('one-at-page', 'One signal certain enough to page (3 sigma)', signals * TAIL_AT_3_SIGMA),
    budget(
      'two-at-watch',
      'Two signals worse at the same time (2 sigma each)',
      signals < 2 ? 0 : (signals * TAIL_AT_2_SIGMA) / 2,
    ),
    budget('one-at-watch', 'One signal worse, confirming (2 sigma)', watched * TAIL_AT_2_SIGMA),
    budget('history', 'Worse than history, where nobody runs the control', (signals * DAYS) / HISTORY_DAYS),
    budget('split', 'The share seen is not the share set', SPLIT_TAIL),
  ];
}

function budget(rule: FalseAlarmBudget['rule'], title: string, atMostPerMonth: number): FalseAlarmBudget {
  return { rule, title, atMostPerMonth, sentence: sentenceFor(rule, atMostPerMonth) };
}

function sentenceFor(rule: FalseAlarmBudget['rule'], perMonth: number): string {
  if (perMonth <= 0) return 'Cannot be met with a single signal.';
  const often = howOften(perMonth);
  switch (rule) {
    case 'one-at-page':
      return `While nothing is wrong this pages ${often}, however often it is looked at.`;
    case 'two-at-watch':
      return `While nothing is wrong this pages ${often}, even if the signals always move together.`;
    case 'one-at-watch':
      return `While nothing is wrong this asks to pause the ramp ${often}. It never pages.`;
    case 'history':
      return `While nothing is wrong this pages ${often}. A shared outage looks the same to it: weaker evidence.`;
    case 'split':
      return `While the flag does what it says this shows ${often}. It never pages.`;
  }
}

/** "at most once in 185 months on trial" */
function howOften(perMonth: number): string {
  const months = 1 / perMonth;
  if (months < 1.5) return `at most ${perMonth.toFixed(1)} times a month on trial`;
  return `at most once in ${months >= 10 ? Math.floor(months) : months.toFixed(0)} months on trial`;
}
