import { sigmaOfTail, TAIL_AT_2_SIGMA, TAIL_AT_3_SIGMA } from './normal.ts';

/** Sigma at which one comparison counts as worse (`watch`) and as reason to page alone (`page`). */
export type SigmaLines = { readonly watch: number; readonly page: number };

/** The plain rule, for one look at one stream: 3 sigma on one signal, or 2 sigma on two. */
export const PLAIN_LINES: SigmaLines = { watch: 2, page: 3 };

/**
 * The plain rule read without nonsense. Each bound only ever removes alarms; the README of this folder says what each one costs and
 * what was measured.
 */
export const RULE = {
  /** Added to both lines because the watch looks every few seconds at two windows: the plain lines are meant for a single look. */
  lookingSurcharge: 1.5,
  /** Smallest candidate rate over control rate worth waking somebody for. */
  minRatio: 1.2,
  /** Smallest csat drop, in points of 100, worth waking somebody for. */
  minDrop: 1,
  /** A rate counts as worse only on this many candidate events. */
  minEvents: 5,
  /** csat counts only with this many ratings in each arm. */
  minRatings: 20,
  /** The drop a csat comparison must be able to see before "no difference" is said. */
  visibleDrop: 2,
  /** Ticks in a row for which the same stream must stay over the line. */
  ticksInARow: 3,
} as const;

/** Lines of the pooled stream under continuous looking. */
export const WATCHED_LINES: SigmaLines = {
  watch: PLAIN_LINES.watch + RULE.lookingSurcharge,
  page: PLAIN_LINES.page + RULE.lookingSurcharge,
};

/**
 * Lines for one of several streams watched together: `cohorts` single cohorts share one more budget of the pooled stream's size, so each
 * gets the sigma whose tail is the plain tail divided by their number (Bonferroni), and the surcharge for looking on top.
 */
export function linesFor(cohort: string, cohorts: number): SigmaLines {
  if (cohort === 'all' || cohorts <= 1) return WATCHED_LINES;
  return {
    watch: sigmaOfTail(TAIL_AT_2_SIGMA / cohorts) + RULE.lookingSurcharge,
    page: sigmaOfTail(TAIL_AT_3_SIGMA / cohorts) + RULE.lookingSurcharge,
  };
}
