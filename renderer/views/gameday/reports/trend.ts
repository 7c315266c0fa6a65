import type { DrillSummary } from '#shared/model/drill.ts';
import { pointsPercent } from '../words.ts';

/** One scenario over the drills that were finished, oldest first. */
export type Trend = {
  readonly scenarioId: string;
  readonly title: string;
  readonly percents: readonly number[];
  readonly lastAtMs: number;
};

const MOST_SHOWN = 8;

/** How each scenario went over time, the one played last first; aborted drills have no score and stay out. */
export function trendsOf(reports: readonly DrillSummary[]): Trend[] {
  const byScenario = Map.groupBy(
    reports.filter(({ outcome }) => outcome === 'finished').toSorted((a, b) => a.endedAtMs - b.endedAtMs),
    ({ scenarioId }) => scenarioId,
  );
  return [...byScenario.entries()]
    .map(([scenarioId, played]) => ({
      scenarioId,
      title: played.at(-1)?.title ?? scenarioId,
      percents: played.map(({ points }) => pointsPercent(points)).slice(-MOST_SHOWN),
      lastAtMs: played.at(-1)?.endedAtMs ?? 0,
    }))
    .toSorted((a, b) => b.lastAtMs - a.lastAtMs);
}

/** "better by 20 points than the time before"; one drill is no trend. */
export function trendWords({ percents }: Pick<Trend, 'percents'>): string {
  const last = percents.at(-1);
  const before = percents.at(-2);
  if (last === undefined || before === undefined) return 'played once';
  const change = last - before;
  if (change === 0) return 'as the time before';
  return `${Math.abs(change)} ${change > 0 ? 'better' : 'worse'} than the time before`;
}
