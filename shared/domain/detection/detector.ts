import type { Alarm, EvidenceReading } from '#shared/model/detection.ts';
import { createAlarmBook } from './alarm-book.ts';
import type { Cohort } from './cohort.ts';
import type { SavedComparison } from './comparison.ts';
import { createComparison } from './comparison.ts';
import type { HistoryStanding } from './history-rules.ts';
import { controlHistory, createHistoryStanding, historyReading, reviewHistory } from './history-rules.ts';
import type { SavedHistory } from './history-watch.ts';
import { createHistoryWatch } from './history-watch.ts';
import type { Detector, DetectorSettings, DetectorState, Increment, KnownChange } from './kind.ts';
import { TICK_MS } from './kind.ts';
import type { SavedNotices } from './notice-book.ts';
import { createNoticeBook } from './notice-book.ts';
import type { Panel } from './panel.ts';
import { comparisonReading } from './reading.ts';
import { splitSentence } from './sentences.ts';
import type { SavedSplit } from './split-watch.ts';
import { createSplitWatch, firstSplit } from './split-watch.ts';
import { usable } from './usable.ts';

type Saved = {
  readonly format: 1;
  readonly nowMs: number;
  readonly comparison: SavedComparison;
  readonly history: SavedHistory;
  readonly historyStanding: HistoryStanding;
  readonly split: SavedSplit;
  readonly pending: readonly KnownChange[];
  readonly alarms: readonly Alarm[];
  readonly notices: SavedNotices;
};

/**
 * Watches one candidate against one control. Constant work per increment, and per closed block and stream; a tick without news costs
 * nothing. README.md says why looking at it every ten seconds is allowed. Throws RangeError on a saved state of another format.
 */
export function createDetector(settings: DetectorSettings, saved?: DetectorState): Detector {
  const { streams, startedAtMs } = settings;
  const before = saved === undefined ? null : savedOf(saved);
  const candidate = settings.candidateName ?? 'the candidate';
  let nowMs = before?.nowMs ?? startedAtMs;
  let pending: readonly KnownChange[] = before?.pending ?? [];
  const notices = createNoticeBook(before?.notices);
  const book = createAlarmBook({ streams, candidate, saved: before?.alarms ?? [] });
  const comparison = createComparison({
    startedAtMs,
    cohorts: settings.cohorts,
    streams,
    notices,
    saved: before?.comparison ?? null,
  });
  const history = createHistoryWatch({
    settings,
    isStale: comparison.isStale,
    saved: before?.history ?? null,
  });
  const historyStanding = before ? copyOf(before.historyStanding) : createHistoryStanding(streams.length);
  const split = createSplitWatch(before?.split ?? firstSplit(settings.intendedShare01, startedAtMs));

  function compared(panel: Panel, index: number, cohorts: readonly Cohort[]): EvidenceReading {
    const signal = streams[index] ?? 'complaints';
    return comparisonReading({
      panel,
      index,
      signal,
      cohorts,
      periodStartMs: comparison.periodStartMs(),
      isFrozen: comparison.isFrozen(signal),
    });
  }

  function readPooled(index: number): EvidenceReading {
    const plain = compared(comparison.pooled, index, comparison.cohorts());
    const isJudged = settings.ownPast !== undefined || (history.isAlone() && history.hasBaseline(index));
    if (!isJudged) return plain;
    return historyReading({ index, history, standing: historyStanding, plain });
  }

  function review(panel: Panel): void {
    const all = comparison.cohorts();
    const isPooled = panel === comparison.pooled;
    book.review(panel, nowMs, (stream) =>
      compared(panel, stream, isPooled ? all : all.filter((cohort) => cohort.panel === panel)),
    );
  }

  function judgeHistory(): void {
    reviewHistory({
      streams,
      history,
      standing: historyStanding,
      pooled: comparison.pooled,
      book,
      notices,
      candidate,
      atMs: nowMs,
      read: readPooled,
    });
  }

  function judgeSplit(): void {
    const off = split.settle();
    if (!off) return;
    book.raise({
      atMs: nowMs,
      class: 'watch',
      signal: 'split',
      cohort: 'all',
      basis: 'comparison',
      rule: 'split',
      sigma: 0,
      evidence: off.evidence,
      alsoSignal: null,
      effect: null,
      onset: null,
      sentence: splitSentence({ candidate, ...off }),
      resolvedAtMs: null,
    });
  }

  function take(arrived: Increment): void {
    const increment = usable(arrived, streams, notices, nowMs);
    if (!increment) return;
    comparison.take(increment);
    history.take(increment);
    split.take(increment);
  }

  /** Increments up to each change that is due belong before it, the others behind. */
  function takeAll(increments: readonly Increment[]): void {
    const due = pending.length > 0 ? pending.filter((change) => change.atMs < nowMs) : pending;
    if (due.length === 0) {
      for (const each of increments) take(each);
      return;
    }
    pending = pending.filter((change) => change.atMs >= nowMs);
    let rest = increments;
    for (const change of due) {
      const isBefore = (each: Increment) => each.bucketMs + TICK_MS <= change.atMs;
      for (const each of rest) if (isBefore(each)) take(each);
      rest = rest.filter((each) => !isBefore(each));
      comparison.change(change.atMs);
      if (split.change(change)) book.resolve(nowMs, (alarm) => alarm.signal === 'split');
    }
    for (const each of rest) take(each);
  }

  return {
    tick(endMs, increments) {
      if (!Number.isFinite(endMs)) return;
      // A clock set back does not undo what was seen.
      nowMs = Math.max(nowMs, endMs);
      if (increments.length === 0 && !pending.some((change) => change.atMs < nowMs)) return;
      if (comparison.begin(nowMs)) {
        book.resolve(nowMs, (alarm) => alarm.basis === 'comparison' && alarm.signal !== 'split');
        historyStanding.latched.fill(0);
      }
      const isMinuteClosed = history.begin(nowMs);
      takeAll(increments);
      for (const panel of comparison.settle()) review(panel);
      judgeSplit();
      if (history.settle(nowMs, split.intended01()) || isMinuteClosed) judgeHistory();
    },
    noteChange(change) {
      if (!Number.isFinite(change.atMs)) return;
      pending = [...pending, { ...change }].toSorted((a, b) => a.atMs - b.atMs);
    },
    setFrozen(signal, isFrozen) {
      comparison.setFrozen(signal, isFrozen);
    },
    readings() {
      const readings = streams.map((_, index) => readPooled(index));
      // Against its own past a version is judged as a whole.
      if (settings.ownPast !== undefined) return readings;
      for (const cohort of comparison.cohorts()) {
        const { panel } = cohort;
        if (!panel) continue;
        for (const index of streams.keys()) readings.push(compared(panel, index, [cohort]));
      }
      return readings;
    },
    past: (signal) => history.pastSums(streams.indexOf(signal)),
    controlHistory: () => controlHistory(streams, history, nowMs),
    alarms: () => book.list(),
    notices: () => notices.list(),
    state() {
      const state: Saved = {
        format: 1,
        nowMs,
        comparison: comparison.save(),
        history: history.save(),
        historyStanding: copyOf(historyStanding),
        split: split.save(),
        pending,
        alarms: book.list(),
        notices: notices.save(),
      };
      return state;
    },
  };
}

function copyOf({ levels, latched, told }: HistoryStanding): HistoryStanding {
  return { levels: [...levels], latched: [...latched], told: [...told] };
}

function savedOf(state: DetectorState): Saved {
  if (state.format !== 1 || typeof state['comparison'] !== 'object' || state['comparison'] === null) {
    throw new RangeError('not a state of this detector');
  }
  return state as unknown as Saved;
}
