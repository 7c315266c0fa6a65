import { z } from 'zod';
import { copyStanding, createStanding, judge } from '#shared/domain/detection/alarm-rules.ts';
import { csatDifference } from '#shared/domain/detection/confidence.ts';
import { csatFallbackEvidence } from '#shared/domain/detection/csat-fallback.ts';
import {
  anytimeSigma,
  cohortWeight,
  MIN_DROP_POINTS,
  PAGE_LINE,
  streamWeight,
  WATCH_LINE,
} from '#shared/domain/detection/lines.ts';
import { meanOf } from '#shared/domain/detection/scores.ts';
import { alarmSentence } from '#shared/domain/detection/sentences.ts';
import type { ArmId } from '#shared/domain/detection/kind.ts';
import type { Alarm, EvidenceReading } from '#shared/model/detection.ts';
import { alarmSchema } from '#shared/model/detection.ts';
import type { MeanCounts } from '#shared/model/signal.ts';
import { meanCountsSchema } from '#shared/model/signal.ts';
import type { ScoreMinute } from '../metric-ticks.ts';

const standingSchema = z.object({
  levels: z.array(z.number()),
  latched: z.array(z.number()),
  pair: z.number(),
});
export const scoreWatchStateSchema = z.object({
  cohorts: z.array(z.object({ name: z.string(), candidate: meanCountsSchema, control: meanCountsSchema })),
  standings: z.record(z.string(), standingSchema),
  alarms: z.array(alarmSchema),
});
export type ScoreWatchState = z.infer<typeof scoreWatchStateSchema>;

/**
 * csat of a metrics system that gives no single scores, only count, sum and sum of squares: the asymptotic fallback, slower and coarser
 * than the exact test on ratings. Every cohort by itself; the pooled figure is the mean of their evidence, because averages of e-values
 * are e-values whatever depends on what, and scores added up over cohorts are not comparable.
 */
export type ScoreWatch = {
  add(scores: readonly ScoreMinute[]): void;
  setFrozen(isFrozen: boolean): void;
  readings(): EvidenceReading[];
  /** What was given since launch; 'all' adds cohorts up, for display and forecasts only. */
  sums(arm: ArmId, cohort: string): MeanCounts;
  alarms(): readonly Alarm[];
  state(): ScoreWatchState;
};

const NONE: MeanCounts = { ratings: 0, sum: 0, sumSquares: 0 };
const STATES = ['quiet', 'watch', 'page'] as const;

export function createScoreWatch(
  settings: { readonly candidate: string; readonly cohorts: readonly string[] },
  saved?: ScoreWatchState,
): ScoreWatch {
  const sums = new Map(saved?.cohorts.map(({ name, candidate, control }) => [name, { candidate, control }]));
  const standings = new Map(
    Object.entries(saved?.standings ?? {}).map(([name, standing]) => [name, copyStanding(standing)]),
  );
  let alarms: Alarm[] = [...(saved?.alarms ?? [])];
  let isFrozen = false;

  const evidenceOf = (cohort: string) => {
    const own = sums.get(cohort);
    return own ? (csatFallbackEvidence(own.candidate, own.control) ?? 1) : 1;
  };
  function figures(): { cohort: string; weight: number; evidence: number; arms: Arms }[] {
    const names = [...sums.keys()];
    const pooled = names.reduce((sum, name) => sum + evidenceOf(name), 0) / Math.max(1, names.length);
    const all = [...sums.values()].reduce(
      (sum, { candidate, control }) => ({
        candidate: added(sum.candidate, candidate),
        control: added(sum.control, control),
      }),
      { candidate: NONE, control: NONE },
    );
    const isOne = names.length <= 1;
    return [
      { cohort: 'all', weight: isOne ? 1 : 0.5, evidence: pooled, arms: all },
      ...(isOne ? [] : names).map((name, index) => ({
        cohort: name,
        weight: cohortWeight(index + 1, settings.cohorts.length),
        evidence: evidenceOf(name),
        arms: sums.get(name) ?? { candidate: NONE, control: NONE },
      })),
    ].filter(({ weight }) => weight > 0);
  }
  const standingOf = (cohort: string) => {
    const standing = standings.get(cohort) ?? createStanding(1);
    standings.set(cohort, standing);
    return standing;
  };

  function readings(): EvidenceReading[] {
    return figures().map(({ cohort, weight, evidence, arms }): EvidenceReading => {
      const own = streamWeight('csat', weight);
      return {
        signal: 'csat',
        cohort,
        basis: 'comparison',
        evidence,
        watchLine: WATCH_LINE / own,
        pageLine: PAGE_LINE / own,
        anytimeSigma: anytimeSigma(evidence, own),
        state: STATES[standings.get(cohort)?.levels[0] ?? 0] ?? 'quiet',
        candidate: { units: Math.round(arms.candidate.ratings), events: 0 },
        control: { units: Math.round(arms.control.ratings), events: 0 },
        effect: csatDifference(arms.candidate, arms.control),
        onset: null,
        isFrozen,
      };
    });
  }

  function review(atMs: number): void {
    for (const { cohort, weight, evidence, arms } of figures()) {
      const standing = standingOf(cohort);
      const drop = (meanOf(arms.control) ?? 0) - (meanOf(arms.candidate) ?? 0);
      const scaled = Float64Array.of(evidence * streamWeight('csat', weight));
      const raised = judge(standing, ['csat'], scaled, () => drop >= MIN_DROP_POINTS);
      const level = standing.levels[0] ?? 0;
      alarms = alarms.map((alarm) =>
        alarm.cohort === cohort && alarm.resolvedAtMs === null && level < (alarm.class === 'page' ? 2 : 1)
          ? { ...alarm, resolvedAtMs: atMs }
          : alarm,
      );
      const first = readings().find((reading) => reading.cohort === cohort);
      if (!first) continue;
      for (const { class: kind, rule } of raised) {
        const about = { kind, rule, basis: 'comparison', candidate: settings.candidate, cohort } as const;
        alarms.push({
          atMs,
          class: kind,
          signal: 'csat',
          cohort,
          basis: 'comparison',
          rule,
          sigma: first.anytimeSigma,
          evidence,
          alsoSignal: null,
          effect: first.effect,
          onset: null,
          sentence: alarmSentence({ ...about, first, second: null, atMs }),
          resolvedAtMs: null,
        });
      }
    }
  }

  return {
    add(scores) {
      for (const minute of isFrozen ? [] : scores) {
        const own = sums.get(minute.cohort) ?? { candidate: NONE, control: NONE };
        sums.set(minute.cohort, { ...own, [minute.arm]: added(own[minute.arm], minute) });
      }
      const ends = [...new Set(scores.map(({ endMs }) => endMs))];
      if (!isFrozen && ends.length > 0) review(Math.max(...ends));
    },
    setFrozen(next) {
      isFrozen = next;
    },
    readings,
    sums: (arm, cohort) =>
      [...sums]
        .filter(([name]) => cohort === 'all' || name === cohort)
        .reduce((sum, [, arms]) => added(sum, arms[arm]), NONE),
    alarms: () => alarms,
    state: () => ({
      cohorts: [...sums].map(([name, arms]) => ({ name, ...arms })),
      standings: Object.fromEntries([...standings].map(([name, each]) => [name, copyStanding(each)])),
      alarms: [...alarms],
    }),
  };
}

type Arms = { readonly candidate: MeanCounts; readonly control: MeanCounts };

function added(a: MeanCounts, b: MeanCounts): MeanCounts {
  return {
    ratings: a.ratings + b.ratings,
    sum: a.sum + b.sum,
    sumSquares: a.sumSquares + b.sumSquares,
  };
}
