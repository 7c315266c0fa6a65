import type { FlagTarget } from '#shared/model/workspace.ts';
import type { LeverVersions } from '../kind.ts';
import type { UnleashSnapshot, UnleashStrategy, UnleashVariant } from './shapes.ts';

/** Unleash's scale of weights. */
export const WHOLE = 1000;

export type Intended = {
  readonly shares: readonly { readonly version: string; readonly share01: number }[];
  /** Why no shares can be derived; null where they can. */
  readonly reason: string | null;
};

export const variantOf = (target: FlagTarget, version: string): string =>
  target.variations[version] ?? version;

export function versionOf(target: FlagTarget, variant: string): string {
  return Object.entries(target.variations).find(([, name]) => name === variant)?.[0] ?? variant;
}

export const activeStrategies = (snapshot: UnleashSnapshot): UnleashStrategy[] =>
  snapshot.strategies.filter((strategy) => strategy.disabled !== true);

/** Share of users a strategy lets in, 0..1. The server does not validate `rollout` (150 was accepted), so it is clamped. */
export function rolloutOf(strategy: UnleashStrategy): number {
  const rollout = strategy.parameters?.['rollout'];
  if (rollout === undefined || rollout === null) return 1;
  const percent = Number(rollout);
  return Number.isFinite(percent) ? Math.min(100, Math.max(0, percent)) / 100 : 1;
}

/** The variants that count: those of the strategy, else the older flag-level ones. */
export const variantsOf = (snapshot: UnleashSnapshot, strategy: UnleashStrategy): readonly UnleashVariant[] =>
  strategy.variants && strategy.variants.length > 0 ? strategy.variants : snapshot.variants;

/**
 * Shares the rules intend. Derivable for one strategy without conditions; several are OR-ed, so their shares do not add up, and
 * constraints depend on the traffic: then there is a reason instead of a number.
 */
export function intendedOf(target: FlagTarget, versions: LeverVersions, snapshot: UnleashSnapshot): Intended {
  const none = (reason: string): Intended => ({ shares: [], reason });
  // Off, or not let in by the rollout: the variant is `disabled` and the code serves its control.
  if (!snapshot.enabled) return { shares: [{ version: versions.control, share01: 1 }], reason: null };
  const active = activeStrategies(snapshot);
  if (active.length > 1)
    return none(`${active.length} strategies are OR-ed in Unleash, so no share can be worked out from them`);
  const strategy = active[0];
  if (!strategy && snapshot.strategies.length > 0) return none('every strategy of the flag is disabled');
  if (strategy && ((strategy.constraints ?? []).length > 0 || (strategy.segments ?? []).length > 0))
    return none('the strategy has constraints or segments, so its share depends on the traffic');
  if (strategy && strategy.name !== 'flexibleRollout' && strategy.name !== 'default')
    return none(`the strategy "${strategy.name}" is not a rollout by share`);

  const rollout = strategy ? rolloutOf(strategy) : 1;
  const variants = strategy ? variantsOf(snapshot, strategy) : snapshot.variants;
  const shares = new Map<string, number>();
  const add = (version: string, share01: number) => shares.set(version, (shares.get(version) ?? 0) + share01);
  if (variants.length === 0) {
    if (versions.candidate === null)
      return none('the flag has no variants and the prompt names no candidate');
    add(versions.candidate, rollout);
  } else {
    const total = variants.reduce((sum, variant) => sum + variant.weight, 0);
    if (total <= 0) return none('the weights of the variants add up to nothing');
    for (const variant of variants) add(versionOf(target, variant.name), (rollout * variant.weight) / total);
  }
  if (rollout < 1) add(versions.control, 1 - rollout);
  return {
    shares: [...shares].map(([version, share01]) => ({ version, share01: rounded(share01) })),
    reason: null,
  };
}

const rounded = (share01: number) => Math.round(share01 * 1e6) / 1e6;

/** Where the candidate's share can be set: one strategy, the candidate's variant pinned, something else taking the rest. */
export type ShareSlot = {
  readonly strategy: UnleashStrategy;
  readonly index: number;
  readonly variant: UnleashVariant;
  readonly rollout: number;
};

export function shareSlotOf(
  target: FlagTarget,
  version: string,
  snapshot: UnleashSnapshot,
): { readonly ok: true; readonly slot: ShareSlot } | { readonly ok: false; readonly reason: string } {
  const active = activeStrategies(snapshot);
  const strategy = active[0];
  if (!strategy || active.length !== 1)
    return {
      ok: false,
      reason: `the flag has ${active.length} active strategies; a share can be set only with exactly one`,
    };
  const variants = strategy.variants ?? [];
  const index = variants.findIndex((variant) => variant.name === variantOf(target, version));
  const variant = variants[index];
  if (!variant)
    return {
      ok: false,
      reason: `the strategy has no variant for ${version}; add one, or name it in flag.variations`,
    };
  // T12: the server spreads what is left equally over all `variable` variants, whatever weights are sent.
  if (variant.weightType !== 'fix')
    return {
      ok: false,
      reason: `the variant ${variant.name} has no fixed weight, so Unleash would re-balance it; pin it in the console`,
    };
  if (!variants.some((other) => other !== variant && other.weightType === 'variable'))
    return { ok: false, reason: 'no variant is left to take the rest' };
  const rollout = rolloutOf(strategy);
  if (rollout === 0) return { ok: false, reason: 'the strategy lets nobody in (rollout 0 %)' };
  return { ok: true, slot: { strategy, index, variant, rollout } };
}
