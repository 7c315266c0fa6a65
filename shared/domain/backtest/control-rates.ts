import type { RateStreamId } from '#shared/model/detection.ts';
import type { DetectorSettings, HistoryRate } from '../detection/kind.ts';
import type { BacktestOptions, CountRow } from './kind.ts';

/** As much as a baseline learned during a rollout demands (detection, "Against history"). */
const MIN_CONVERSATIONS = 2_000;
const MIN_EVENTS = 10;

/** What the control showed before a candidate came, as history for the candidate; what the options state goes first. */
export type ControlRates = {
  take(row: CountRow): void;
  /** Versions seen as control in these rows for the first time, after there was another one. */
  newVersions(rows: readonly CountRow[]): { readonly version: string; readonly atMs: number }[];
  /** The version that is control at present; null = none was seen. */
  version(): string | null;
  history(): DetectorSettings['history'];
};

export function createControlRates(options: BacktestOptions): ControlRates {
  const versions = new Map<string, { conversations: number; events: Map<RateStreamId, number> }>();
  let present: { readonly version: string; readonly bucketMs: number } | null = null;

  return {
    take({ arm, version, bucketMs, conversations, events }) {
      if (arm !== 'control') return;
      // Of two at once the one that sorts last, whatever order they stand in.
      const isNewer = present === null || bucketMs > present.bucketMs;
      if (isNewer || (bucketMs === present?.bucketMs && version > present.version))
        present = { version, bucketMs };
      let sums = versions.get(version);
      if (!sums) versions.set(version, (sums = { conversations: 0, events: new Map() }));
      sums.conversations += conversations;
      for (const id in events) {
        const key = id as RateStreamId;
        sums.events.set(key, (sums.events.get(key) ?? 0) + (events[key] ?? 0));
      }
    },
    newVersions(rows) {
      if (versions.size === 0) return [];
      const found = new Map<string, number>();
      for (const { arm, version, bucketMs } of rows) {
        if (arm !== 'control' || versions.has(version)) continue;
        found.set(version, Math.min(bucketMs, found.get(version) ?? Infinity));
      }
      return [...found]
        .map(([version, atMs]) => ({ version, atMs }))
        .toSorted((a, b) => a.atMs - b.atMs || (a.version < b.version ? -1 : 1));
    },
    version: () => present?.version ?? null,
    history() {
      const history: Partial<Record<RateStreamId, HistoryRate>> = {};
      const own = present === null ? undefined : versions.get(present.version);
      if (own && own.conversations >= MIN_CONVERSATIONS) {
        for (const [id, events] of own.events) {
          if (events >= MIN_EVENTS) history[id] = { rate01: events / own.conversations, events };
        }
      }
      for (const [id, rate01] of Object.entries(options.history) as [RateStreamId, number][]) {
        history[id] = { rate01, events: null };
      }
      return history;
    },
  };
}
