import type { Distribution } from '#shared/model/evidence.ts';

/** A vertical line with a word: shipped, alarm, flipped. */
export type Marker = {
  readonly atMs: number;
  readonly label: string;
  readonly tone: 'dim' | 'danger' | 'strong';
};

/** One bucket of who-is-serving: event time and the value of each version, by version name. */
export type ShareRow = {
  readonly atMs: number;
  readonly total: number;
  readonly values: Readonly<Record<string, number | null>>;
};

/**
 * Distribution to rows, as shares 0..1 or counts. A bucket without traffic has no share: null, never 0.
 * A last, still filling bucket is left out of shares (its share jumps about) and kept in counts.
 */
export function shareRows(distribution: Distribution, mode: 'share' | 'volume'): ShareRow[] {
  return distribution.startsMs.flatMap((atMs, index) => {
    const isPartial = distribution.lastBucketPartial && index === distribution.startsMs.length - 1;
    if (isPartial && mode === 'share') return [];
    const total = distribution.versions.reduce((sum, version) => sum + (version.counts[index] ?? 0), 0);
    const values = Object.fromEntries(
      distribution.versions.map((version) => {
        const count = version.counts[index] ?? 0;
        if (mode === 'volume') return [version.version, count];
        return [version.version, total === 0 ? null : count / total];
      }),
    );
    return [{ atMs, total, values }];
  });
}

/** What "now" is taken over: a single short bucket of a small share says 0 % or 15 %. */
const RECENT_MS = 60_000;

/** Share of a version over the last minute of the rows (counts); null without conversations in it. */
export function recentShare(rows: readonly ShareRow[], version: string): number | null {
  const endMs = rows.at(-1)?.atMs ?? 0;
  const recent = rows.filter((row) => row.atMs > endMs - RECENT_MS);
  const total = recent.reduce((sum, row) => sum + row.total, 0);
  const own = recent.reduce((sum, row) => sum + (row.values[version] ?? 0), 0);
  return total === 0 ? null : own / total;
}

/** Drawing order, bottom first: the version in question, then the others, control on top. */
export function stackOrder(versions: readonly string[], control: string, candidate: string | null): string[] {
  const rank = (version: string) => (version === candidate ? 0 : version === control ? 2 : 1);
  return [...versions].toSorted((a, b) => rank(a) - rank(b));
}

const SHARE_CEILINGS = [0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 0.75];

/**
 * Top of the share axis. A 5 % candidate on a 0-100 axis is a hairline, so the axis ends a little above the largest
 * share of anything but control; the axis labels say where it ends.
 */
export function shareCeiling(rows: readonly ShareRow[], control: string): number {
  const peak = Math.max(
    0,
    ...rows.map((row) =>
      Object.entries(row.values).reduce(
        (sum, [version, value]) => (version === control ? sum : sum + (value ?? 0)),
        0,
      ),
    ),
  );
  return SHARE_CEILINGS.find((ceiling) => peak * 1.25 <= ceiling) ?? 1;
}

const TICK_STEPS_MS = [
  10_000,
  30_000,
  60_000,
  2 * 60_000,
  5 * 60_000,
  10 * 60_000,
  15 * 60_000,
  30 * 60_000,
  3600_000,
  6 * 3600_000,
];

/** At most `most` round times inside the window. */
export function timeTicks(fromMs: number, toMs: number, most = 6): number[] {
  const spanMs = toMs - fromMs;
  const stepMs = TICK_STEPS_MS.find((step) => spanMs / step <= most) ?? 24 * 3600_000;
  const ticks: number[] = [];
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs <= toMs; atMs += stepMs) ticks.push(atMs);
  return ticks;
}

/** HH:MM local, 24 h; with seconds when ticks are closer than a minute. */
export function clockLabel(atMs: number, withSeconds = false): string {
  return new Date(atMs).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' } : {}),
  });
}

/** Short percent: 0.2 %, 5 %, 99.8 %. */
export function percent(share01: number): string {
  const value = share01 * 100;
  const digits = value !== 0 && value !== 100 && (value < 1 || value > 99) ? 1 : value < 10 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} %`;
}

/** The chart in one sentence, for screen readers and for the table's caption. */
export function shareSummary(rows: readonly ShareRow[], control: string, candidate: string | null): string {
  const last = rows.findLast((row) => row.total > 0);
  if (!last) return 'No conversations in this window.';
  const share = (version: string) => {
    const value = last.values[version];
    if (value === null || value === undefined) return 0;
    return value > 1 || last.total === 0 ? value / last.total : value;
  };
  const parts = [`${control} ${percent(share(control))}`];
  if (candidate) parts.unshift(`${candidate} ${percent(share(candidate))}`);
  return `At ${clockLabel(last.atMs, true)}: ${parts.join(', ')} of ${last.total} conversations.`;
}

/** Labels closer than this share of the width to the one before stand a line lower, so that no two overlap. */
const LABEL_ROOM_01 = 0.14;

/** Markers inside the window, in time order, each with the line (0 = top) its label stands on. */
export function markerRows(
  markers: readonly Marker[],
  fromMs: number,
  toMs: number,
): readonly (Marker & { readonly row: number })[] {
  const inside = markers
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .toSorted((a, b) => a.atMs - b.atMs);
  const placed: (Marker & { readonly row: number })[] = [];
  for (const marker of inside) {
    const last = placed.at(-1);
    const isClose = last !== undefined && (marker.atMs - last.atMs) / (toMs - fromMs) < LABEL_ROOM_01;
    placed.push({ ...marker, row: isClose ? last.row + 1 : 0 });
  }
  return placed;
}
