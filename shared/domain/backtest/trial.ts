import type { MeterReading, StreamId } from '#shared/model/detection.ts';
import type { MeanCounts } from '#shared/model/signal.ts';
import { createDetector } from '../detection/detector.ts';
import type { ArmId, Detector, DetectorSettings, KnownChange } from '../detection/kind.ts';
import { isCanary } from '../detection/lines.ts';
import { baselineRate01, meterReading } from '../detection/meter.ts';
import { varianceOf } from '../detection/scores.ts';
import type { CountRow } from './kind.ts';
import { createTraffic } from './traffic.ts';

/** One candidate on trial: the product's detector, and what its meter needs besides. */
export type Trial = {
  readonly version: string;
  readonly startedAtMs: number;
  readonly detector: Pick<Detector, 'alarms' | 'notices'>;
  tick(endMs: number, rows: readonly CountRow[]): void;
  noteChange(change: KnownChange): void;
  /** Rolled back: the share is nobody's intention any more. */
  end(atMs: number, what: string): void;
  /** What could be seen, per stream, with the basis it stands on. */
  meter(nowMs: number): { readonly basis: 'comparison' | 'history'; readonly reading: MeterReading }[];
};

type Scores = Record<ArmId, { ratings: number; sum: number; sumSquares: number; conversations: number }>;

export function createTrial(version: string, settings: DetectorSettings): Trial {
  const detector = createDetector({ ...settings, candidateName: version });
  const { startedAtMs } = settings;
  const traffic = createTraffic(startedAtMs);
  const scores = new Map<string, Scores>();

  function scoresIn(cohort: string): Scores {
    let found = scores.get(cohort);
    if (!found) {
      const nothing = { ratings: 0, sum: 0, sumSquares: 0, conversations: 0 };
      found = { candidate: { ...nothing }, control: { ...nothing } };
      scores.set(cohort, found);
    }
    return found;
  }

  function count(cohort: string, { arm, conversations, ratings }: CountRow): void {
    const sums = scoresIn(cohort)[arm];
    sums.conversations += conversations;
    for (const [score, given] of ratings) {
      sums.ratings += given;
      sums.sum += score * given;
      sums.sumSquares += score * score * given;
    }
  }

  /** How scores scatter and how often they are given, on the control where it has any. */
  function spreadIn(cohort: string): { readonly sdPoints: number; readonly response01: number } | null {
    const arms = scores.get(cohort);
    for (const arm of ['control', 'candidate'] as const) {
      const sums = arms?.[arm];
      const variance = sums ? varianceOf(sums satisfies MeanCounts) : null;
      if (sums && variance !== null && variance > 0 && sums.conversations > 0)
        return {
          sdPoints: Math.sqrt(variance),
          response01: Math.min(1, sums.ratings / sums.conversations),
        };
    }
    return null;
  }

  return {
    version,
    startedAtMs,
    detector,
    tick(endMs, rows) {
      detector.tick(endMs, rows);
      for (const row of rows) {
        if (row.bucketMs < startedAtMs) continue;
        traffic.take(row);
        count(row.cohort, row);
        if (row.cohort !== 'all') count('all', row);
      }
    },
    noteChange(change) {
      detector.noteChange(change);
      if (change.intendedShare01 === undefined) return;
      if (change.intendedShare01 === 0) traffic.stop(change.atMs);
      else traffic.change(change.atMs);
    },
    end(atMs, what) {
      detector.noteChange({ atMs, what, intendedShare01: null });
      traffic.stop(atMs);
    },
    meter(nowMs) {
      const readings = detector.readings();
      const unitsIn = (cohort: string): number =>
        readings.find((one) => one.cohort === cohort && one.signal === 'complaints')?.candidate.units ?? 0;
      return readings.map((reading) => {
        const { signal, cohort, basis, evidence } = reading;
        return {
          basis,
          reading: meterReading({
            signal,
            cohort,
            basis,
            line: isCanary(signal) ? reading.watchLine : reading.pageLine,
            evidence,
            nowMs,
            launchedAtMs: startedAtMs,
            ...traffic.present(cohort, nowMs),
            candidateConversations: unitsIn(cohort),
            baseline01: baselineOf(signal, reading.control),
            scores: signal === 'csat' ? spreadIn(cohort) : null,
            isFrozen: reading.isFrozen,
          }),
        };
      });
    },
  };

  function baselineOf(signal: StreamId, control: { readonly units: number; readonly events: number }) {
    return signal === 'csat' ? null : baselineRate01(control, settings.history[signal] ?? null);
  }
}
