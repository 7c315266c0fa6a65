import type { NoticeBook } from './notice-book.ts';

/** Far above any traffic, far below where whole numbers end. */
const MOST_COUNTED = 1e9;

/** A count as it may be used: negative ones and what is no number count as 0 and are told. */
export function usableCount(value: number | undefined, notices: NoticeBook, atMs: number): number {
  if (value === undefined || value === 0) return 0;
  if (value > 0) return Math.min(value, MOST_COUNTED);
  notices.count('unusable', atMs, 1);
  return 0;
}
