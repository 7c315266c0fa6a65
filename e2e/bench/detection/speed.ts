import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { atMost, type Measure, median, type Scale, shown } from '../bench-item.ts';
import { createDetector } from '#shared/domain/detection/detector.ts';
import type { Increment } from '#shared/domain/detection/kind.ts';
import { atMsOf, createWatched, incrementOf, settingsOf } from './product.ts';
import { createUniform } from './random.ts';
import { replay } from './replay.ts';
import { createSource } from './source.ts';
import { PERIOD_TICKS, quietWorld } from './world.ts';

const COHORTS = 2500;

const nameOf = (cohort: number): string => `tenant-${cohort}`;

/** What the counts themselves cost: one pass that adds them up. */
function barePass(increments: readonly Increment[]): number {
  let sum = 0;
  for (const { conversations, events, ratings } of increments) {
    sum += conversations;
    for (const count of Object.values(events)) sum += count;
    for (const [score, count] of ratings) sum += score * count;
  }
  return sum;
}

/** What is alive after a collection: the collector is only reachable by a flag. */
function liveBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** One detector over 2,500 cohorts with four signals each (10,000 streams and the four of all cohorts together), 1,000 conversations an hour each. */
function manyStreams(ticks: number): Measure[] {
  const sources = Array.from({ length: COHORTS }, (_, cohort) =>
    createSource(quietWorld(1000), createUniform(31_000 + cohort)),
  );
  const before = liveBytes();
  const detector = createDetector({
    ...settingsOf(0.05),
    cohorts: Array.from({ length: COHORTS }, (_, cohort) => nameOf(cohort)),
  });
  const tickMs: number[] = [];
  const bareMs: number[] = [];
  let total = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    const increments: Increment[] = [];
    sources.forEach((source, cohort) => {
      source.next(tick);
      for (const arm of ['candidate', 'control'] as const) {
        const increment = incrementOf(arm, tick, source.counts[arm], nameOf(cohort));
        if (increment !== null) increments.push(increment);
      }
    });
    let beganMs = performance.now();
    total += barePass(increments);
    bareMs.push(performance.now() - beganMs);
    beganMs = performance.now();
    detector.tick(atMsOf(tick + 1), increments);
    tickMs.push(performance.now() - beganMs);
  }
  const perStream = (liveBytes() - before) / (COHORTS * 4);
  const streams = detector.readings().length;
  return [
    atMost('one tick over 10,000 streams, median', median(tickMs), 'ms', 50, `${ticks} ticks`),
    shown('the same, slowest', Math.max(...tickMs), 'ms'),
    shown('bare pass over the same counts, median', median(bareMs), 'ms', `${total} summed`),
    shown(
      'memory per stream',
      perStream,
      'bytes',
      `${streams} streams, alive after a collection; blocks of two hours are kept for late events`,
    ),
  ];
}

/** Thirty days of one busy cohort, tick by tick, beside a bare pass over the same increments. */
function thirtyDays(perHour: number): Measure[] {
  const source = createSource(quietWorld(perHour), createUniform(77));
  const watched = createWatched();
  let detectorMs = 0;
  let bareMs = 0;
  let total = 0;
  for (let tick = 0; tick < PERIOD_TICKS; tick += 360) {
    const hour: Increment[][] = [];
    for (let at = tick; at < tick + 360; at += 1) {
      source.next(at);
      const increments = (['candidate', 'control'] as const)
        .map((arm) => incrementOf(arm, at, source.counts[arm]))
        .filter((increment) => increment !== null);
      hour.push(increments);
    }
    let beganMs = performance.now();
    for (const increments of hour) total += barePass(increments);
    bareMs += performance.now() - beganMs;
    beganMs = performance.now();
    hour.forEach((increments, at) => {
      if (increments.length > 0) watched.pass(tick + at, increments);
    });
    detectorMs += performance.now() - beganMs;
  }
  return [
    atMost(`30 days of one cohort replayed, ${perHour}/h`, detectorMs / 1000, 's', 10),
    shown('bare pass over the same', bareMs / 1000, 's', `${total} summed`),
  ];
}

export async function speed({ isQuick, say }: Scale): Promise<Measure[]> {
  say('speed and memory');
  return [
    ...manyStreams(isQuick ? 30 : 800),
    ...thirtyDays(isQuick ? 1000 : 10_000),
    ...(await replay(10_000, isQuick ? 2 : 30)),
  ];
}
