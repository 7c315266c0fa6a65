import type { SignalSeries } from '#shared/model/evidence.ts';

/** One bucket of a signal: a value per version (null = no data) and, after a flip, the expected band. */
export type SeriesRow = {
  readonly atMs: number;
  readonly values: Readonly<Record<string, number | null>>;
  readonly band: readonly [number, number] | null;
};

/** Series to rows by time; the band has its own times, so its points become rows of their own where no bucket starts. */
export function seriesRows(series: SignalSeries): SeriesRow[] {
  const rows = new Map<number, SeriesRow>();
  series.startsMs.forEach((atMs, index) => {
    const values = Object.fromEntries(series.lines.map((line) => [line.version, line.values[index] ?? null]));
    rows.set(atMs, { atMs, values, band: null });
  });
  for (const point of series.band) {
    const row = rows.get(point.atMs);
    rows.set(point.atMs, { atMs: point.atMs, values: row?.values ?? {}, band: [point.low, point.high] });
  }
  return [...rows.values()].toSorted((a, b) => a.atMs - b.atMs);
}
