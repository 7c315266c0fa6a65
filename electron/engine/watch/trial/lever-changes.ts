import type { KnownChange } from '#shared/domain/detection/kind.ts';
import type { Change } from '#shared/model/evidence.ts';
import type { LeverState } from '#shared/model/prompt.ts';

/** Smaller steps are rounding of a provider's weights. */
const SAME_SHARE = 1e-3;

/** A provider's clock may be behind by this much. */
const CLOCKS_DIFFER_MS = 60_000;

/** The share of new conversations that the lever gives a version; null where its rules do not tell. */
export function intendedShare01(state: LeverState | null, version: string): number | null {
  if (!state) return null;
  if (state.isOn === false) return 0;
  if (state.intended.length === 0) return null;
  return state.intended.find((each) => each.version === version)?.share01 ?? 0;
}

export function isSameShare(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) < SAME_SHARE;
}

/**
 * What the detector must know of the lever's events: each with its time; the newest of them carries the new share where the share moved. A
 * move of which no event tells is dated by the lever's own stamp, if that lies between the two reads, else by the read that showed it.
 */
export function knownChanges(input: {
  readonly events: readonly Change[];
  readonly state: LeverState | null;
  readonly lastReadAtMs: number;
  readonly shareBefore01: number | null;
  readonly shareNow01: number | null;
}): KnownChange[] {
  const { state, lastReadAtMs } = input;
  const told = input.events
    .filter(({ kind }) => kind !== 'version' && kind !== 'other')
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }): KnownChange => ({ atMs, what: text }));
  if (isSameShare(input.shareBefore01, input.shareNow01)) return told;
  const newest = told.at(-1);
  const intended = { intendedShare01: input.shareNow01 };
  if (newest) return [...told.slice(0, -1), { ...newest, ...intended }];
  if (!state) return told;
  const stampMs = state.lastChangedAtMs;
  const isStampFresh =
    stampMs !== null && stampMs > lastReadAtMs - CLOCKS_DIFFER_MS && stampMs <= state.readAtMs;
  const share =
    input.shareNow01 === null ? 'a share that is not known' : `${Math.round(input.shareNow01 * 1000) / 10} %`;
  return [
    { atMs: isStampFresh ? stampMs : state.readAtMs, what: `${state.key} was set to ${share}`, ...intended },
  ];
}
