import type { Window } from '#shared/model/evidence.ts';

/** What every reader of evidence answers in the same way, whatever the rows lie in. */

/** Versions shown by name; the rest are added up as `(other)`. */
const MAX_VERSIONS = 20;
export const OTHER = '(other)';
const MAX_BUCKETS = 20_000;
/** A rating below this makes a conversation a bad sample. */
export const LOW_CSAT = 40;

/** Whole numbers only: they are inlined, because DuckDB prunes by constants. */
export function whole(value: number, what: string): number {
  if (!Number.isFinite(value)) throw new RangeError(`${what} must be a finite number`);
  return Math.floor(value);
}

/** Buckets are aligned to the epoch, so that a sliding window does not make bars jump; the first and last may be cut by the window. */
export function bucketsOf(window: Window, bucketMs: number): { firstMs: number; startsMs: number[] } {
  const size = whole(bucketMs, 'bucketMs');
  if (size < 1) throw new RangeError('bucketMs must be at least 1');
  const firstMs = Math.floor(window.fromMs / size) * size;
  const count = Math.max(0, Math.ceil((window.toMs - firstMs) / size));
  if (count > MAX_BUCKETS) throw new RangeError(`${count} buckets are more than ${MAX_BUCKETS}`);
  return { firstMs, startsMs: Array.from({ length: count }, (_, index) => firstMs + index * size) };
}

/** The largest versions by name and the name under which each other one is counted. */
export function shownVersions(totals: ReadonlyMap<string, number>): {
  shown: string[];
  nameOf: (version: string) => string;
} {
  const bySize = [...totals]
    .toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b))
    .map(([version]) => version);
  if (bySize.length <= MAX_VERSIONS) return { shown: bySize, nameOf: (version) => version };
  const kept = new Set(bySize.slice(0, MAX_VERSIONS));
  return { shown: [...kept, OTHER], nameOf: (version) => (kept.has(version) ? version : OTHER) };
}

export const isLowCsat = (csat: number | null): boolean => csat !== null && csat < LOW_CSAT;
