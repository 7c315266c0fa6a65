import type { Alarm } from '#shared/model/detection.ts';
import { createAlarmBook } from './alarm-book.ts';
import type { SavedComparison } from './comparison.ts';
import { createComparison } from './comparison.ts';
import type { Detector, DetectorSettings, DetectorState, KnownChange } from './kind.ts';
import { TICK_MS } from './kind.ts';
import type { SavedNotices } from './notice-book.ts';
import { createNoticeBook } from './notice-book.ts';
import type { Panel } from './panel.ts';
import { comparisonReading } from './reading.ts';

type Saved = {
  readonly format: 1;
  readonly nowMs: number;
  readonly comparison: SavedComparison;
  readonly pending: readonly KnownChange[];
  readonly alarms: readonly Alarm[];
  readonly notices: SavedNotices;
};

/**
 * Watches one candidate against one control. Constant work per increment, and per closed block and stream; a tick without news costs
 * nothing. README.md says why looking at it every ten seconds is allowed. Throws RangeError on a saved state of another format.
 */
export function createDetector(settings: DetectorSettings, saved?: DetectorState): Detector {
  const { streams } = settings;
  const before = saved === undefined ? null : savedOf(saved);
  let nowMs = before?.nowMs ?? settings.startedAtMs;
  let pending: readonly KnownChange[] = before?.pending ?? [];
  const notices = createNoticeBook(before?.notices);
  const comparison = createComparison({
    startedAtMs: settings.startedAtMs,
    cohorts: settings.cohorts,
    streams,
    notices,
    saved: before?.comparison ?? null,
  });
  const candidate = settings.candidateName ?? 'the candidate';
  const book = createAlarmBook({ streams, candidate, saved: before?.alarms ?? [] });

  function read(panel: Panel, index: number) {
    return comparisonReading({
      panel,
      index,
      signal: streams[index] ?? 'complaints',
      cohorts:
        panel === comparison.pooled
          ? comparison.cohorts()
          : comparison.cohorts().filter((cohort) => cohort.panel === panel),
      periodStartMs: comparison.periodStartMs(),
      isFrozen: comparison.isFrozen(streams[index] ?? 'complaints'),
    });
  }

  return {
    tick(endMs, increments) {
      if (!Number.isFinite(endMs)) return;
      // A clock set back does not undo what was seen.
      nowMs = Math.max(nowMs, endMs);
      const isDue = (change: KnownChange) => change.atMs < nowMs;
      if (increments.length === 0 && !pending.some(isDue)) return;
      if (comparison.begin(nowMs)) book.resolve(nowMs, (alarm) => alarm.basis === 'comparison');
      let fromMs = -Infinity;
      for (const change of pending.filter(isDue)) {
        for (const each of increments) {
          const lastMs = each.bucketMs + TICK_MS;
          if (lastMs > fromMs && lastMs <= change.atMs) comparison.take(each);
        }
        comparison.change(change.atMs);
        fromMs = change.atMs;
      }
      pending = pending.filter((change) => !isDue(change));
      for (const each of increments) if (!(each.bucketMs + TICK_MS <= fromMs)) comparison.take(each);
      for (const panel of comparison.settle()) book.review(panel, nowMs, (stream) => read(panel, stream));
    },
    noteChange(change) {
      pending = [...pending, { ...change }].toSorted((a, b) => a.atMs - b.atMs);
    },
    setFrozen(signal, isFrozen) {
      comparison.setFrozen(signal, isFrozen);
    },
    readings() {
      const panels = [comparison.pooled, ...comparison.cohorts().flatMap(({ panel }) => panel ?? [])];
      return panels.flatMap((panel) => streams.map((_, index) => read(panel, index)));
    },
    alarms: () => book.list(),
    notices: () => notices.list(),
    state() {
      const state: Saved = {
        format: 1,
        nowMs,
        comparison: comparison.save(),
        pending,
        alarms: book.list(),
        notices: notices.save(),
      };
      return state;
    },
  };
}

function savedOf(state: DetectorState): Saved {
  if (state.format !== 1 || typeof state['comparison'] !== 'object' || state['comparison'] === null) {
    throw new RangeError('not a state of this detector');
  }
  return state as unknown as Saved;
}
