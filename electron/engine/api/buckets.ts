import type { Window } from '#shared/model/evidence.ts';
import { CommandError } from '../ports.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Bucket widths a person can read on an axis. */
const WIDTHS_MS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  6 * HOUR,
  24 * HOUR,
];
/** What a chart can show; see the contract's evidenceQuery. */
const WANTED_BUCKETS = 200;
/** What one answer may hold: raw series never travel. */
const MAX_BUCKETS = 2000;

/**
 * The bucket width for a window: the asked one, or the smallest readable one that gives at most 200 buckets.
 * Refuses windows that end before they begin and widths that would give more than 2,000 buckets.
 */
export function bucketMsFor(window: Window, asked: number | undefined): number {
  const lengthMs = window.toMs - window.fromMs;
  if (!(lengthMs > 0)) {
    throw new CommandError('REFUSED', 'The window ends before it begins.', {
      reason: 'empty window',
      fix: 'Ask with fromMs < toMs.',
    });
  }
  if (asked !== undefined) {
    if (lengthMs / asked > MAX_BUCKETS) {
      throw new CommandError('REFUSED', `That would be more than ${MAX_BUCKETS} buckets.`, {
        reason: 'too many buckets',
        fix: `Ask for bucketMs of at least ${Math.ceil(lengthMs / MAX_BUCKETS)}, or leave it out.`,
      });
    }
    return asked;
  }
  const fitting = WIDTHS_MS.find((widthMs) => lengthMs / widthMs <= WANTED_BUCKETS);
  return fitting ?? Math.ceil(lengthMs / WANTED_BUCKETS / (24 * HOUR)) * 24 * HOUR;
}
