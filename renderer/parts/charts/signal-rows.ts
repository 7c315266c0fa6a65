import type { SignalSeries } from '#shared/model/evidence.ts';

/** One bucket of a signal: a value per version (null = no data) and, after a flip, the expected band. */
export type SeriesRow = {
  readonly atMs: number;
  readonly values: Readonly<Record<string, number | null>>;
  readonly band: readonly [number, number] | null;
};

/** What the curves show: the mean over this much time, so that a few events an hour do not draw a picket fence. */
export const ROLLING_MS = 5 * 60_000;

/**
 * Values over the trailing five minutes, weighted by their denominators (the pooled rate or mean of those buckets).
 * A bucket without any data of its own stays null: a version that left the traffic has no line any more.
 */
export function rollingValues(
  line: SignalSeries['lines'][number],
  bucketMs: number,
): readonly (number | null)[] {
  const reach = Math.max(1, Math.round(ROLLING_MS / bucketMs));
  return line.values.map((own, index) => {
    if (own === null || !line.denominators[index]) return null;
    let weight = 0;
    let sum = 0;
    for (let at = Math.max(0, index - reach + 1); at <= index; at += 1) {
      const value = line.values[at];
      const denominator = line.denominators[at] ?? 0;
      if (value === null || value === undefined) continue;
      weight += denominator;
      sum += value * denominator;
    }
    return weight === 0 ? null : sum / weight;
  });
}

/** The band at a time between its points (linear); null outside of it. */
function bandAt(band: SignalSeries['band'], atMs: number): readonly [number, number] | null {
  const after = band.findIndex((point) => point.atMs >= atMs);
  const right = band[after];
  if (!right) return null;
  const left = band[after - 1];
  if (right.atMs === atMs || !left) return right.atMs === atMs ? [right.low, right.high] : null;
  const part01 = (atMs - left.atMs) / (right.atMs - left.atMs);
  const between = (from: number, to: number) => from + (to - from) * part01;
  return [between(left.low, right.low), between(left.high, right.high)];
}

/** Series to rows, one per bucket. The band is read off at the buckets: rows of its own would tear the lines apart. */
export function seriesRows(series: SignalSeries): SeriesRow[] {
  const lines = series.lines.map((line) => ({
    version: line.version,
    values: rollingValues(line, series.bucketMs),
  }));
  return series.startsMs.map((atMs, index) => ({
    atMs,
    values: Object.fromEntries(lines.map((line) => [line.version, line.values[index] ?? null])),
    band: bandAt(series.band, atMs),
  }));
}
