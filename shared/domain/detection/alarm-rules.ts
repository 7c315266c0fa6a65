import type { Alarm, StreamId } from '#shared/model/detection.ts';
import { isCanary, PAGE_LINE, WATCH_LINE } from './lines.ts';

/** Evidence x weight at 2.5 and 1.5 anytime sigma (lines.ts, HYSTERESIS_SIGMA below the lines). */
const LEAVE_PAGE = 1 / 0.006209665325776132;
const LEAVE_WATCH = 1 / 0.06680720126885807;

/** Where the streams of one cohort stand; one entry per stream. Plain JSON. */
export type Standing = {
  /** 0 quiet, 1 watch, 2 page; left later than entered. */
  readonly levels: number[];
  /** Alarms raised in this period: bit 1 watch, bit 2 page. */
  readonly latched: number[];
  /** Streams (bits) that together met the two-signal rule and still stand. */
  pair: number;
};

type Raised = Pick<Alarm, 'class' | 'rule'> & {
  readonly stream: number;
  readonly also: number | null;
};

export function createStanding(streams: number): Standing {
  const zeros = () => Array.from({ length: streams }, () => 0);
  return { levels: zeros(), latched: zeros(), pair: 0 };
}

export function copyStanding({ levels, latched, pair }: Standing): Standing {
  return { levels: [...levels], latched: [...latched], pair };
}

/** Quick way out: nothing stands and nothing is near a line. */
export function isCalm(standing: Standing, scaled: Float64Array): boolean {
  for (let stream = 0; stream < standing.levels.length; stream += 1) {
    if (standing.levels[stream] !== 0 || (scaled[stream] ?? 0) >= LEAVE_WATCH) return false;
  }
  return true;
}

/**
 * The mission's rule on the anytime scale, for the streams of one cohort at one tick. PAGE: one signal at 3 sigma, or two signals at 2 at
 * once; WATCH: one stream at 2. Canaries watch only and are never the second signal. `scaled`: evidence x weight. `isWorthActing` is asked
 * only of streams over a line. Moves `standing` on; answers with the alarms that are new, each raised once per stream and class.
 */
export function judge(
  standing: Standing,
  streams: readonly StreamId[],
  scaled: Float64Array,
  isWorthActing: (stream: number) => boolean,
): Raised[] {
  const worthy = streams.map((_, stream) => (scaled[stream] ?? 0) >= WATCH_LINE && isWorthActing(stream));
  const isOver = (stream: number) => worthy[stream] === true;
  const isSignalAtPage = (stream: number) =>
    isOver(stream) && (scaled[stream] ?? 0) >= PAGE_LINE && !isCanary(streams[stream] ?? 'fallback');
  const pairing = streams
    .map((_, stream) => stream)
    .filter((stream) => isOver(stream) && !isCanary(streams[stream] ?? 'fallback'))
    .toSorted((a, b) => (scaled[b] ?? 0) - (scaled[a] ?? 0));

  movePair(standing, scaled, pairing);
  for (const stream of streams.keys()) {
    const value = scaled[stream] ?? 0;
    const before = standing.levels[stream] ?? 0;
    const held = before === 2 && value >= LEAVE_PAGE ? 2 : before > 0 && value >= LEAVE_WATCH ? 1 : 0;
    const met = isSignalAtPage(stream) || (standing.pair & (1 << stream)) !== 0 ? 2 : isOver(stream) ? 1 : 0;
    standing.levels[stream] = Math.max(held, met);
  }
  return [
    ...singles(standing, streams, isSignalAtPage),
    ...pairs(standing, pairing),
    ...watches(standing, streams, isOver),
  ];
}

function movePair(standing: Standing, scaled: Float64Array, pairing: readonly number[]): void {
  if (pairing.length >= 2) {
    standing.pair = 0;
    for (const stream of pairing) standing.pair |= 1 << stream;
    return;
  }
  let standingStill = 0;
  for (let stream = 0; stream < standing.levels.length; stream += 1) {
    if ((standing.pair & (1 << stream)) !== 0 && (scaled[stream] ?? 0) >= LEAVE_WATCH) standingStill += 1;
  }
  if (standingStill < 2) standing.pair = 0;
}

function latch(standing: Standing, stream: number, bits: number): void {
  standing.latched[stream] = (standing.latched[stream] ?? 0) | bits;
}

function singles(
  standing: Standing,
  streams: readonly StreamId[],
  isAtPage: (stream: number) => boolean,
): Raised[] {
  const raised: Raised[] = [];
  for (const stream of streams.keys()) {
    if (!isAtPage(stream) || ((standing.latched[stream] ?? 0) & 2) !== 0) continue;
    latch(standing, stream, 3);
    raised.push({ class: 'page', rule: 'one-at-page', stream, also: null });
  }
  return raised;
}

/** The two-signal page, where none of the signals has paged already. */
function pairs(standing: Standing, pairing: readonly number[]): Raised[] {
  const [first, second] = pairing;
  if (first === undefined || second === undefined) return [];
  if (pairing.some((stream) => ((standing.latched[stream] ?? 0) & 2) !== 0)) return [];
  latch(standing, first, 3);
  latch(standing, second, 1);
  return [{ class: 'page', rule: 'two-at-watch', stream: first, also: second }];
}

function watches(
  standing: Standing,
  streams: readonly StreamId[],
  isOver: (stream: number) => boolean,
): Raised[] {
  const raised: Raised[] = [];
  for (const stream of streams.keys()) {
    if (!isOver(stream) || (standing.latched[stream] ?? 0) !== 0) continue;
    latch(standing, stream, 1);
    raised.push({ class: 'watch', rule: 'one-at-watch', stream, also: null });
  }
  return raised;
}
