import type { Alarm, EvidenceReading, StreamId } from '#shared/model/detection.ts';
import type { AlarmBook } from './alarm-book.ts';
import type { Panel } from './panel.ts';
import {
  HISTORY_PAGE_LINE,
  HISTORY_WATCH_LINE,
  historyEvidence,
  historyRun,
  historySigma,
  historyUnits,
} from './history-stream.ts';
import type { HistoryWatch } from './history-watch.ts';
import type { ControlHistory } from './kind.ts';
import { HYSTERESIS_SIGMA, isCanary } from './lines.ts';
import type { NoticeBook } from './notice-book.ts';
import { alarmSentence, bothWorseSentence } from './sentences.ts';

const STATES = ['quiet', 'watch', 'page'] as const;
/** So few conversations (ratings) are no ground to act on, whatever they show. */
const MIN_UNITS = 20;
/** A notice about the control is told again only after its evidence had fallen this far. */
const CONTROL_CALM = 1000;

/** Where the streams stand against history. Plain JSON. */
export type HistoryStanding = {
  readonly levels: number[];
  readonly latched: number[];
  /** Streams whose control is worse than its history, told. */
  readonly told: boolean[];
};

export function createHistoryStanding(streams: number): HistoryStanding {
  return {
    levels: Array.from({ length: streams }, () => 0),
    latched: Array.from({ length: streams }, () => 0),
    told: Array.from({ length: streams }, () => false),
  };
}

/** The candidate's evidence against history as a reading; its counts are those of the comparison's. */
export function historyReading(input: {
  readonly index: number;
  readonly history: HistoryWatch;
  readonly standing: HistoryStanding;
  readonly plain: EvidenceReading;
}): EvidenceReading {
  const stream = input.history.candidate(input.index);
  const evidence = historyEvidence(stream);
  const past = input.history.pastSums(input.index);
  // Of csat only how many ratings it rests on is shown.
  const control = past && { units: past.units, events: input.plain.signal === 'csat' ? 0 : past.events };
  return {
    ...input.plain,
    ...(control ? { control } : {}),
    basis: 'history',
    evidence,
    watchLine: HISTORY_WATCH_LINE,
    pageLine: HISTORY_PAGE_LINE,
    anytimeSigma: historySigma(evidence),
    state: STATES[input.standing.levels[input.index] ?? 0] ?? 'quiet',
    ...historyRun(stream, input.plain.signal === 'csat' ? 'mean' : 'rate'),
  };
}

/** The control against its own history; empty unless both versions run. */
export function controlHistory(
  streams: readonly StreamId[],
  history: HistoryWatch,
  nowMs: number,
): ControlHistory[] {
  if (history.isAlone() || !history.isControlThere(nowMs) || !history.isCandidateThere(nowMs)) return [];
  return streams.flatMap((signal, index): ControlHistory[] => {
    if (!history.hasBaseline(index)) return [];
    const stream = history.control(index);
    const run = historyRun(stream, signal === 'csat' ? 'mean' : 'rate');
    return [{ signal, evidence: historyEvidence(stream), ...run }];
  });
}

/** A minute was closed: lines of the candidate where nobody runs the control, and the notice about the control where somebody does. */
export function reviewHistory(input: {
  readonly streams: readonly StreamId[];
  readonly history: HistoryWatch;
  readonly standing: HistoryStanding;
  readonly pooled: Panel;
  readonly book: AlarmBook;
  readonly notices: NoticeBook;
  readonly candidate: string;
  readonly atMs: number;
  readonly read: (stream: number) => EvidenceReading;
}): void {
  const { streams, history, standing, book, atMs } = input;
  for (const [index, signal] of streams.entries()) {
    reviewControl(input, index, signal);
    if (!history.isAlone() || !history.hasBaseline(index)) {
      standing.levels[index] = 0;
      continue;
    }
    const stream = history.candidate(index);
    const sigma = historyUnits(stream) >= MIN_UNITS ? historySigma(historyEvidence(stream)) : 0;
    const highest = isCanary(signal) ? 1 : 2;
    const before = standing.levels[index] ?? 0;
    let level = Math.min(highest, sigma >= 3 ? 2 : sigma >= 2 ? 1 : 0);
    while (level < before && sigma >= level + 2 - HYSTERESIS_SIGMA) level += 1;
    standing.levels[index] = level;
    const bits = level === 2 ? 3 : level;
    const isNew = level > before && ((standing.latched[index] ?? 0) & (level === 2 ? 2 : 1)) === 0;
    standing.latched[index] = (standing.latched[index] ?? 0) | bits;
    if (isNew) book.raise(alarmOf(input.read(index), level === 2 ? 'page' : 'watch', input, index));
  }
  book.resolve(atMs, (alarm) => {
    if (alarm.basis !== 'history' || alarm.signal === 'split') return false;
    return (standing.levels[streams.indexOf(alarm.signal)] ?? 0) < (alarm.class === 'page' ? 2 : 1);
  });
}

function reviewControl(input: Parameters<typeof reviewHistory>[0], index: number, signal: StreamId): void {
  const { history, standing, pooled, notices, atMs } = input;
  const evidence = historyEvidence(history.control(index));
  if (standing.told[index]) {
    if (evidence < CONTROL_CALM) standing.told[index] = false;
    return;
  }
  const isSeenByComparison = (pooled.standing.levels[index] ?? 0) > 0;
  if (evidence < HISTORY_WATCH_LINE || isSeenByComparison || !history.isCandidateThere(atMs)) return;
  standing.told[index] = true;
  notices.tell(atMs, bothWorseSentence(signal));
}

function alarmOf(
  reading: EvidenceReading,
  kind: Alarm['class'],
  { candidate, atMs, history }: Pick<Parameters<typeof reviewHistory>[0], 'candidate' | 'atMs' | 'history'>,
  index: number,
): Alarm {
  const isOwnPast = history.pastSums(index) !== null;
  const rule = kind === 'page' ? 'one-at-page' : 'one-at-watch';
  return {
    atMs,
    class: kind,
    signal: reading.signal,
    cohort: 'all',
    basis: 'history',
    rule,
    sigma: reading.anytimeSigma,
    evidence: reading.evidence,
    alsoSignal: null,
    effect: reading.effect,
    onset: reading.onset,
    sentence: alarmSentence({
      kind,
      rule,
      basis: 'history',
      candidate,
      cohort: 'all',
      first: reading,
      second: null,
      isOwnPast,
      atMs,
    }),
    resolvedAtMs: null,
  };
}
