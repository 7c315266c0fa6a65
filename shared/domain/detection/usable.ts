import type { RateStreamId, StreamId } from '#shared/model/detection.ts';
import type { Increment } from './kind.ts';
import type { NoticeBook } from './notice-book.ts';

/** Far above any traffic, far below where whole numbers end. */
const MOST_COUNTED = 1e9;

const isCount = (value: number | undefined): boolean =>
  value === undefined || (value >= 0 && value <= MOST_COUNTED);

/**
 * The increment as it may be used: negative counts and what is no number count as 0 and are told, absurdly large ones are cut off, a
 * bucket from the future is the present one. Null where its time is no time. The usual case is handed back as it came.
 */
export function usable(
  increment: Increment,
  streams: readonly StreamId[],
  notices: NoticeBook,
  nowMs: number,
): Increment | null {
  if (!Number.isFinite(increment.bucketMs)) {
    notices.count('unusable', nowMs, 1);
    return null;
  }
  return isUsable(increment, streams, nowMs) ? increment : repaired(increment, streams, notices, nowMs);
}

function isUsable(increment: Increment, streams: readonly StreamId[], nowMs: number): boolean {
  const { ratings, events } = increment;
  if (increment.bucketMs > nowMs || !isCount(increment.conversations)) return false;
  for (let index = 0; index < streams.length; index += 1) {
    const id = streams[index];
    if (id !== undefined && id !== 'csat' && !isCount(events[id])) return false;
  }
  for (let index = 0; index < ratings.length; index += 1) {
    const rating = ratings[index];
    if (rating && !(rating[0] >= 0 && rating[0] <= 100 && isCount(rating[1]))) return false;
  }
  return true;
}

function repaired(
  increment: Increment,
  streams: readonly StreamId[],
  notices: NoticeBook,
  nowMs: number,
): Increment {
  const count = (value: number | undefined): number => {
    if (value === undefined || value >= 0) return Math.min(value ?? 0, MOST_COUNTED);
    notices.count('unusable', nowMs, 1);
    return 0;
  };
  const events: Partial<Record<RateStreamId, number>> = {};
  for (const id of streams) if (id !== 'csat') events[id] = count(increment.events[id]);
  const ratings: (readonly [number, number])[] = [];
  for (const [score, given] of increment.ratings) {
    if (score >= 0 && score <= 100) ratings.push([score, count(given)]);
    else notices.count('unusable', nowMs, 1);
  }
  return {
    ...increment,
    bucketMs: Math.min(increment.bucketMs, nowMs),
    conversations: count(increment.conversations),
    events,
    ratings,
  };
}
