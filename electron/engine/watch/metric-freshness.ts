import type { ArmId } from '#shared/domain/detection/kind.ts';
import type { NewestSample } from '../connectors/kind.ts';

/** No sample for this long is no slow scrape (a minute at most, usually): the feed is stale. */
const STALE_AFTER_MS = 3 * 60_000;
/** Where the source cannot say how new its samples are, they are taken to reach until this long ago. */
const UNTOLD_SETTLE_MS = 60_000;

type ByArm<T> = Readonly<Record<ArmId, T>>;

/** How new the counters of a cohort are. */
export type Freshness = {
  readonly isStale: ByArm<boolean>;
  /** Counters of events that are there, or were. */
  readonly isBorn: ByArm<boolean>;
  /** Every counter has a sample from this or after it. */
  readonly sampledToMs: number;
};

function isOld(newest: NewestSample, nowMs: number): boolean {
  return newest === 'none' || (newest !== 'untold' && nowMs - newest > STALE_AFTER_MS);
}

/**
 * Null where nothing can be compared: one version is not there, and was not there before. A counter of events that was never born says
 * zero; one that is gone says nothing. `wasBorn` = null: no account was begun yet.
 */
export function freshnessOf(
  newest: ByArm<{ readonly numerator: NewestSample; readonly denominator: NewestSample }>,
  wasBorn: ByArm<boolean> | null,
  nowMs: number,
): Freshness | null {
  const isAway = newest.candidate.denominator === 'none' || newest.control.denominator === 'none';
  if (!wasBorn && isAway) return null;
  const isBorn = (arm: ArmId) => wasBorn?.[arm] === true || typeof newest[arm].numerator === 'number';
  const needed = (arm: ArmId): NewestSample[] => [
    newest[arm].denominator,
    ...(isBorn(arm) ? [newest[arm].numerator] : []),
  ];
  const isStale = (arm: ArmId) => needed(arm).some((each) => isOld(each, nowMs));
  const reach = [...needed('candidate'), ...needed('control')].map((each) =>
    typeof each === 'number' ? each : nowMs - UNTOLD_SETTLE_MS,
  );
  return {
    isStale: { candidate: isStale('candidate'), control: isStale('control') },
    isBorn: { candidate: isBorn('candidate'), control: isBorn('control') },
    sampledToMs: Math.min(nowMs, ...reach),
  };
}
