import type { Distribution } from '#shared/model/evidence.ts';
import type { VersionShare } from '#shared/model/prompt.ts';

/** What spans without a version, and versions past the group cap, are counted under. */
export const NO_VERSION = '(none)';
export const OTHER_VERSIONS = '(other)';

export function isNamedVersion(version: string): boolean {
  return version !== NO_VERSION && version !== OTHER_VERSIONS;
}

/** Shares over a distribution's whole window, largest first; empty without traffic. They add up to 1 and `(none)` counts in full. */
export function sharesOf(distribution: Distribution): VersionShare[] {
  const rows = distribution.versions
    .map(({ version, sha, counts }) => ({
      version,
      sha,
      conversations: counts.reduce((sum, count) => sum + count, 0),
    }))
    .filter(({ conversations }) => conversations > 0);
  const total = rows.reduce((sum, { conversations }) => sum + conversations, 0);
  return rows
    .map((row) => ({ ...row, share01: row.conversations / total }))
    .toSorted((a, b) => b.conversations - a.conversations);
}

/** Share of one version, 0 where it has none; null without any traffic, which is not the same as 0 %. */
export function shareOf(shares: readonly VersionShare[], version: string): number | null {
  if (shares.length === 0) return null;
  return shares.find((share) => share.version === version)?.share01 ?? 0;
}

export type ShareGap = { readonly version: string; readonly intended01: number; readonly observed01: number };

/**
 * Versions whose share in traffic differs from what the lever intends by more than `tolerance01` and by more than three standard errors
 * of a share from `conversations` draws. An empty `intended` (not derivable) gives none.
 */
export function intendedAgainstObserved(
  intended: readonly { readonly version: string; readonly share01: number }[],
  observed: readonly VersionShare[],
  tolerance01 = 0.02,
): ShareGap[] {
  if (intended.length === 0 || observed.length === 0) return [];
  const total = observed.reduce((sum, { conversations }) => sum + conversations, 0);
  const versions = new Set([...intended, ...observed].map(({ version }) => version).filter(isNamedVersion));
  return [...versions]
    .map((version) => ({
      version,
      intended01: intended.find((share) => share.version === version)?.share01 ?? 0,
      observed01: shareOf(observed, version) ?? 0,
    }))
    .filter(({ intended01, observed01 }) => {
      const noise01 = 3 * Math.sqrt((intended01 * (1 - intended01)) / total);
      return Math.abs(observed01 - intended01) > Math.max(tolerance01, noise01);
    });
}

/**
 * Whether a worker still serves something else than `expected`: it started at least one conversation on another named version after
 * the lever was in effect. Spans without a version prove nothing either way.
 */
export function isStaleWorker(
  versions: readonly { readonly version: string; readonly conversations: number }[],
  expected: string,
): boolean {
  return versions.some(
    ({ version, conversations }) => conversations > 0 && version !== expected && isNamedVersion(version),
  );
}
