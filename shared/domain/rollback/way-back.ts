import { isNamedVersion } from '../distribution/shares.ts';
import { NOTHING_EARLIER } from '#shared/model/incident.ts';

/** When a version was in traffic. */
type Sight = { readonly version: string; readonly firstSeenMs: number; readonly lastStartedMs: number };

/**
 * The version that served before this one: of those listed before it (or, unlisted, seen before it) the one last seen in traffic, else the
 * one listed right before it. Null = nothing earlier is known to serve. `listed` oldest first.
 */
export function versionBefore(
  version: string,
  known: { readonly listed: readonly string[]; readonly sights: readonly Sight[] },
): string | null {
  const { listed, sights } = known;
  const own = sights.find((sight) => sight.version === version);
  const position = listed.indexOf(version);
  const isEarlier = (sight: Sight) => {
    const at = listed.indexOf(sight.version);
    if (position >= 0 && at >= 0) return at < position;
    return own === undefined || sight.firstSeenMs < own.firstSeenMs;
  };
  const served = sights
    .filter((sight) => sight.version !== version && isNamedVersion(sight.version) && isEarlier(sight))
    .toSorted((a, b) => b.lastStartedMs - a.lastStartedMs);
  const [last] = served;
  if (last) return last.version;
  return position > 0 ? (listed[position - 1] ?? null) : null;
}

/** Why no button can go back, in words; null where one can. */
export function noWayBack(
  goodVersion: string,
  levers: { readonly control: string; readonly hasPointer: boolean; readonly hasFlag: boolean } | null,
): string | null {
  if (goodVersion === NOTHING_EARLIER)
    return 'Nothing earlier is known to serve, so there is nothing to go back to.';
  if (levers === null || levers.hasPointer || goodVersion === levers.control) return null;
  return levers.hasFlag
    ? `${goodVersion} served before, but the flag's off state serves ${levers.control}: no lever connected here can bring ${goodVersion} back.`
    : `${goodVersion} served before, but no lever is connected that can bring it back.`;
}
