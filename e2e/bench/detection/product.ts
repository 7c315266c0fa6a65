import { createDetector } from '#shared/domain/detection/detector.ts';
import type { Detector, DetectorSettings, Increment } from '#shared/domain/detection/kind.ts';
import type { ArmCounts, Counts } from './source.ts';
import { LEVELS, RATE_SIGNALS, SIGNALS, TICK_S, type Triple } from './world.ts';

/** 2026-01-01, launch of every simulated candidate. */
export const LAUNCH_MS = 1_767_225_600_000;
export const atMsOf = (tick: number): number => LAUNCH_MS + tick * TICK_S * 1000;

export function settingsOf(intendedShare01: number | null, history: Triple | null = null): DetectorSettings {
  return {
    startedAtMs: LAUNCH_MS,
    cohorts: [],
    streams: SIGNALS,
    history:
      history === null
        ? {}
        : Object.fromEntries(
            RATE_SIGNALS.map((signal, at) => [signal, { rate01: history[at] ?? 0, events: null }]),
          ),
    intendedShare01,
  };
}

/** What the product is told about one arm; null = nothing happened. */
export function incrementOf(
  arm: Increment['arm'],
  tick: number,
  { conversations, events, rated, ratings }: ArmCounts,
  cohort = 'all',
): Increment | null {
  if (conversations === 0) return null;
  const seen: Partial<Record<(typeof RATE_SIGNALS)[number], number>> = {};
  for (let signal = 0; signal < RATE_SIGNALS.length; signal += 1) {
    const name = RATE_SIGNALS[signal];
    const count = events[signal] ?? 0;
    if (name !== undefined && count > 0) seen[name] = count;
  }
  const scores: [number, number][] = [];
  if (rated > 0)
    for (let level = 0; level < LEVELS.length; level += 1) {
      const count = ratings[level] ?? 0;
      if (count > 0) scores.push([LEVELS[level] ?? 0, count]);
    }
  return { cohort, arm, bucketMs: atMsOf(tick), conversations, events: seen, ratings: scores };
}

export type Watched = {
  readonly detector: Detector;
  /** First ticks with a WATCH or PAGE of a signal; null = not yet. A notice on the split counts as neither. */
  readonly watchedAt: number | null;
  readonly pagedAt: number | null;
  readonly splitAt: number | null;
  tick(tick: number, counts: Counts): void;
  /** The same with increments of one's own (late events). */
  pass(tick: number, increments: readonly Increment[]): void;
};

/** The product's detector, watched for its first alarms. */
export function createWatched(intendedShare01: number | null = 0.05): Watched {
  const detector = createDetector(settingsOf(intendedShare01));
  let seen = 0;
  let watchedAt: number | null = null;
  let pagedAt: number | null = null;
  let splitAt: number | null = null;
  const pass = (tick: number, increments: readonly Increment[]) => {
    detector.tick(atMsOf(tick + 1), increments);
    const alarms = detector.alarms();
    for (; seen < alarms.length; seen += 1) {
      const alarm = alarms[seen];
      if (alarm?.signal === 'split') splitAt ??= tick;
      else if (alarm?.class === 'page') {
        pagedAt ??= tick;
        watchedAt ??= tick;
      } else watchedAt ??= tick;
    }
  };
  return {
    detector,
    get watchedAt() {
      return watchedAt;
    },
    get pagedAt() {
      return pagedAt;
    },
    get splitAt() {
      return splitAt;
    },
    tick(tick, counts) {
      const increments: Increment[] = [];
      const candidate = incrementOf('candidate', tick, counts.candidate);
      const control = incrementOf('control', tick, counts.control);
      if (candidate !== null) increments.push(candidate);
      if (control !== null) increments.push(control);
      if (increments.length > 0) pass(tick, increments);
    },
    pass,
  };
}
